"""Connections promise: secrets are stored encrypted, stay with the host they were meant for, and are never shown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet

from engine.settings import SmtpAddress
from engine.store import connections

SMTP = {"host": "mail.example.com", "port": 587, "user": "press", "password": "s3cret", "mail_from": "hi@example.com"}
TWILIO = {"account_sid": "AC1", "auth_token": "s3cret", "sender": "+12125550100"}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    made = Fernet.generate_key().decode()
    monkeypatch.setenv("INKBELL_SECRET_KEY", made)
    return made


def stored(connection) -> str:
    return str(connection.execute("SELECT * FROM connection").fetchall())


def test_nothing_is_connected_at_first(connection):
    for provider in ("smtp", "twilio", "stripe"):
        state = connections.state(connection, provider)

        assert connections.settings_of(connection, provider) is None
        assert (state.connected, state.source, state.reason) == (False, None, "not connected")


def test_what_was_saved_comes_back_and_is_not_readable_in_the_table(connection):
    connections.save(connection, "smtp", SMTP, actor="staff:1")

    assert connections.settings_of(connection, "smtp") == SMTP
    assert connections.is_connected(connection, "smtp")
    assert "s3cret" not in stored(connection)
    assert "example.com" not in stored(connection)


def test_a_screen_and_the_audit_never_get_a_secret(connection):
    connections.save(connection, "smtp", SMTP, actor="staff:1")

    audit = connection.execute("SELECT * FROM audit_entry").fetchone()
    assert "password" not in connections.state(connection, "smtp").public
    assert (audit["actor"], audit["subject"], audit["after"]["password"]) == ("staff:1", "connection:smtp", "(secret)")
    assert "s3cret" not in str(audit)


def test_an_empty_secret_keeps_the_old_one(connection):
    connections.save(connection, "smtp", SMTP, actor="staff:1")

    connections.save(connection, "smtp", SMTP | {"password": "", "port": 2525}, actor="staff:1")

    assert connections.settings_of(connection, "smtp") == SMTP | {"port": 2525}


@pytest.mark.parametrize("change", [{"host": "evil.example.net"}, {"user": "somebody"}])
def test_a_changed_host_or_user_clears_the_password(connection, change):
    connections.save(connection, "smtp", SMTP, actor="staff:1")

    connections.save(connection, "smtp", SMTP | change | {"password": ""}, actor="staff:1")

    assert "password" not in connections.settings_of(connection, "smtp")


def test_a_changed_base_clears_the_token_and_disconnects(connection):
    connections.save(connection, "twilio", TWILIO, actor="staff:1")

    connections.save(
        connection, "twilio", {"account_sid": "AC1", "sender": "+12125550100", "api_base": "http://x"}, actor="staff:1"
    )

    state = connections.state(connection, "twilio")
    assert connections.settings_of(connection, "twilio") is None
    assert state.reason == "not connected: auth token missing"


def test_the_environment_wins(connection, monkeypatch):
    connections.save(connection, "smtp", SMTP, actor="staff:1")
    monkeypatch.setenv("SMTP_URL", "smtp://u:p@relay.example.com:2525?starttls=true")

    found = connections.settings_of(connection, "smtp")

    assert connections.smtp_address(found) == SmtpAddress("relay.example.com", 2525, "u", "p", "true")
    assert connections.state(connection, "smtp").source == "environment"


def test_half_an_environment_is_not_completed_from_the_table(connection, monkeypatch):
    connections.save(connection, "twilio", TWILIO, actor="staff:1")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC2")

    assert connections.settings_of(connection, "twilio") is None
    assert connections.state(connection, "twilio").reason == "not connected: auth token and sender missing"


def test_a_malformed_smtp_url_reads_as_not_connected_with_the_reason(connection, monkeypatch):
    monkeypatch.setenv("SMTP_URL", "smtp://u:s3cret@h:many")

    state = connections.state(connection, "smtp")

    assert connections.settings_of(connection, "smtp") is None
    assert not state.connected
    assert state.reason.startswith("SMTP_URL")
    assert "s3cret" not in state.reason


def test_a_changed_key_reads_as_not_connected(connection, monkeypatch):
    connections.save(connection, "smtp", SMTP, actor="staff:1")
    monkeypatch.setenv("INKBELL_SECRET_KEY", Fernet.generate_key().decode())

    assert connections.settings_of(connection, "smtp") is None
    assert connections.state(connection, "smtp").reason == "not connected: the key has changed"


def test_a_rotated_key_still_opens_what_the_old_one_closed(connection, monkeypatch, key):
    connections.save(connection, "smtp", SMTP, actor="staff:1")
    monkeypatch.setenv("INKBELL_SECRET_KEY", f"{Fernet.generate_key().decode()},{key}")

    assert connections.settings_of(connection, "smtp") == SMTP


def test_an_error_disconnects_until_it_works_again_and_the_settings_stay_to_try(connection):
    moment = datetime(2026, 3, 2, 12, tzinfo=UTC)
    connections.save(connection, "smtp", SMTP, actor="staff:1")

    connections.note_error(connection, "smtp", "535 authentication failed")
    broken = connections.state(connection, "smtp")
    settings = connections.settings_of(connection, "smtp")
    connections.note_error(connection, "smtp", None, now=moment)
    works = connections.state(connection, "smtp")

    assert (broken.connected, broken.reason) == (False, "535 authentication failed")
    assert settings == SMTP
    assert (works.connected, works.reason, works.verified_at) == (True, "", moment)


def test_new_settings_forget_the_error_of_the_old(connection):
    connections.note_error(connection, "smtp", "535 authentication failed")

    connections.save(connection, "smtp", SMTP, actor="staff:1")

    assert connections.is_connected(connection, "smtp")


def test_a_connection_that_was_cleared_is_gone(connection):
    connections.save(connection, "smtp", SMTP, actor="staff:1")

    connections.clear(connection, "smtp", actor="staff:1")

    assert connections.state(connection, "smtp").reason == "not connected"


@pytest.mark.parametrize("before", [{}, {"api_base": "https://api.us1.twilio.com"}])
def test_what_a_form_shows_of_the_environment_costs_no_secret_and_is_not_stored(connection, monkeypatch, before):
    connections.save(connection, "twilio", TWILIO | before, actor="staff:1")
    monkeypatch.setenv("TWILIO_API_BASE", "https://api.ie1.twilio.com")
    shown = connections.state(connection, "twilio").public

    connections.save(connection, "twilio", shown | {"sender": "+12125550199", "auth_token": ""}, actor="staff:1")

    found = connections.settings_of(connection, "twilio")
    assert found == TWILIO | {"sender": "+12125550199", "api_base": "https://api.ie1.twilio.com"}
    monkeypatch.delenv("TWILIO_API_BASE")
    assert connections.settings_of(connection, "twilio") == TWILIO | {"sender": "+12125550199"} | before
