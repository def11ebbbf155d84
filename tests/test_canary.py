"""Canaries promise silence: an address, a token and every secret go into each failure, and come out nowhere."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet
from psycopg import sql
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from engine import people, providers
from engine.access import LOCAL
from engine.compose import exchange
from engine.deliver import export, log
from engine.deliver.email import Smtp
from engine.deliver.sms import Twilio
from engine.store import backup, database
from portal.app import application
from sidecar import passes
from tests import desk, shop
from tests.desk import PUBLIC_URL, after, open_desk
from tests.pages.conftest import signed_in, visit
from tests.portal.conftest import hidden
from tests.smtp_server import DROP, HANG, SmtpServer, smtp_server
from tests.stripe_server import StripeServer, stripe_server
from tests.twilio_server import TwilioServer, twilio_server

__all__ = ["open_desk", "signed_in", "smtp_server", "stripe_server", "twilio_server", "visit"]

PERSONAL = {"address": "canaryortiz@example.com", "number": "+12125550187", "name": "Canary Ortiz"}
PASSWORD, STRIPE_KEY, HOOK = "canary-password-7", "sk_test_canary7", "whsec_canary7"
RULES = ("production_started_email", "status_update_sms", "invoice_sent_email", "payment_link_email")


class Birds:
    """What must not be heard of, and all that was said."""

    def __init__(self) -> None:
        self.personal: dict[str, str] = dict(PERSONAL)
        self.secrets: dict[str, str] = {"password": PASSWORD, "stripe key": STRIPE_KEY, "hook": HOOK}

    def in_(self, text: object, *, of: str = "all") -> dict[str, str]:
        known = self.secrets if of == "secrets" else self.secrets | self.personal
        said = str(text)
        return {name: value for name, value in known.items() if value in said}


@pytest.fixture
def birds(twilio_server) -> Birds:
    found = Birds()
    found.secrets["twilio token"] = twilio_server.auth_token
    return found


@contextmanager
def heard(birds: Birds, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Fails where anything inside it says a canary to the log or to either stream."""
    capfd.readouterr()
    with capture_logs() as lines:
        yield
    out, err = capfd.readouterr()
    for said in (lines, out, err):
        assert birds.in_(said) == {}, said


@pytest.fixture
def maya(connection, birds: Birds) -> shop.Row:
    customer = shop.make_customer(
        connection, name=PERSONAL["name"], email=PERSONAL["address"], phone=PERSONAL["number"]
    )
    birds.personal["portal token"] = customer["portal_token"]
    return customer


@pytest.fixture
def live(connection, twilio_server, stripe_server, smtp_server, monkeypatch) -> None:
    for name, value in {
        "INKBELL_DELIVERY": "live",
        "TWILIO_ACCOUNT_SID": twilio_server.account_sid,
        "TWILIO_AUTH_TOKEN": twilio_server.auth_token,
        "TWILIO_FROM": twilio_server.sender,
        "TWILIO_API_BASE": twilio_server.url,
        "STRIPE_API_KEY": STRIPE_KEY,
        "STRIPE_API_BASE": stripe_server.url,
        "STRIPE_WEBHOOK_SECRET": HOOK,
        "SMTP_URL": f"smtp://inkbell:{PASSWORD}@127.0.0.1:{smtp_server.port}?starttls=false",
    }.items():
        monkeypatch.setenv(name, value)
    smtp_server.users = {"inkbell": PASSWORD}
    shop.make_staff(connection)
    desk.switch(connection, True, *RULES)


ECHO = f"<{PERSONAL['address']}> {PASSWORD}"
SMTP_TROUBLE: dict[str, Callable[[SmtpServer], None]] = {
    "refused at connect": lambda s: s.on("connect", f"554 5.7.1 {ECHO}"),
    "busy at connect": lambda s: s.on("connect", f"421 4.7.0 {ECHO}"),
    "sender refused": lambda s: s.on("mail", f"550 5.7.1 {ECHO}"),
    "unknown mailbox": lambda s: s.on("rcpt", f"550 5.1.1 {ECHO}"),
    "greylisted": lambda s: s.on("rcpt", f"451 4.7.1 {ECHO}"),
    "closing at the recipient": lambda s: s.on("rcpt", f"421 4.2.1 {ECHO}"),
    "data refused": lambda s: s.on("data", f"554 5.6.0 {ECHO}"),
    "refused after the dot": lambda s: s.on("end", f"554 5.3.4 {ECHO}"),
    "busy after the dot": lambda s: s.on("end", f"452 4.3.1 {ECHO}"),
    "broken after the dot": lambda s: s.on("end", DROP),
    "broken at the recipient": lambda s: s.on("rcpt", DROP),
    "silent at the recipient": lambda s: s.on("rcpt", HANG),
    "silent after the dot": lambda s: s.on("end", HANG),
    "nonsense": lambda s: s.on("rcpt", f"999 {ECHO}"),
    "wrong password": lambda s: s.users.update(inkbell="another"),
}


def told(connection: shop.Connection) -> list[object]:
    """What screens say of a failure to people who see no addresses, and what is kept of it."""
    return [
        *connection.execute("SELECT last_error FROM connection").fetchall(),
        *connection.execute("SELECT last_error FROM event").fetchall(),
        *connection.execute("SELECT * FROM audit_entry").fetchall(),
        *connection.execute("SELECT subject, body_text FROM message WHERE rule_key = 'system_alert'").fetchall(),
    ]


def kept(connection: shop.Connection) -> list[object]:
    """What is said of single messages to whoever sees their addresses anyway."""
    rows = connection.execute(
        "SELECT m.detail, a.detail FROM message AS m LEFT JOIN attempt AS a ON a.message_id = m.id"
    )
    return [*rows.fetchall(), *connection.execute("SELECT note FROM suppression").fetchall()]


def tried(connection: Any, rule_key: str) -> bool:
    """An attempt was made, or the channel failed at it, which is no attempt of a message."""
    faults = connection.execute("SELECT FROM connection WHERE last_error IS NOT NULL").fetchall()
    return bool(faults or desk.attempts(connection, desk.message(connection, rule_key)["id"]))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever says nothing is waited for half a second, not twenty."""
    monkeypatch.setattr(Smtp.__init__, "__defaults__", (0.5, 2.0))
    monkeypatch.setattr(Twilio.__init__, "__defaults__", (None, 0.5))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("trouble", SMTP_TROUBLE)
def test_nothing_that_a_mail_server_answers_lets_one_out(
    connection, live, maya, birds, smtp_server, capfd, trouble
) -> None:
    SMTP_TROUBLE[trouble](smtp_server)
    shop.move_job(connection, shop.make_job(connection, customer_id=maya["id"]), "in_production")

    with heard(birds, capfd):
        passes.once(desk.NOW)
        passes.once(after(hours=1))

    assert tried(connection, RULES[0])
    assert birds.in_(told(connection)) == {}
    assert birds.in_(kept(connection), of="secrets") == {}


@pytest.mark.parametrize(("starttls", "tls"), [("true", False), ("auto", True)])
def test_no_failure_to_agree_on_tls_lets_one_out(
    connection, live, maya, birds, smtp_server, capfd, monkeypatch, starttls, tls
) -> None:
    scheme = "smtps" if tls else "smtp"
    address = f"{scheme}://inkbell:{PASSWORD}@127.0.0.1:{smtp_server.port}?starttls={starttls}"
    monkeypatch.setenv("SMTP_URL", address)
    shop.move_job(connection, shop.make_job(connection, customer_id=maya["id"]), "in_production")

    with heard(birds, capfd):
        passes.once(desk.NOW)

    assert "TLS" in str(told(connection))
    assert birds.in_(told(connection)) == {}


TWILIO_ECHO = f"The 'To' number {PERSONAL['number']} is not right"
TWILIO_TROUBLE: dict[str, Callable[[TwilioServer], None]] = {
    "unauthorised": lambda t: t.fail(401, 20003, TWILIO_ECHO),
    "forbidden": lambda t: t.fail(403, 20005, TWILIO_ECHO),
    "too fast": lambda t: t.fail(429, 20429, TWILIO_ECHO),
    "out of order": lambda t: t.fail(500, 20500, TWILIO_ECHO),
    "out of order, and can't be asked": lambda t: (t.fail(503, 20503), t.fail(500, 20500, TWILIO_ECHO, method="GET")),
    "no number": lambda t: t.fail(400, 21211, TWILIO_ECHO),
    "opted out": lambda t: t.fail(400, 21610, TWILIO_ECHO),
    "bad sender": lambda t: t.fail(400, 21606, TWILIO_ECHO),
    "another refusal": lambda t: t.fail(400, 21612, TWILIO_ECHO),
    "silent": lambda t: t.hang(),
    "hung up": lambda t: t.drop(),
    "hung up, and can't be asked": lambda t: (t.drop(), t.drop(method="GET")),
    "lied": lambda t: t.lie(),
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("trouble", TWILIO_TROUBLE)
def test_nothing_that_twilio_answers_lets_one_out(connection, live, maya, birds, twilio_server, capfd, trouble) -> None:
    TWILIO_TROUBLE[trouble](twilio_server)
    shop.move_job(connection, shop.make_job(connection, customer_id=maya["id"], status="shipped"), "delivered")

    with heard(birds, capfd):
        passes.once(desk.NOW)
        passes.once(after(minutes=30))

    assert tried(connection, "status_update_sms")
    assert birds.in_(told(connection)) == {}
    assert birds.in_(kept(connection), of="secrets") == {}


STRIPE_TROUBLE: dict[str, Callable[[StripeServer], None]] = {
    "unauthorised": lambda s: s.fail(401),
    "forbidden": lambda s: s.fail(403),
    "too fast": lambda s: s.fail(429),
    "out of order": lambda s: s.fail(500),
    "refused": lambda s: s.fail(400),
    "hung up": lambda s: s.drop(),
}


@pytest.mark.parametrize("trouble", STRIPE_TROUBLE)
def test_nothing_that_stripe_answers_lets_one_out(
    connection, live, maya, birds, stripe_server, client, capfd, trouble
) -> None:
    invoice = shop.make_invoice(connection, customer_id=maya["id"], status="sent")
    birds.personal["pay token"] = invoice["pay_token"]
    STRIPE_TROUBLE[trouble](stripe_server)

    with heard(birds, capfd):
        page = f"/pay/{invoice['pay_token']}"
        answer = client.post(page, data=hidden(client.get(page).text, page))
        hook = client.post("/hooks/stripe", content=b"{}", headers={"stripe-signature": f"t=1,v1={HOOK}"})

    assert answer.status_code in (502, 503, 409, 200, 500), answer.status_code
    assert hook.status_code == 400
    assert birds.in_([answer.text, hook.text], of="secrets") == {}
    assert birds.in_(told(connection)) == {}


@pytest.fixture
def client(connection) -> TestClient:
    return TestClient(application(), base_url=PUBLIC_URL, follow_redirects=False, client=("203.0.113.7", 50000))


def a_trap(connection: shop.Connection, table: str) -> None:
    """From now on Postgres refuses to write the row, and quotes all of it in the error's DETAIL."""
    connection.execute(
        sql.SQL("ALTER TABLE {} ADD CONSTRAINT trap CHECK (id < 0) NOT VALID").format(sql.Identifier(table))
    )


def test_a_row_that_postgres_refuses_is_not_quoted_by_the_sidecar(connection, live, maya, birds, capfd) -> None:
    job = shop.make_job(connection, customer_id=maya["id"])
    shop.move_job(connection, job, "in_production")
    a_trap(connection, "message")

    with heard(birds, capfd):
        for minutes in range(3):
            passes.once(after(minutes=minutes * 30))

    assert connection.execute("SELECT FROM event WHERE last_error IS NOT NULL").fetchall()
    assert birds.in_(told(connection)) == {}


CRASH = """
import sys, threading
from engine.store import database
from sidecar import __main__ as program, log, passes

log.configure()

def crash(*_):
    with database.transaction() as connection:
        connection.execute("UPDATE customer SET company = 'x'")

if sys.argv[1] == "thread":
    beside = threading.Thread(target=crash)
    beside.start()
    beside.join()
    passes.once = lambda now: {}
else:
    passes.once = crash
sys.argv[1:] = ["--once"]
sys.exit(program.main())
"""


@pytest.mark.parametrize("where", ["main", "thread"])
def test_a_sidecar_that_crashes_says_where_and_quotes_nothing(connection, live, maya, birds, where) -> None:
    a_trap(connection, "customer")

    crashed = subprocess.run([sys.executable, "-c", CRASH, where], capture_output=True, text=True, timeout=60)

    assert birds.in_(crashed.stdout + crashed.stderr) == {}
    assert (crashed.returncode == 0) is (where == "thread")
    lines = [json.loads(line) for line in crashed.stderr.splitlines()]
    (said,) = [line for line in lines if line["event"] == "crashed"]
    assert said["error"] == "CheckViolation 23514 trap"
    assert "<string>:10" in said["at"]


def a_trap_for_readers(connection: shop.Connection, table: str) -> None:
    """From now on Postgres refuses to read a row, and quotes its name in the error's message."""
    known = {"table": sql.Identifier(table), "rows": sql.Identifier(f"{table}_rows")}
    for statement in (
        "CREATE FUNCTION quoted(name text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'about %', name; END $$",
        "ALTER TABLE {table} RENAME TO {rows}",
        "CREATE VIEW {table} AS SELECT * FROM {rows} WHERE quoted(name)",
    ):
        connection.execute(sql.SQL(statement).format(**known))


@pytest.mark.parametrize("press", ["Save", "Resume now"])
def test_a_write_that_breaks_shows_and_logs_where_and_quotes_nothing(
    connection, maya, birds, visit, capfd, press: str
) -> None:
    shop.update(connection, "customer", maya["id"], messages_paused_until=after(days=400))
    at = visit("customers", customer=str(maya["id"]))
    a_trap(connection, "customer")
    birds.secrets.clear()
    capfd.readouterr()

    with capture_logs() as lines:
        at.text_input(key=f"customer_{maya['id']}_company").set_value("Bay Street")
        next(button for button in at.button if button.label == press).click()
        at.run()

    assert not at.exception
    shown = [told.value for told in (*at.error, *at.toast)]
    assert "nothing was changed" in " ".join(shown)
    said = [line for line in lines if line["event"] == "write failed"]
    assert [line["error"] for line in said] == ["CheckViolation 23514 trap"]
    assert birds.in_([lines, *capfd.readouterr(), shown]) == {}


def test_a_page_that_breaks_shows_and_logs_where_and_quotes_nothing(connection, maya, birds, visit, capfd) -> None:
    a_trap_for_readers(connection, "customer")

    with capture_logs() as lines:
        at = visit("customers", customer=str(maya["id"]))

    assert not at.exception
    shown = [error.value for error in at.error]
    assert "Something went wrong" in " ".join(shown)
    said = [line for line in lines if line["event"] == "page failed"]
    assert {line["error"] for line in said} == {"RaiseException P0001"}
    assert birds.in_([lines, *capfd.readouterr(), shown]) == {}


def test_a_callback_that_breaks_quotes_nothing(connection, maya, birds, visit, signed_in, monkeypatch) -> None:
    shop.update(connection, "customer", maya["id"], messages_paused_until=after(days=400))
    at = visit("customers", user=signed_in("admin"), customer=str(maya["id"]))
    row = connection.execute("SELECT name FROM staff").fetchone()
    birds.personal["staff"] = row["name"]
    a_trap_for_readers(connection, "staff")
    said = io.StringIO()
    console = next(
        one for one in logging.getLogger("streamlit.error_util").handlers if type(one) is logging.StreamHandler
    )
    monkeypatch.setattr(console, "stream", said)

    at.button(key="resume").click().run()

    shown = [f"{each.message} {each.stack_trace}" for each in at.exception]
    assert "RaiseException P0001 at" in said.getvalue()
    assert shown
    assert birds.in_([said.getvalue(), *shown]) == {}


@pytest.mark.parametrize("status", [404, 405, 409, 413, 415, 422, 429, 500, 503])
def test_no_answer_to_a_customer_that_fails_lets_one_out(
    connection, live, maya, birds, client, capfd, monkeypatch, status
) -> None:
    job = shop.make_job(connection, customer_id=maya["id"], status="art_approval_sent")
    token = shop.make_artwork(connection, job_id=job["id"])["review_token"]
    birds.personal["review token"] = token
    monkeypatch.setenv("INKBELL_METRICS_TOKEN", "canary-metrics")
    birds.secrets["metrics token"] = "canary-metrics"
    page, given = f"/art/{token}", {"name": PERSONAL["name"], "reason": PERSONAL["address"]}
    if status == 500:
        connection.execute("ALTER TABLE artwork RENAME COLUMN decline_reason TO gone")
    if status == 503:
        database.use("postgresql://inkbell:canary-db@127.0.0.1:1/nowhere")
        birds.secrets["database"] = "canary-db"

    with heard(birds, capfd):
        match status:
            case 404:
                answer = client.get(f"/art/{token[:-1]}x")
            case 405:
                answer = client.delete(page)
            case 409:
                answer = client.post(f"{page}/decline", data=given)
            case 413:
                answer = client.post(f"{page}/decline", data=given | {"note": "x" * 70_000})
            case 415:
                answer = client.post(f"{page}/decline", files={"a": b"x"})
            case 422:
                form = hidden(client.get(page).text, f"{page}/decline")
                answer = client.post(f"{page}/decline", data=form | given | {"reason": ""})
            case 429:
                # However slowly they come, more come than the limit lets through.
                asked = (client.post(f"{page}/decline", data=given) for _ in range(400))
                answer = next(answer for answer in asked if answer.status_code == 429)
            case _:
                answer = client.get(page)
        metrics = client.get("/metrics", headers={"Authorization": "Bearer canary-metrics"})

    assert answer.status_code == status
    assert birds.in_(answer.text, of="secrets") == {}
    assert birds.in_(metrics.text) == {}


def test_secrets_lie_nowhere_in_the_clear(connection, maya, birds, visit, tmp_path, monkeypatch) -> None:
    key = Fernet.generate_key().decode()
    monkeypatch.setenv("INKBELL_SECRET_KEY", key)
    birds.secrets |= {"fernet key": key, "twilio token": "canary-twilio-7"}
    place = {"account_sid": "AC" + "7" * 32, "sender": "+15005550006"}
    with database.transaction() as own:
        smtp = {"host": "mail.example.com", "user": "inkbell", "password": PASSWORD}
        providers.save(own, "smtp", smtp, actor=LOCAL)
        providers.save(own, "twilio", {**place, "auth_token": "canary-twilio-7"}, actor=LOCAL)
        providers.save(own, "stripe", {"api_key": STRIPE_KEY, "webhook_secret": HOOK}, actor=LOCAL)
        providers.save(own, "smtp", {**smtp, "port": 2525}, actor=LOCAL)
        providers.disconnect(own, "twilio", actor=LOCAL)
    exchange.export(tmp_path)
    with database.transaction() as own:
        people.export(own, maya["id"], tmp_path / "maya.json", actor=LOCAL, now=desk.NOW)
        table = export.table(own, log.Wanted(), actor=LOCAL, now=desk.NOW, zone=ZoneInfo("UTC"))
    at = visit("settings", part="Connections")

    dump = backup.make(desk.NOW)
    rows = subprocess.run(
        [backup._found("pg_restore"), "--data-only", "--file=-", dump], capture_output=True, check=True
    )
    written = [file.read_text() for file in tmp_path.iterdir() if file.is_file()]
    screen = [str(node.proto) for node in at._tree if getattr(node, "proto", None) is not None]
    assert b"smtp" in rows.stdout
    for place_, said in {"backup": rows.stdout.decode(), "files": written, "table": table, "screen": screen}.items():
        assert birds.in_(said, of="secrets") == {}, place_
