"""Samples promise: every wording can be previewed in every situation it has to have words for."""

import pytest

from engine.catalog.rules import RULES, rule
from engine.catalog.variables import VARIABLES
from engine.compose import render, values, wording
from engine.compose.check import check

CASES = [(rule.key, name) for rule in RULES for name in (None, *values.situations(rule))]


@pytest.mark.parametrize("key", [rule.key for rule in RULES])
def test_the_shipped_wording_passes_the_checker_without_a_warning(key):
    assert check(rule(key), wording.default(key)) == ()


@pytest.mark.parametrize(("key", "situation"), CASES)
def test_the_shipped_wording_renders_in_every_situation(key, situation):
    sample = values.sample(rule(key), situation)

    composed = render.compiled(rule(key), wording.default(key)).render(sample)

    assert set(sample) == {variable.name for variable in VARIABLES}
    assert composed.text
    assert "  " not in composed.text.replace(str(sample["overdue_invoices"]), "")
    assert "{{" not in composed.text + composed.html + composed.subject
    assert "None" not in composed.text
    assert bool(composed.html) is (rule(key).by == "email")
    assert bool(composed.subject) is (rule(key).by != "sms")
    # So much a line of mail holds (RFC 5322, 2.1.1), and a longer one has to be quoted; the rest is left to values.
    assert max(map(len, composed.html.encode("ascii", "xmlcharrefreplace").splitlines()), default=0) < 700


def test_a_finished_order_has_a_situation_for_each_way_to_get_it_and_each_way_to_stand():
    names = list(values.situations(rule("job_complete_email")))[:12]

    assert names[0] == "pickup, balance"
    assert names[-1] == "unknown, no invoice"
    assert len(names) == 12


@pytest.mark.parametrize("one", [one for one in RULES if "overdue_invoices" in one.variables], ids=lambda one: one.key)
def test_what_is_due_is_what_the_table_says_of_the_same_invoice(one):
    for situation in (None, *values.situations(one)):
        sample = values.sample(one, situation)

        (row,) = [row for row in sample["overdue_invoices"].rows if row[0] == sample["invoice_number"]]
        assert row[-1] == sample["amount_due"]


def test_a_situation_that_a_rule_does_not_have_is_a_key_error():
    with pytest.raises(KeyError):
        values.sample(rule("status_change_toast"), "pickup, balance")
