"""The sidecar by hand promises: one line says what was done, and what is wrong is one line with the next step."""

import json
import time

import pytest

from tests import desk, shop

NOWHERE = "postgresql://nobody:hunter2@127.0.0.1:1/nothing"


def one_line(text):
    assert text.count("\n") == 1, text
    return text.rstrip("\n")


@pytest.fixture
def asked(command, by_hand):
    """By hand what ends by itself; without an argument it would stay, were it not refused."""
    return lambda *arguments, **environment: (by_hand if arguments else command)(*arguments, **environment)


def test_it_works_off_what_is_due_and_says_so_as_json(connection, job, command):
    shop.move_job(connection, job, "in_production")
    shop.make_lead(connection)

    done = command("--once")

    assert (done.returncode, json.loads(one_line(done.stdout))) == (0, {"events": 2, "queued": 3, "sent": 3})
    assert desk.heard(connection) == {
        ("production_started_email", "maya@example.com"),
        ("status_change_toast", None),
        ("lead_new_notification", None),
    }
    assert connection.execute("SELECT FROM sidecar_heartbeat").fetchall() == []


def test_it_acts_at_the_moment_it_is_given(connection, job, by_hand):
    shop.move_job(connection, job, "in_production")

    by_hand("--once", "--now", "2026-03-02T10:00:00-05:00")

    message = desk.message(connection, "production_started_email")
    assert (message["created_at"], message["sent_at"]) == (desk.NOW, desk.NOW)


def test_with_nothing_to_do_it_is_back_within_two_seconds(connection, command):
    def lasted():
        began = time.monotonic()
        done = command("--once")
        assert (done.returncode, json.loads(done.stdout)) == (0, {})
        return time.monotonic() - began

    assert any(lasted() < desk.promised(2) for _ in range(3))


def test_what_is_paused_held_or_backed_off_does_not_keep_it(connection, by_hand):
    desk.queued(connection, try_after=desk.after(days=3650))
    desk.queued(connection, status="held", reason="surge")
    desk.open_shop(connection, sending_paused=True)
    desk.queued(connection)

    assert json.loads(by_hand("--once").stdout) == {}


def test_a_malformed_mail_address_in_the_environment_keeps_the_message_and_the_rest_goes_on(connection, job, command):
    shop.move_job(connection, job, "in_production")

    done = command("--once", INKBELL_DELIVERY="live", SMTP_URL="smpt://user:hunter2@mail.example.com")

    assert done.returncode == 0
    assert desk.fates(connection, "production_started_email", "status_change_toast") == [
        ("queued", None),
        ("sent", None),
    ]
    assert "hunter2" not in done.stdout + done.stderr


@pytest.mark.parametrize("wrong", [["--now", "2026-03-02T10:00:00Z"], ["--once", "--now", "noon"]])
def test_a_moment_without_a_meaning_is_refused_before_anything_is_done(connection, job, by_hand, wrong):
    shop.move_job(connection, job, "in_production")

    done = by_hand(*wrong)

    assert done.returncode == 2
    assert "--now" in done.stderr
    assert desk.messages(connection) == []


def test_a_moment_without_an_offset_is_utc(connection, job, by_hand):
    shop.move_job(connection, job, "in_production")

    by_hand("--once", "--now", "2026-03-02T10:00")

    sent = desk.message(connection, "production_started_email")["sent_at"]
    assert sent.isoformat() == "2026-03-02T10:00:00+00:00"


@pytest.mark.parametrize("arguments", [[], ["--once"], ["--check"]])
def test_a_schema_that_is_behind_is_one_line_that_names_the_command(empty_database_url, asked, arguments):
    done = asked(*arguments)

    assert (done.returncode, done.stdout) == (1, "")
    assert "`python -m engine migrate`" in one_line(done.stderr)


@pytest.mark.parametrize("arguments", [[], ["--once"], ["--check"]])
def test_a_database_that_cannot_be_reached_is_one_line_without_its_password(asked, arguments):
    done = asked(*arguments, DATABASE_URL=NOWHERE)

    assert (done.returncode, done.stdout) == (1, "")
    assert "DATABASE_URL" in one_line(done.stderr)
    assert "hunter2" not in done.stderr


def test_a_delivery_mode_that_does_not_exist_is_refused_by_name(database_url, by_hand):
    done = by_hand("--once", INKBELL_DELIVERY="lvie")

    assert done.returncode == 1
    assert "INKBELL_DELIVERY" in one_line(done.stderr)


@pytest.mark.parametrize("arguments", [[], ["--once"]])
def test_a_key_with_which_nothing_could_be_sent_is_refused_at_the_start(database_url, asked, arguments):
    done = asked(*arguments, INKBELL_SECRET_KEY="hunter2")

    assert (done.returncode, done.stdout) == (1, "")
    assert "INKBELL_SECRET_KEY" in one_line(done.stderr)
    assert "hunter2" not in done.stderr


def test_a_check_without_a_sidecar_fails_and_says_how_to_start_one(connection, by_hand):
    connection.execute(
        "INSERT INTO sidecar_heartbeat (instance, started_at, beat_at) "
        "VALUES ('1-a', now(), now() - interval '2 minutes')"
    )

    done = by_hand("--check")

    assert done.returncode == 1
    assert "`python -m sidecar`" in one_line(done.stderr)
