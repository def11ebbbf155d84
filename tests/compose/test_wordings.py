"""The default wordings promise: every message reads as if somebody had written it for this very situation."""

import itertools
import re

import pytest

from engine.catalog import rules
from engine.compose import render, sms_text, values, wording
from engine.compose.check import check
from engine.compose.composed import Composed
from engine.compose.rich import Links, Package, Table

INVOICE_URL = "https://orders.example.com/invoice/9ab3c1"
PAYMENT_URL = "https://orders.example.com/pay/9ab3c1"
PORTAL_URL = "https://orders.example.com/p/7c2f9d"
PROOF_URL = "https://orders.example.com/art/51e0aa"
TRACK_URL = "https://www.ups.com/track?tracknum="
LINKS = {"portal_url": PORTAL_URL, "invoice_url": INVOICE_URL, "art_review_url": PROOF_URL}

NO_INVOICE = {"amount_due": "", "invoice_url": "", "payment_url": ""}
PAID = {"amount_due": "", "invoice_url": INVOICE_URL, "payment_url": ""}
OWED = {"amount_due": "$480.00", "invoice_url": INVOICE_URL, "payment_url": ""}
OWED_ONLINE = OWED | {"payment_url": PAYMENT_URL}
METHODS = ("pickup", "ship", "deliver", "")

UPS = {
    "carrier": "UPS",
    "tracking_numbers": "1Z555",
    "tracking_url": f"{TRACK_URL}1Z555",
    "tracking_links": Links([Package("1Z555", f"{TRACK_URL}1Z555", "UPS")]),
}
TWO_BY_UPS = UPS | {
    "tracking_numbers": "1Z555, 1Z777",
    "tracking_links": Links([Package(number, TRACK_URL + number, "UPS") for number in ("1Z555", "1Z777")]),
}
NO_CARRIER = {"carrier": "", "tracking_numbers": "7712", "tracking_url": "", "tracking_links": Links([Package("7712")])}
FIRST_PACKAGE = {"tracking_previous": ""}
ANOTHER_PACKAGE = {"tracking_previous": "1Z333"}

ROWS = (("2107", "November 3, 2026", "$480.00"), ("2090", "October 9, 2026", "$760.00"))
HEAD = ("Invoice", "Due", "Amount due")
ONE_OVERDUE = {"overdue_count": "1", "total_overdue": "$480.00", "overdue_invoices": Table(HEAD, ROWS[:1])}
TWO_OVERDUE = {"overdue_count": "2", "total_overdue": "$1,240.00", "overdue_invoices": Table(HEAD, ROWS)}

FOR_ACCOUNTS = {"customer_first_name": "", "po_number": "PO-5531"}
NO_JOB = dict.fromkeys(("job_number", "job_title", "job_status", "job_quantity", "due_date", "sales_rep_name"), "")
REMINDERS = ("payment_due_soon_email", "invoice_overdue_email", "invoice_30day_escalation", "invoice_60day_escalation")
INVOICE_EMAILS = ("invoice_sent_email", "invoice_paid_email", "payment_link_email", *REMINDERS)
JOB_EMAILS = tuple(rule.key for rule in rules.RULES if rule.by == "email" and rule.subject == "job")
TEXTS = tuple(rule.key for rule in rules.RULES if rule.by == "sms")
PROOFS = ("art_approval_email", "art_resubmit_email")


def known(rule: rules.Rule, situation: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in situation.items() if name in rule.variables}


def say(key: str, *situation: dict[str, str], **changes: str) -> Composed:
    """A rule's default wording with the sample's values, then these; a name that the rule lacks is a mistake here."""
    rule = rules.rule(key)
    merged = {**values.sample(rule), **known(rule, LINKS)}
    for part in (*situation, changes):
        assert set(part) <= set(rule.variables), f"{key} has not all of {sorted(part)}"
        merged |= part
    return render.compiled(rule, wording.default(key)).render(merged)


def situations(rule: rules.Rule) -> list[dict[str, str]]:
    """Together they enter every branch of every wording."""
    money = (PAID, OWED, OWED_ONLINE) if rule.is_money else (NO_INVOICE, PAID, OWED, OWED_ONLINE)
    bare = {name: "" for name in rule.variables if rules.may_be_empty(rule, name)}
    found: list[dict[str, str]] = [{}, {**bare, **(OWED if rule.is_money else {})}]
    found += [sums | {"delivery_method": method} for sums, method in itertools.product(money, METHODS)]
    found += [sums | other for sums in money for other in (FOR_ACCOUNTS, {"amount_paid": ""})]
    found += [sums | NO_JOB for sums in money if rule.is_money]
    found += [sent | before for sent in (UPS, TWO_BY_UPS, NO_CARRIER) for before in (FIRST_PACKAGE, ANOTHER_PACKAGE)]
    found += [
        debt | {"days_overdue": days, "days_until_due": days}
        for debt, days in itertools.product((ONE_OVERDUE, TWO_OVERDUE), ("0", "1", "2", "93"))
    ]
    found += [{"lead_message": "", "lead_source": "manual"}, {"lead_email": ""}, {"lead_phone": ""}]
    found += [{"art_decline_reason": ""}, {"reorder_quantity": "1", "job_quantity": "1"}, {"shop_phone": ""}]
    source = wording.default(rule.key).as_text
    telling = [{name: value for name, value in known(rule, one).items() if name in source} for one in found]
    return list({tuple(sorted(one.items())): one for one in telling}.values())


EVERY = [
    pytest.param(rule.key, situation, id=f"{rule.key}-{number}")
    for rule in rules.RULES
    for number, situation in enumerate(situations(rule))
]

# Two tracking links are longer than one segment, whatever stands around them.
ONE_LINK_TEXTS = [
    one
    for one in EVERY
    if one.values[0] in TEXTS and one.values[1].get("tracking_links") != TWO_BY_UPS["tracking_links"]
]


@pytest.mark.parametrize("key", [rule.key for rule in rules.RULES])
def test_the_checker_has_nothing_to_say_about_a_shipped_wording(key: str) -> None:
    problems = check(rules.rule(key), wording.default(key))

    assert problems == ()


@pytest.mark.parametrize(("key", "situation"), EVERY)
def test_no_situation_leaves_a_trace_of_the_template(key: str, situation: dict[str, str]) -> None:
    composed = say(key, situation)

    for part in (composed.subject, composed.preheader, composed.text):
        assert not re.search(r"[{}]|%}|\bNone\b|\*\*|\]\(", part)
        assert not re.search(r"\S [,.;:](\s|$)|[,;:][,.;:]|(?<!\.)\.\.(?!\.)|\(\)", part)
        assert not re.search(r"\b1 (days|pieces|invoices)\b|\b(0|2|93) day\b", part)
    assert not re.search(r"\n\s*\n\s*\n", composed.text.strip())
    assert "<p></p>" not in composed.html


@pytest.mark.parametrize("key", JOB_EMAILS)
def test_a_job_email_names_the_job_in_subject_and_text(key: str) -> None:
    composed = say(key, job_number="1042", job_title="Spring 10k shirts")

    assert "1042" in composed.subject
    assert "order 1042, Spring 10k shirts" in composed.text.replace("Order", "order")


@pytest.mark.parametrize("key", JOB_EMAILS)
def test_a_job_email_greets_by_first_name_or_not_at_all(key: str) -> None:
    known_person = say(key, customer_first_name="Dana")
    nobody = say(key, customer_first_name="")

    assert known_person.text.lstrip().startswith("Hi Dana,\n")
    assert nobody.text.lstrip().startswith("Hello,\n")


@pytest.mark.parametrize("key", INVOICE_EMAILS)
def test_an_accounts_department_is_greeted_without_a_name_and_finds_its_po_number(key: str) -> None:
    composed = say(key, FOR_ACCOUNTS)

    assert composed.text.lstrip().startswith("Hello,\n")
    assert "PO number PO-5531" in composed.text


@pytest.mark.parametrize("key", INVOICE_EMAILS)
def test_an_invoice_without_a_job_or_po_number_mentions_neither(key: str) -> None:
    composed = say(key, NO_JOB, po_number="")

    assert not re.search(r"\border\b", composed.subject + composed.text)
    assert "PO number" not in composed.text


@pytest.mark.parametrize("key", [*JOB_EMAILS, *INVOICE_EMAILS])
def test_the_sign_off_is_the_sales_rep_for_the_shop_or_the_shop_alone(key: str) -> None:
    with_rep = say(key, sales_rep_name="Sam Ortiz", shop_name="Fernwood")
    without = say(key, sales_rep_name="", shop_name="Fernwood")

    assert "\nSam Ortiz, Fernwood\n" in with_rep.text + "\n"
    assert "\nFernwood\n" in without.text + "\n"
    assert "Sam Ortiz" not in without.text


def test_an_order_is_confirmed_in_words_that_fit_the_phone_and_the_portal() -> None:
    composed = say("order_received_email", job_quantity="1", due_date="November 20, 2026")

    assert "1 piece." in composed.text
    assert "The date we have for it is November 20, 2026." in composed.text
    assert PORTAL_URL in composed.text
    assert not re.search(r"online|website|called|placed|submitted", composed.text)


def test_an_order_without_a_date_asks_for_one() -> None:
    composed = say("order_received_email", due_date="", job_quantity="")

    assert "There is no date on it yet." in composed.text
    assert "piece" not in composed.text


@pytest.mark.parametrize("key", [*PROOFS, "production_started_email"])
def test_a_job_without_a_due_date_mentions_no_date(key: str) -> None:
    dated = say(key, due_date="November 20, 2026")
    undated = say(key, due_date="")

    assert "November 20, 2026" in dated.text
    assert "The date" not in undated.text


@pytest.mark.parametrize("key", PROOFS)
def test_a_proof_asks_for_an_answer_and_says_that_printing_waits_for_it(key: str) -> None:
    composed = say(key)

    assert PROOF_URL in composed.text
    assert f'href="{PROOF_URL}"' in composed.html
    assert "We wait for your answer before we print." in composed.text


def test_a_new_proof_says_which_version_it_is() -> None:
    assert "This is version 3" in say("art_resubmit_email", art_version="3").text


@pytest.mark.parametrize("money", [NO_INVOICE, PAID, OWED, OWED_ONLINE], ids=["no invoice", "paid", "owed", "online"])
def test_a_finished_order_for_pickup_says_where_and_when(money: dict[str, str]) -> None:
    place = {"shop_address": "18 Mill Lane", "shop_hours": "Mon-Fri 9-5"}

    composed = say("job_complete_email", money, place, delivery_method="pickup")

    assert composed.subject.endswith("is ready for pickup")
    assert "You can pick it up at 18 Mill Lane.\n\nOpening hours: Mon-Fri 9-5\n" in composed.text


def test_a_pickup_from_a_shop_without_address_or_hours_still_reads_well() -> None:
    composed = say("job_complete_email", delivery_method="pickup", shop_address="", shop_hours="")

    assert "You can pick it up at the shop.\n" in composed.text
    assert "Opening hours" not in composed.text


@pytest.mark.parametrize(
    ("method", "subject", "says"),
    [
        ("ship", "is finished and ships next", "ships to you next"),
        ("deliver", "is finished and ready for delivery", "we will bring it to you"),
        ("", "is finished", "tell us how you would like to get it"),
    ],
)
@pytest.mark.parametrize("money", [NO_INVOICE, PAID, OWED, OWED_ONLINE], ids=["no invoice", "paid", "owed", "online"])
def test_a_finished_order_that_is_not_picked_up_never_sends_anybody_to_the_shop(
    money: dict[str, str], method: str, subject: str, says: str
) -> None:
    composed = say("job_complete_email", money, delivery_method=method)

    assert composed.subject.endswith(subject)
    assert says in composed.text
    assert "pick it up" not in composed.text
    assert "Opening hours" not in composed.text


@pytest.mark.parametrize("method", METHODS)
def test_a_finished_order_asks_for_the_balance_and_only_for_the_balance(method: str) -> None:
    owed, online, paid, no_invoice = (
        say("job_complete_email", money, delivery_method=method) for money in (OWED, OWED_ONLINE, PAID, NO_INVOICE)
    )

    assert "The balance is $480.00." in owed.text
    assert INVOICE_URL in owed.text
    assert "Pay" not in owed.text
    assert "Pay $480.00" in online.text
    assert PAYMENT_URL in online.text
    assert INVOICE_URL in online.text
    assert "Your invoice is paid." in paid.text
    assert INVOICE_URL in paid.text
    assert "balance" not in paid.text
    assert "Pay" not in paid.text
    assert PORTAL_URL in no_invoice.text
    assert not re.search(r"invoice|balance|paid", no_invoice.text, re.IGNORECASE)


def test_the_first_package_and_another_one_are_told_apart() -> None:
    first = say("tracking_shipped_email", UPS, FIRST_PACKAGE, job_number="1042")
    another = say("tracking_shipped_email", UPS, ANOTHER_PACKAGE, job_number="1042")

    assert first.subject == "Order 1042 is on its way"
    assert "Shipped before" not in first.text
    assert another.subject == "More of order 1042 is on its way"
    assert "Shipped before: 1Z333" in another.text


def test_every_number_is_named_and_linked_where_the_carrier_is_known() -> None:
    composed = say("tracking_shipped_email", TWO_BY_UPS, FIRST_PACKAGE)

    assert "with UPS" in composed.text
    for number in ("1Z555", "1Z777"):
        assert TRACK_URL + number in composed.text
        assert f'href="{TRACK_URL}{number}"' in composed.html


def test_a_number_without_a_known_carrier_stands_alone() -> None:
    composed = say("tracking_shipped_email", NO_CARRIER, FIRST_PACKAGE)

    assert "has shipped." in composed.text
    assert re.search(r"Tracking:\s+7712", composed.text)
    assert "Follow it here" not in composed.text


def test_a_new_invoice_says_what_is_due_and_by_when() -> None:
    composed = say("invoice_sent_email", OWED, amount_paid="", invoice_due_date="November 3, 2026")

    assert "Amount due: $480.00, by November 3, 2026." in composed.text
    assert INVOICE_URL in composed.text
    assert "Pay" not in composed.text


def test_a_new_invoice_after_a_deposit_names_the_deposit() -> None:
    composed = say("invoice_sent_email", OWED_ONLINE, amount_paid="$100.00", invoice_total="$580.00")

    assert "The total is $580.00, of which we have received $100.00." in composed.text
    assert "Pay $480.00" in composed.text
    assert INVOICE_URL in composed.text


def test_a_receipt_in_full_never_asks_for_money() -> None:
    composed = say(
        "invoice_paid_email", PAID, amount_paid="$960.00", invoice_total="$960.00", payment_date="November 3, 2026"
    )

    assert composed.subject.startswith("Receipt for invoice")
    assert "is paid in full." in composed.text
    assert "Received: $960.00. Payment date: November 3, 2026." in composed.text
    assert not re.search(r"Left to pay|Amount due|\bPay\b", composed.text)


def test_a_receipt_after_a_deposit_says_what_is_left() -> None:
    composed = say("invoice_paid_email", OWED, amount_paid="$480.00", invoice_total="$960.00")

    assert composed.subject.startswith("Payment received for invoice")
    assert "Received so far: $480.00 of $960.00." in composed.text
    assert "Left to pay: $480.00" in composed.text
    assert "paid in full" not in composed.text


def test_a_settled_invoice_with_less_received_than_its_total_does_not_claim_otherwise() -> None:
    composed = say("invoice_paid_email", PAID, amount_paid="$900.00", invoice_total="$960.00")

    assert "is settled, and nothing is left to pay." in composed.text
    assert "Received: $900.00, on a total of $960.00." in composed.text


def test_a_payment_link_is_one_button_and_without_stripe_the_invoice() -> None:
    linked = say("payment_link_email", OWED_ONLINE)
    unlinked = say("payment_link_email", OWED)

    assert f'href="{PAYMENT_URL}"' in linked.html
    assert "Stripe" in linked.text
    assert INVOICE_URL in unlinked.text
    assert not re.search(r"Stripe|link", unlinked.text)


@pytest.mark.parametrize(("days", "when"), [("0", "today"), ("1", "tomorrow"), ("3", "in 3 days")])
def test_a_reminder_before_the_date_counts_as_people_do(days: str, when: str) -> None:
    composed = say("payment_due_soon_email", OWED, days_until_due=days)

    assert composed.subject.endswith(f"is due {when}")
    assert f"is due {when}," in composed.text


@pytest.mark.parametrize(("days", "ago"), [("1", "1 day ago"), ("12", "12 days ago")])
@pytest.mark.parametrize("debt", [ONE_OVERDUE, TWO_OVERDUE], ids=["one", "several"])
def test_an_overdue_reminder_counts_days_and_invoices(debt: dict[str, str], days: str, ago: str) -> None:
    composed = say("invoice_overdue_email", OWED, debt, days_overdue=days, invoice_number="2107")

    several = debt is TWO_OVERDUE
    assert ago in composed.text
    assert composed.subject == ("2 invoices are past due" if several else "Invoice 2107 is past due")
    assert ("It is one of 2 invoices that are past due, $1,240.00 together:" in composed.text) is several
    assert ("2090" in composed.text) is several
    assert ("Amount due: $480.00" in composed.text) is not several


@pytest.mark.parametrize("key", REMINDERS)
def test_every_reminder_leads_to_the_invoice_and_lets_a_payment_cross(key: str) -> None:
    for money in (OWED, OWED_ONLINE):
        composed = say(key, money)

        assert INVOICE_URL in composed.text
        assert (PAYMENT_URL in composed.text) is bool(money["payment_url"])
        assert re.search(r"on its way|crossed|have paid in the last few days", composed.text)


def test_reminders_grow_firmer_and_only_the_last_one_speaks_of_collections() -> None:
    soon, overdue, stern, final = (say(key, OWED, ONE_OVERDUE, days_overdue="61").text for key in REMINDERS)

    assert "A friendly reminder" in soon
    assert "we have not seen the payment yet" in overdue
    assert "Please pay it now." in stern
    assert "This is the final notice" in final
    assert "we may turn the account over to collections" in final
    for gentler in (soon, overdue, stern):
        assert not re.search(r"collection|final|legal|lawyer|court|fee", gentler, re.IGNORECASE)
    assert not re.search(r"legal|lawyer|court|fee|credit", final, re.IGNORECASE)


@pytest.mark.parametrize(("key", "situation"), ONE_LINK_TEXTS)
def test_a_text_is_one_segment_of_plain_letters(key: str, situation: dict[str, str]) -> None:
    composed = say(key, situation, shop_name="Fernwood Print Co.")

    measured = sms_text.measure(composed.text)
    assert (measured.encoding, measured.segments) == ("GSM-7", 1), composed.text
    assert composed.subject == composed.html == ""


@pytest.mark.parametrize("key", TEXTS)
def test_a_text_names_the_shop_first_and_how_to_stop_last(key: str) -> None:
    composed = say(key, shop_name="Fernwood", sms_opt_out_text="Reply STOP to opt out.", job_number="1042")

    assert composed.text.startswith("Fernwood: ")
    assert composed.text.endswith(" Reply STOP to opt out.")
    assert "1042" in composed.text


@pytest.mark.parametrize(
    ("method", "says"),
    [("pickup", "ready for pickup."), ("ship", "ships next."), ("deliver", "bring it to you."), ("", "is finished.")],
)
def test_a_text_about_a_finished_order_fits_how_it_leaves(method: str, says: str) -> None:
    owed = say("job_complete_sms", OWED, delivery_method=method)
    paid = say("job_complete_sms", PAID, delivery_method=method)

    assert says in owed.text
    assert "Balance: $480.00." in owed.text
    assert says in paid.text
    assert "Balance" not in paid.text


def test_a_declined_proof_quotes_the_reason_or_says_there_is_none() -> None:
    with_reason = say("art_decline_notification", job_number="1042", art_decline_reason="Larger logo")
    without = say("art_decline_notification", art_decline_reason="", customer_phone="555-0142")

    assert "1042" in with_reason.subject
    assert '"Larger logo"' in with_reason.text
    assert "gave no reason" in without.text
    assert "call 555-0142" in without.text


def test_a_toast_shows_staff_their_own_words_for_both_statuses() -> None:
    composed = say("status_change_toast", job_number="1042", job_internal_status="Films", job_previous_status="Quote")

    assert composed.subject == "1042: Films"
    assert "until now Quote" in composed.text


def test_a_lead_says_how_to_answer_or_that_nobody_can() -> None:
    both = say("lead_new_notification", lead_email="jo@example.com", lead_phone="555-0177")
    neither = say("lead_new_notification", lead_email="", lead_phone="", lead_message="", lead_source="manual")

    assert "answer at jo@example.com or 555-0177" in both.text
    assert "Entered by hand, without a message." in neither.text
    assert "No email or phone was given." in neither.text


def test_a_reorder_without_a_job_or_quantity_says_so() -> None:
    exact = say("reorder_request_received", reorder_job_number="1017", reorder_quantity="80")
    vague = say("reorder_request_received", reorder_job_number="", reorder_quantity="", reorder_note="")

    assert "Wants job 1017 again, 80 pieces." in exact.text
    assert "Wants to order again, quantity not given." in vague.text


def test_ninety_days_tell_admins_the_sum_the_contact_and_the_decision() -> None:
    composed = say("invoice_90day_admin_alert", OWED, TWO_OVERDUE, customer_phone="555-0142", customer_company="")

    assert "$480.00 has been open" in composed.text
    assert "2 invoices are overdue, $1,240.00 together" in composed.text
    assert "555-0142" in composed.text
    assert "decide" in composed.text
