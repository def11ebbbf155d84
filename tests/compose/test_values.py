"""Values promise: amounts, dates and links as this shop writes them, and nothing where there is nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from engine.catalog.facts import (
    Artwork,
    Customer,
    Event,
    Facts,
    Invoice,
    Job,
    Lead,
    Reorder,
    Shipment,
    Shop,
    Staff,
    Told,
)
from engine.catalog.rules import RULES, rule
from engine.catalog.variables import VARIABLES
from engine.compose import values
from engine.compose.carriers import carrier, package

NOW = datetime(2026, 11, 4, 3, 30, tzinfo=UTC)
"""Still 3 November in New York."""

BASE = "https://orders.example.com"
SHOP = Shop("Ink & Co", "hi@ink.example", website="ink.example")
CUSTOMER = Customer(1, "Dana Whitfield", "tok/en", "Riverside", "dana@example.com", phone="+12125550142")
JOB = Job(1, "1042", "Run shirts", 1, "in_production", "In Production", "In production", True, quantity=1200)
INVOICE = Invoice(
    7, "2107", 1, "sent", "USD", 96_000, 48_000, "pay", job_id=1, due_date=date(2026, 10, 22), created_at=NOW
)


def event(kind: str = "job.status_changed", **payload: object) -> Event:
    return Event(1, kind, "job", 1, payload, NOW)


FACTS = Facts(event(), SHOP, CUSTOMER, JOB)
LABELS = {"films": ("Films", "In production", False), "in_production": ("On Press", "In production", True)}


def build(key: str = "production_started_email", facts: Facts = FACTS, stripe: bool = True, **changes: object):
    return values.build(rule(key), replace(facts, **changes), now=NOW, public_url=f"{BASE}/", stripe_connected=stripe)


@pytest.mark.parametrize("key", [rule.key for rule in RULES])
def test_every_variable_of_the_registry_is_there_and_is_text(key):
    built = build(key, facts=Facts(event(), SHOP))

    assert set(built) == {variable.name for variable in VARIABLES}
    assert all(isinstance(value, str) for value in built.values())
    assert not any("None" in value for value in built.values())


def test_links_are_built_on_the_public_address_and_their_tokens_are_quoted():
    assert build()["portal_url"] == f"{BASE}/p/tok%2Fen"


def test_days_are_those_of_the_shops_time_zone():
    assert build()["today"] == "November 3, 2026"


@pytest.mark.parametrize(
    ("currency", "locale", "cents", "shown"),
    [
        ("USD", "en_US", 124_000, "$1,240.00"),
        ("EUR", "de_DE", 124_050, "1.240,50\xa0€"),
        ("JPY", "ja_JP", 1_240, "¥1,240"),
        ("USD", "nonsense", 5, "$0.05"),
    ],
)
def test_money_is_written_as_the_shops_locale_writes_it(currency, locale, cents, shown):
    invoice = replace(INVOICE, currency=currency, total_cents=cents, amount_paid_cents=0)

    built = build("invoice_sent_email", invoice=invoice, shop=replace(SHOP, locale=locale))

    assert built["amount_due"] in (shown, shown.replace("¥", "￥"))


def test_amounts_are_empty_and_never_zero():
    unpaid = build("invoice_sent_email", invoice=replace(INVOICE, amount_paid_cents=0))
    paid = build("invoice_paid_email", invoice=replace(INVOICE, status="paid", amount_paid_cents=0))

    assert (unpaid["amount_due"], unpaid["amount_paid"]) == ("$960.00", "")
    assert (paid["amount_due"], paid["amount_paid"]) == ("", "$960.00")


@pytest.mark.parametrize(
    ("stripe", "changes", "offered"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"status": "paid"}, False),
        (True, {"status": "draft"}, False),
        (True, {"amount_paid_cents": 95_951}, False),
        (True, {"amount_paid_cents": 95_950}, True),
    ],
)
def test_a_card_payment_is_offered_only_where_one_can_be_made(stripe, changes, offered):
    built = build("invoice_sent_email", stripe=stripe, invoice=replace(INVOICE, **changes))

    assert bool(built["payment_url"]) is offered


def test_a_draft_or_void_invoice_is_never_linked():
    for status in ("draft", "void"):
        assert build(job_invoice=replace(INVOICE, status=status))["invoice_url"] == ""
    assert build(job_invoice=INVOICE)["invoice_url"] == f"{BASE}/invoice/pay"


def test_a_receipt_without_dates_takes_the_events():
    built = build("invoice_paid_email", invoice=replace(INVOICE, status="paid"), event=event("invoice.paid"))

    assert built["payment_date"] == "November 3, 2026"


def test_billing_at_another_address_is_greeted_without_a_name():
    accounts = replace(CUSTOMER, billing_email="ap@example.com")
    same = replace(CUSTOMER, billing_email="DANA@example.com ")

    assert build("invoice_sent_email", customer=accounts, invoice=INVOICE)["customer_first_name"] == ""
    assert build("invoice_sent_email", customer=same, invoice=INVOICE)["customer_first_name"] == "Dana"
    assert build(customer=accounts)["customer_first_name"] == "Dana"


@pytest.mark.parametrize(
    ("name", "company", "first"),
    [
        ("Dana Whitfield", None, "Dana"),
        ("Whitfield, Dana", None, "Dana"),
        ("Dr. Dana Whitfield", None, "Dana"),
        ("Dana", None, "Dana"),
        ("J. Whitfield", None, ""),
        ("Whitfield, J", None, ""),
        ("J.R. Whitfield", None, "J.R."),
        ("A & B Printing", None, ""),
        ("Ó Whitfield", None, "Ó"),
        ("Dana Whitfield, Jr.", None, "Dana"),
        ("Whitfield, Dana, Ph.D.", None, "Dana"),
        ("Ana Co", None, "Ana"),
        ("Riverside Club", "riverside club", ""),
        ("Hilltop Brewing, Inc.", None, ""),
        ("Hilltop Brewing L.L.C.", None, ""),
        ("Hilltop & Co.", None, ""),
        ("The Whitfield Family", None, ""),
        ("dana@example.com", None, ""),
        ("https://evil.example win", None, ""),
        ("", None, ""),
        ("   ", None, ""),
    ],
)
def test_a_first_name_is_a_name_or_nothing(name, company, first):
    assert values.first_name(name, company) == first


def test_a_jobs_contact_is_the_one_who_is_named():
    job = replace(JOB, contact_name="Sam Ortiz", contact_email="sam@example.com")

    built = build(job=job)

    assert (built["customer_name"], built["customer_first_name"]) == ("Sam Ortiz", "Sam")
    assert built["customer_email"] == "sam@example.com"
    assert build("art_decline_notification", job=job)["customer_name"] == "Dana Whitfield"


def test_what_is_being_paid_by_bank_is_not_to_be_paid_by_card_as_well():
    pending = replace(INVOICE, payment_pending_at=NOW)

    assert build("job_complete_email", job_invoice=INVOICE)["payment_url"]
    assert build("job_complete_email", job_invoice=pending)["payment_url"] == ""


def test_no_pieces_are_no_quantity_to_speak_of():
    assert build("order_received_email", job=replace(JOB, quantity=0))["job_quantity"] == ""
    assert build("reorder_request_received", reorder=Reorder(1, 1, quantity=0))["reorder_quantity"] == ""


def test_the_jobs_delivery_method_wins_over_the_customers():
    customer = replace(CUSTOMER, delivery_method="ship")

    assert build(customer=customer)["delivery_method"] == "ship"
    assert build(customer=customer, job=replace(JOB, delivery_method="pickup"))["delivery_method"] == "pickup"


def test_a_notice_of_a_move_names_that_move_wherever_the_job_is_now():
    moved = event(**{"from": "in_production", "to": "films"})

    built = build("status_change_toast", event=moved, status_labels=LABELS)

    assert (built["job_previous_status"], built["job_internal_status"]) == ("On Press", "Films")


def test_a_sales_rep_who_left_is_not_named():
    rep = Staff(1, "Sam", "sam@ink.example", "sales")

    assert build(sales_rep=rep)["sales_rep_name"] == "Sam"
    assert build(sales_rep=replace(rep, active=False))["sales_rep_name"] == ""


def test_a_notice_shows_only_in_its_time():
    hour = timedelta(hours=1)

    def notice(begin: datetime | None, end: datetime | None) -> str:
        return build(shop=replace(SHOP, notice="Closed", notice_from=begin, notice_until=end))["shop_notice"]

    assert notice(None, None) == notice(NOW, NOW + hour) == notice(NOW - hour, None) == "Closed"
    assert notice(NOW + hour, None) == notice(None, NOW) == ""


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("ink.example", "https://ink.example"),
        ("http://ink.example", "http://ink.example"),
        ("javascript:alert(1)", ""),
        ("none", ""),
    ],
)
def test_a_website_is_a_web_address_or_nothing(given, shown):
    assert build(shop=replace(SHOP, website=given))["shop_website"] == shown


def test_the_proof_is_the_newest_version_and_a_declined_one_the_version_declined():
    proofs = (Artwork(1, 1, 1, "declined", "one", decline_reason="bigger"), Artwork(2, 1, 2, "sent", "two"))

    assert build("art_approval_email", artworks=proofs)["art_review_url"] == f"{BASE}/art/two"
    declined = build("art_decline_notification", artworks=proofs, event=event("artwork.declined", version=1))
    assert (declined["art_version"], declined["art_decline_reason"]) == ("1", "bigger")


def test_only_the_numbers_to_announce_are_announced():
    shipments = (Shipment(1, 1, "1Z1", "UPS"), Shipment(2, 1, "94", "usps priority"), Shipment(3, 1, "1Z3", "UPS"))

    built = build("tracking_shipped_email", shipments=shipments, to_announce=(2, 3))

    assert built["tracking_numbers"] == "94, 1Z3"
    assert built["tracking_previous"] == "1Z1"
    assert built["carrier"] == ""
    assert str(built["tracking_links"]).count("https://") == 2


@pytest.mark.parametrize(
    ("given", "number", "known", "host"),
    [
        ("UPS", "1Z5", "UPS", "www.ups.com"),
        ("ups ground", "1Z5", "UPS", "www.ups.com"),
        ("U.S. Postal Service", "94", "USPS", "tools.usps.com"),
        ("USPS", "94", "USPS", "tools.usps.com"),
        ("Federal Express", "12", "FedEx", "www.fedex.com"),
        ("FEDEX", "12", "FedEx", "www.fedex.com"),
        ("DHL Express", "12", "DHL", "www.dhl.com"),
        ("OnTrac", "12", "OnTrac", "www.ontrac.com"),
        ("Canada Post", "12", "Canada Post", "www.canadapost-postescanada.ca"),
        (None, "1Z999AA10123456784", "UPS", "www.ups.com"),
        (None, "9400", "", None),
        ("Hudson Lines", "12", "Hudson Lines", None),
    ],
)
def test_a_package_is_followed_where_its_carrier_is_known(given, number, known, host):
    followed = package(Shipment(1, 1, number, given))

    assert carrier(given, number) == known
    assert (followed.url or "").partition("://")[2].partition("/")[0] == (host or "")


def test_a_tracking_number_cannot_leave_its_place_in_the_link():
    assert (
        package(Shipment(1, 1, "1Z&x=1#/../ y", "UPS")).url
        == "https://www.ups.com/track?tracknum=1Z%26x%3D1%23%2F..%2Fy"
    )


def test_overdue_invoices_are_counted_summed_and_listed_oldest_first():
    older = replace(INVOICE, id=8, number="2090", due_date=date(2026, 10, 1), amount_paid_cents=0)
    later = replace(INVOICE, id=9, due_date=date(2026, 11, 3))
    disputed = replace(older, id=10, disputed=True)
    paused = replace(older, id=11, reminders_paused_until=NOW + timedelta(days=1))

    built = build("invoice_overdue_email", invoice=INVOICE, owed=(older, INVOICE, later, disputed, paused))

    assert (built["days_overdue"], built["overdue_count"], built["total_overdue"]) == ("12", "2", "$1,440.00")
    assert [row[0] for row in built["overdue_invoices"].rows] == ["2090", "2107"]


def test_currencies_are_not_added_up():
    euro = replace(INVOICE, id=8, currency="EUR")

    assert build("invoice_overdue_email", invoice=INVOICE, owed=(INVOICE, euro))["total_overdue"] == "$480.00 + €480.00"


def test_days_until_due_count_to_the_due_date():
    soon = replace(INVOICE, due_date=date(2026, 11, 6))

    built = build("payment_due_soon_email", invoice=soon, owed=(soon,))

    assert (built["days_until_due"], built["days_overdue"], built["overdue_count"]) == ("3", "0", "1")


def test_a_reminder_before_the_due_date_names_what_else_falls_due_in_the_shop_s_days_before():
    soon, next_day, later, late = (
        replace(INVOICE, id=number, number=str(number), due_date=date(2026, month, day))
        for number, month, day in ((1, 11, 6), (2, 11, 7), (3, 11, 8), (4, 11, 2))
    )

    built = build("payment_due_soon_email", invoice=soon, owed=(late, soon, next_day, later), due_soon_days=4)

    assert [row[0] for row in built["overdue_invoices"].rows] == ["1", "2"]


def test_only_a_first_text_says_how_to_stop():
    told = Told(1, "status_update_sms", "sms", "sent", "k", NOW, 1, "job.status_changed", "films", handed_off_at=NOW)

    assert build("job_complete_sms")["sms_opt_out_text"] == values.OPT_OUT
    assert build("job_complete_sms", told=(told,))["sms_opt_out_text"] == ""
    assert build("job_complete_email")["sms_opt_out_text"] == ""


def test_leads_and_reorders_have_their_words():
    lead = build("lead_new_notification", lead=Lead(1, "Jo", email="jo@example.com", source="website"))
    reorder = build("reorder_request_received", reorder=Reorder(1, 1, job_number="1017", quantity=80))

    assert (lead["lead_name"], lead["lead_phone"], lead["lead_source"]) == ("Jo", "", "website")
    assert (reorder["reorder_job_number"], reorder["reorder_quantity"], reorder["reorder_note"]) == ("1017", "80", "")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc"])
def test_a_time_zone_nobody_knows_costs_nobody_their_message(zone):
    assert build(shop=replace(SHOP, timezone=zone))["today"] == "November 4, 2026"
