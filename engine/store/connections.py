"""The providers that are connected: from the environment, else from encrypted rows of `connection`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from psycopg.types.json import Jsonb

from engine import settings
from engine.errors import BadSetting
from engine.settings import Environment, SmtpAddress
from engine.store import queries
from engine.store.database import Connection

Provider = Literal["smtp", "twilio", "stripe"]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """What a provider needs. When one of `place` changes, the secrets are cleared: they were meant for the old one."""

    needed: tuple[str, ...]
    place: tuple[str, ...]
    secrets: tuple[str, ...]


SHAPES: dict[str, Shape] = {
    "smtp": Shape(needed=("host",), place=("host", "user"), secrets=("password",)),
    "twilio": Shape(
        needed=("account_sid", "auth_token", "sender"), place=("account_sid", "api_base"), secrets=("auth_token",)
    ),
    "stripe": Shape(needed=("api_key",), place=("api_base",), secrets=("api_key", "webhook_secret")),
}


@dataclass(frozen=True)
class State:
    """What a screen shows of a connection; `reason` is empty when it is connected. Secrets are never in it."""

    connected: bool
    source: Literal["environment", "settings page"] | None
    reason: str
    public: dict[str, Any]
    verified_at: datetime | None


def settings_of(
    connection: Connection, provider: Provider, rows: Mapping[str, Row] | None = None
) -> dict[str, Any] | None:
    """What is needed to reach the provider, or None; the environment wins. Also given after an error, to try again.

    `rows`, by provider, are those of this moment, for whoever has read them already.

    smtp: host, port, user, password, starttls, tls, mail_from · twilio: account_sid, auth_token, sender, api_base ·
    stripe: api_key, webhook_secret, api_base.
    """
    return _found(connection, provider, rows).usable


def is_connected(connection: Connection, provider: Provider, rows: Mapping[str, Row] | None = None) -> bool:
    """Credentials are there and have not been refused since."""
    return state(connection, provider, rows).connected


def state(connection: Connection, provider: Provider, rows: Mapping[str, Row] | None = None) -> State:
    found = _found(connection, provider, rows)
    reason = found.reason or (found.last_error or "")
    public = {name: value for name, value in found.values.items() if name not in SHAPES[provider].secrets}
    return State(not reason, found.source, reason, public, found.verified_at)


def smtp_address(values: Mapping[str, Any]) -> SmtpAddress:
    """From what `settings_of(connection, "smtp")` gave."""
    tls = bool(values.get("tls"))
    return SmtpAddress(
        host=values["host"],
        port=int(values.get("port") or (465 if tls else 587)),
        user=values.get("user") or None,
        password=values.get("password") or None,
        starttls=values.get("starttls") or "auto",
        tls=tls,
    )


def blanked(provider: Provider, values: Mapping[str, Any], said: str) -> str:
    """What the provider said, without the secrets that it was given."""
    for name in SHAPES[provider].secrets:
        if secret := values.get(name):
            said = said.replace(str(secret), "…")
    return said


def save(connection: Connection, provider: Provider, values: Mapping[str, Any], *, actor: str) -> None:
    """Replaces the stored settings; a secret that is left empty stays, unless host, user or base change with it."""
    shape = SHAPES[provider]
    row = _row(connection, provider)
    before = _decrypted(row["settings"]) if row else None
    after = {name: value for name, value in values.items() if value not in (None, "")}
    for name, value in _overrides(settings.environment(), provider).items():
        # A screen shows what the environment says, and its form brings it back.
        if after.get(name) == value:
            after.pop(name)
            after |= {name: before[name]} if before and name in before else {}
    if before and all(before.get(name) == after.get(name) for name in shape.place):
        after = {name: before[name] for name in shape.secrets if name in before} | after
    text = _cipher().encrypt(json.dumps(after).encode()).decode()
    statements = queries.load("connections")
    connection.execute(statements.save, {"provider": provider, "settings": text})
    _audit(connection, actor, "connected", provider, before, after)


def clear(connection: Connection, provider: Provider, *, actor: str) -> None:
    """Forgets the stored settings; what the environment says stands."""
    row = _row(connection, provider)
    if row is None:
        return
    connection.execute(queries.load("connections").forget, {"provider": provider})
    _audit(connection, actor, "disconnected", provider, _decrypted(row["settings"]), None)


def note_error(connection: Connection, provider: Provider, detail: str | None, *, now: datetime | None = None) -> None:
    """Remembers what the provider said, or with None that it works; `now` None means Postgres' clock."""
    statements = queries.load("connections")
    if detail is None:
        connection.execute(statements.works, {"provider": provider, "now": now})
    else:
        connection.execute(statements.fails, {"provider": provider, "detail": detail, "now": now})


@dataclass(frozen=True)
class _Found:
    values: dict[str, Any]
    source: Literal["environment", "settings page"] | None
    reason: str = ""
    last_error: str | None = None
    verified_at: datetime | None = None

    @property
    def usable(self) -> dict[str, Any] | None:
        return None if self.reason else self.values


def _found(connection: Connection, provider: Provider, rows: Mapping[str, Row] | None) -> _Found:
    env = settings.environment()
    stored_row = _row(connection, provider) if rows is None else rows.get(provider)
    row = stored_row or {"settings": None, "last_error": None, "verified_at": None}
    history = {"last_error": row["last_error"], "verified_at": row["verified_at"]}
    try:
        given = _from_environment(env, provider)
    except BadSetting as error:
        return _Found({}, "environment", str(error), **history)
    if given is not None:
        return _Found(given, "environment", _lacks(provider, given), **history)
    if row["settings"] is None:
        return _Found({}, None, "not connected", **history)
    stored = _decrypted(row["settings"])
    if stored is None:
        return _Found({}, "settings page", "not connected: the key has changed", **history)
    stored |= _overrides(env, provider)
    return _Found(stored, "settings page", _lacks(provider, stored), **history)


def _from_environment(env: Environment, provider: Provider) -> dict[str, Any] | None:
    """None when the environment has no credentials; half of them count, and are reported as half."""
    if provider == "smtp":
        if env.smtp_url is None:
            return None
        values: dict[str, Any] = {**vars(settings.smtp_address(env.smtp_url)), "mail_from": env.mail_from}
    elif provider == "twilio":
        if env.twilio_account_sid is None and env.twilio_auth_token is None:
            return None
        values = {
            "account_sid": env.twilio_account_sid,
            "auth_token": env.twilio_auth_token,
            "sender": env.twilio_from,
            "api_base": env.twilio_api_base,
        }
    else:
        if env.stripe_api_key is None:
            return None
        values = {
            "api_key": env.stripe_api_key,
            "webhook_secret": env.stripe_webhook_secret,
            "api_base": env.stripe_api_base,
        }
    return values


def _overrides(env: Environment, provider: Provider) -> dict[str, Any]:
    single = {
        "smtp": {"mail_from": env.mail_from},
        "twilio": {"sender": env.twilio_from, "api_base": env.twilio_api_base},
        "stripe": {"webhook_secret": env.stripe_webhook_secret, "api_base": env.stripe_api_base},
    }
    return {name: value for name, value in single[provider].items() if value is not None}


def _lacks(provider: Provider, values: Mapping[str, Any]) -> str:
    missing = [name.replace("_", " ") for name in SHAPES[provider].needed if not values.get(name)]
    return f"not connected: {' and '.join(missing)} missing" if missing else ""


def _row(connection: Connection, provider: Provider) -> dict[str, Any] | None:
    return connection.execute(queries.load("connections").one, {"provider": provider}).fetchone()


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.secret_keys(settings.environment())])


def _decrypted(text: str | None) -> dict[str, Any] | None:
    """None when there is nothing, or nothing that the present keys open."""
    if text is None:
        return None
    try:
        values: dict[str, Any] = json.loads(_cipher().decrypt(text.encode()))
    except (InvalidToken, ValueError):
        return None
    return values


def _audit(
    connection: Connection,
    actor: str,
    action: str,
    provider: Provider,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    secrets = SHAPES[provider].secrets

    def shown(values: Mapping[str, Any] | None) -> Jsonb | None:
        if values is None:
            return None
        return Jsonb({name: "(secret)" if name in secrets else value for name, value in values.items()})

    connection.execute(
        queries.load("connections").audit,
        {
            "actor": actor,
            "action": action,
            "subject": f"connection:{provider}",
            "before": shown(before),
            "after": shown(after),
        },
    )
