"""Who is never written to: an address, whoever has it, until its reason has passed."""

from contextlib import ExitStack

import pytest

from engine import suppressions
from engine.errors import InkbellError, NotAllowed
from engine.store import database, queries
from sidecar import passes
from tests import desk, shop
from tests.desk import NOW, after
from tests.smtp_server import SmtpServer
from tests.twilio_server import OPTED_OUT, TwilioServer

MAIL, TEXT = "production_started_email", "status_update_sms"


@pytest.fixture
def servers():
    with ExitStack() as stack:
        yield stack.enter_context(SmtpServer()), stack.enter_context(TwilioServer())


@pytest.fixture
def smtp_server(servers):
    return servers[0]


@pytest.fixture
def live(connection, servers, monkeypatch):
    smtp, twilio = servers
    desk.open_shop(connection, delivery_mode="live")
    desk.only(connection, MAIL, TEXT)
    for name, value in {
        "SMTP_URL": smtp.url,
        "MAIL_FROM": "desk@bay.example",
        "TWILIO_ACCOUNT_SID": twilio.account_sid,
        "TWILIO_AUTH_TOKEN": twilio.auth_token,
        "TWILIO_FROM": twilio.sender,
        "TWILIO_API_BASE": twilio.url,
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def ada(connection):
    return shop.make_staff(connection, name="Ada Finch", role="admin")["id"]


@pytest.fixture
def tell(connection):
    """A new job of this customer goes on press, and what is due goes out."""

    def tell(customer, now=NOW, **job):
        shop.move_job(connection, shop.make_job(connection, customer_id=customer["id"], **job), "in_production")
        passes.once(now)

    return tell


@pytest.fixture
def bounced(connection):
    """Marks an address as a dead mailbox."""

    def mark(address, reason="bounced", channel="email"):
        shop.insert(connection, "suppression", channel=channel, address=address, reason=reason, since=NOW)

    return mark


def in_force(connection):
    rows = connection.execute("SELECT address FROM suppression WHERE lifted_at IS NULL ORDER BY address")
    return [row["address"] for row in rows]


def audit(connection):
    rows = connection.execute("SELECT actor, action, subject, after ->> 'note' AS note FROM audit_entry ORDER BY id")
    return [tuple(row.values()) for row in rows]


def change(function, *given, **more):
    with database.transaction() as connection:
        return function(connection, *given, now=NOW, **more)


# What the providers say


@pytest.mark.parametrize("enhanced", ["5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.2.1"])
def test_a_dead_mailbox_is_marked(connection, live, smtp_server, tell, enhanced):
    smtp_server.on("rcpt", f"550 {enhanced} no such mailbox")
    maya = shop.make_customer(connection, email="Maya@Example.com", phone=None)

    tell(maya)
    tell(maya, after(minutes=1))

    assert in_force(connection) == ["maya@example.com"]
    assert desk.fates(connection, MAIL) == [("failed", "refused"), ("skipped", "bounced")]


@pytest.mark.parametrize(
    "reply", ["550 5.7.1 blocked", "552 5.2.2 mailbox full", "550 5.4.5 over quota", "452 4.2.2 full"]
)
def test_a_blocklisting_or_a_quota_marks_nobody(connection, live, smtp_server, tell, reply):
    smtp_server.on("rcpt", reply, times=1)
    maya = shop.make_customer(connection, email="maya@example.com", phone=None)

    tell(maya)
    tell(maya, after(hours=1))

    assert in_force(connection) == []
    assert desk.fates(connection, MAIL)[-1] == ("sent", None)


def test_a_blocklisting_that_meets_three_recipients_stops_the_channel_and_marks_nobody(
    connection, live, smtp_server, tell
):
    smtp_server.on("end", "550 5.7.1 your address is on a blocklist")
    for name in ("ann", "bob", "cleo", "dan"):
        tell(shop.make_customer(connection, email=f"{name}@example.com", phone=None), after(seconds=len(name)))

    assert in_force(connection) == []
    assert desk.fates(connection, MAIL)[:2] == [("failed", "refused")] * 2
    assert desk.fates(connection, MAIL)[2:] == [("queued", None)] * 2
    assert desk.alerts(connection) == ["Email can't be sent"]


def test_a_bounce_of_the_shops_own_test_address_marks_no_customer(connection, live, smtp_server, tell):
    shop.set_shop(connection, delivery_mode="redirect", redirect_email="test@bay.example")
    smtp_server.on("rcpt", "550 5.1.1 no such mailbox")

    tell(shop.make_customer(connection, email="maya@example.com", phone=None))

    assert desk.fates(connection, MAIL) == [("failed", "refused")]
    assert in_force(connection) == []


def test_a_stop_covers_every_customer_with_that_number_however_it_is_written(connection, live, tell):
    tell(shop.make_customer(connection, email=None, phone=OPTED_OUT))
    tell(shop.make_customer(connection, email=None, phone="(500) 555-0004"), after(minutes=1))
    tell(shop.make_customer(connection, email=None, phone=None), after(minutes=2), contact_phone="500.555.0004")
    tell(shop.make_customer(connection, email=None, phone="+44 20 7555 0004"), after(minutes=3))

    assert in_force(connection) == [OPTED_OUT]
    assert [fate[1] for fate in desk.fates(connection, TEXT)] == ["opted_out", "opted_out", "opted_out", None]


# What an edit does


@pytest.mark.parametrize("column", ["email", "billing_email", "cc_emails"])
def test_changing_a_customers_address_lifts_its_bounce(connection, bounced, column):
    many = column == "cc_emails"
    maya = shop.make_customer(
        connection, **{"email": None, column: ["Maya@example.org"] if many else "Maya@example.org"}
    )
    bounced("maya@example.org")
    bounced("other@example.com")

    shop.update(connection, "customer", maya["id"], name="Maya O.")
    assert in_force(connection) == ["maya@example.org", "other@example.com"]
    shop.update(connection, "customer", maya["id"], **{column: ["m@example.com"] if many else "m@example.com"})

    assert in_force(connection) == ["other@example.com"]


def test_changing_a_jobs_contact_lifts_its_bounce(connection, bounced):
    job = shop.make_job(connection, contact_email="site@example.com")
    bounced("site@example.com")

    shop.update(connection, "job", job["id"], contact_email=None)

    assert in_force(connection) == []


def test_an_address_that_was_changed_away_and_back_gets_another_chance(connection, live, tell, bounced):
    maya = shop.make_customer(connection, email="maya@example.com", phone=None)
    bounced("maya@example.com")

    shop.update(connection, "customer", maya["id"], email="typo@example.com")
    shop.update(connection, "customer", maya["id"], email="maya@example.com")
    tell(maya)

    assert desk.heard(connection) == {(MAIL, "maya@example.com")}


def test_a_bounce_stands_while_another_record_has_the_address(connection, bounced):
    maya = shop.make_customer(connection, email="office@example.com")
    jonas = shop.make_customer(connection, billing_email="Office@example.com")
    bounced("office@example.com")

    shop.update(connection, "customer", maya["id"], email="maya@example.com")
    assert in_force(connection) == ["office@example.com"]

    shop.update(connection, "customer", jonas["id"], billing_email=None)
    assert in_force(connection) == []


def test_changing_only_the_case_of_an_address_lifts_nothing(connection, bounced):
    maya = shop.make_customer(connection, email="maya@example.com")
    bounced("maya@example.com")

    shop.update(connection, "customer", maya["id"], email="Maya@Example.com")

    assert in_force(connection) == ["maya@example.com"]


def test_no_edit_undoes_a_stop(connection, bounced):
    maya = shop.make_customer(connection, email="maya@example.com", phone="+12125550123")
    bounced("maya@example.com", reason="opted_out")
    bounced("+12125550123", reason="opted_out", channel="sms")

    for phone, email in (("+12125550124", "other@example.com"), ("+12125550123", "maya@example.com")):
        shop.update(connection, "customer", maya["id"], phone=phone, email=email)

    assert in_force(connection) == ["+12125550123", "maya@example.com"]


def test_a_writer_without_rights_of_its_own_can_change_an_address(connection, bounced):
    maya = shop.make_customer(connection, email="maya@example.com")
    bounced("maya@example.com")
    connection.execute("DROP ROLE IF EXISTS address_clerk")
    connection.execute("CREATE ROLE address_clerk")
    connection.execute("GRANT SELECT, UPDATE ON customer TO address_clerk")
    connection.execute("SET ROLE address_clerk")

    shop.update(connection, "customer", maya["id"], email="m@example.com")

    connection.execute("RESET ROLE")
    assert in_force(connection) == []
    connection.execute("DROP OWNED BY address_clerk")
    connection.execute("DROP ROLE address_clerk")


# What staff do


def test_staff_silence_an_address_and_lift_it_again_each_with_a_note(connection, live, tell, ada):
    maya = shop.make_customer(connection, email=None, phone="(212) 555-0123")

    assert change(suppressions.add, "sms", "212-555-0123", note="asked by phone", actor=ada)
    tell(maya)
    assert change(suppressions.lift, "sms", "+1 212 555 0123", note="changed her mind", actor=ada)
    tell(maya, after(hours=1))

    assert [fate[1] for fate in desk.fates(connection, TEXT)] == ["opted_out", None]
    subject = "suppression:sms:+12125550123"
    assert audit(connection) == [
        (f"staff:{ada}", "suppression.added", subject, "asked by phone"),
        (f"staff:{ada}", "suppression.lifted", subject, "changed her mind"),
    ]


def test_what_is_in_force_can_be_listed(connection, ada):
    change(suppressions.add, "email", "Maya@Example.com", note="moved away", actor=ada, reason="bounced")

    with database.transaction() as inside:
        [found] = suppressions.standing(inside)

    assert (found.channel, found.address, found.reason) == ("email", "maya@example.com", "bounced")
    assert (found.since, found.note) == (NOW, "moved away")


def test_nothing_is_done_twice_and_nothing_recorded_for_it(connection, ada):
    change(suppressions.add, "email", "maya@example.com", note="asked", actor=ada)

    assert not change(suppressions.add, "email", "MAYA@example.com", note="asked again", actor=ada)
    assert not change(suppressions.add, "email", "maya@example.com", note="came back", actor=ada, reason="bounced")
    assert change(suppressions.lift, "email", "maya@example.com", note="back", actor=ada)
    assert not change(suppressions.lift, "email", "maya@example.com", note="back", actor=ada)
    assert not change(suppressions.lift, "email", "nobody@example.com", note="back", actor=ada)

    assert [action for _, action, *_ in audit(connection)] == ["suppression.added", "suppression.lifted"]


def test_a_bounce_never_weakens_an_opt_out(connection, ada):
    maya = shop.make_customer(connection, email="maya@example.com")
    bounce = {
        "channel": "email",
        "address": "maya@example.com",
        "reason": "bounced",
        "now": after(days=1),
        "note": "550",
    }
    change(suppressions.add, "email", "maya@example.com", note="asked", actor=ada)

    connection.execute(queries.load("suppression").suppress, bounce)
    shop.update(connection, "customer", maya["id"], email="m@example.com")

    [row] = connection.execute("SELECT * FROM suppression").fetchall()
    assert (row["reason"], row["since"], row["lifted_at"]) == ("opted_out", NOW, None)


def test_a_bounce_after_a_lift_counts_again(connection, ada):
    bounce = {
        "channel": "email",
        "address": "maya@example.com",
        "reason": "bounced",
        "now": after(days=1),
        "note": "550",
    }
    change(suppressions.add, "email", "maya@example.com", note="asked", actor=ada)
    change(suppressions.lift, "email", "maya@example.com", note="back", actor=ada)

    connection.execute(queries.load("suppression").suppress, bounce)

    [row] = connection.execute("SELECT * FROM suppression").fetchall()
    assert (row["reason"], row["since"], row["lifted_at"]) == ("bounced", after(days=1), None)


@pytest.mark.parametrize("function", [suppressions.add, suppressions.lift])
@pytest.mark.parametrize(
    ("channel", "address", "note", "words"),
    [
        ("email", "not an address", "asked", "is no email address"),
        ("sms", "12", "asked", "is no phone number"),
        ("sms", "+12125550123", "  ", "without a note"),
    ],
)
def test_what_can_not_be_done_is_said(connection, ada, function, channel, address, note, words):
    with pytest.raises(InkbellError, match=words):
        change(function, channel, address, note=note, actor=ada)

    assert audit(connection) == []


def test_production_changes_no_suppression_and_sales_does(connection):
    pat = shop.make_staff(connection, role="production")["id"]
    sam = shop.make_staff(connection, role="sales")["id"]

    with pytest.raises(NotAllowed, match="ask an admin or a sales person"):
        change(suppressions.add, "email", "maya@example.com", note="asked", actor=pat)
    assert change(suppressions.add, "email", "maya@example.com", note="asked", actor=sam)
    with pytest.raises(NotAllowed):
        change(suppressions.lift, "email", "maya@example.com", note="back", actor=pat)
    assert in_force(connection) == ["maya@example.com"]
