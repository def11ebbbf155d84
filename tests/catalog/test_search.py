"""The search promises: what somebody half remembers is found, and nothing is found for nonsense."""

import pytest

from engine.catalog.rules import RULES
from engine.catalog.search import search
from engine.catalog.variables import VARIABLES


def test_nothing_to_look_for_finds_everything() -> None:
    found = search("  ")

    assert found.rules == RULES
    assert found.variables == VARIABLES


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("production", "production_started_email"),
        ("produciton", "production_started_email"),
        ("job_complete_sms", "job_complete_sms"),
        ("overdue invoice", "invoice_overdue_email"),
        ("OVERDEU", "invoice_overdue_email"),
        ("tracking text", "tracking_shipped_sms"),
        ("aproval", "art_approval_email"),
    ],
)
def test_a_rule_is_found_by_what_somebody_remembers_of_it(query: str, key: str) -> None:
    assert key in [rule.key for rule in search(query).rules]


@pytest.mark.parametrize(("query", "name"), [("job_number", "job_number"), ("frist name", "customer_first_name")])
def test_a_variable_is_found_in_the_same_way(query: str, name: str) -> None:
    assert name in [variable.name for variable in search(query).variables]


@pytest.mark.parametrize("query", ["zzzz", "production zzzz", "☃", "{{ }}"])
def test_nonsense_finds_nothing(query: str) -> None:
    found = search(query)

    assert not found.rules
    assert not found.variables
