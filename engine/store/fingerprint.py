"""Whose database this is: a copy of a shop's database must not write to the shop's customers."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from pathlib import Path

from engine import settings
from engine.store import queries
from engine.store.database import Connection

sql = queries.load("fingerprint")

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def is_copy(connection: Connection) -> bool:
    """True while the stored fingerprint is another's; one that was never marked belongs to whoever asks."""
    row = connection.execute(sql.stored).fetchone()
    return row is not None and differs(connection, row["fingerprint"])


def differs(connection: Connection, stored: str | None) -> bool:
    return stored is not None and stored not in _fingerprints(connection)


def mark(connection: Connection) -> None:
    """Marks a database that has no fingerprint yet, and follows the key when it was rotated. A copy stays one."""
    newest, *older = _fingerprints(connection)
    connection.execute(sql.mark, {"newest": newest, "older": older})


def adopt(connection: Connection) -> bool:
    """From now on it belongs to this key and this server; False when it did already. Asks nobody's role."""
    if not is_copy(connection):
        return False
    connection.execute(sql.adopt, {"newest": _fingerprints(connection)[0]})
    return True


def _fingerprints(connection: Connection) -> tuple[str, ...]:
    """One per key, the newest first."""
    info = connection.info
    given = info.get_parameters()
    # As the address says it, so that a standby that takes over is no other database.
    host = given.get("host") or given.get("hostaddr") or info.host
    target = f"{'localhost' if host in LOOPBACK else host}:{given.get('port') or info.port}/{info.dbname}"
    env = settings.environment()
    return _digests(target, env.inkbell_secret_key, env.data_dir if env.database_url is None else None)


@lru_cache(maxsize=16)
def _digests(target: str, keys: str | None, data_dir: Path | None) -> tuple[str, ...]:
    # With a server of the shop's own and no key set, each machine would make up another key: the target alone counts.
    secrets = settings.secret_keys(settings.environment()) if keys or data_dir else [b""]
    return tuple(hmac.new(key, target.encode(), hashlib.sha256).hexdigest() for key in secrets)
