"""What the environment says; nothing here reads the database."""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.errors import BadSetting

ROOT = Path(__file__).resolve().parent.parent
Mode = Literal["sandbox", "redirect", "live"]
LADDER: tuple[Mode, ...] = ("sandbox", "redirect", "live")


# Left out of repr(), so that neither a traceback nor a log can show it.
Secret = Annotated[str | None, Field(repr=False)]


class Environment(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=ROOT / ".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: Secret = None
    inkbell_delivery: Mode | None = None
    inkbell_data_dir: Path = Path("var")
    inkbell_public_url: str | None = None
    inkbell_secret_key: Secret = None
    inkbell_trusted_proxies: str | None = None
    inkbell_metrics_token: Secret = None
    smtp_url: Secret = None
    mail_from: str | None = None
    twilio_account_sid: str | None = None
    twilio_auth_token: Secret = None
    twilio_from: str | None = None
    twilio_api_base: str | None = None
    stripe_api_key: Secret = None
    stripe_webhook_secret: Secret = None
    stripe_api_base: str | None = None

    @property
    def data_dir(self) -> Path:
        """Where the embedded server and the generated key live; a relative path counts from the repository."""
        return ROOT / self.inkbell_data_dir.expanduser()


@dataclass(frozen=True)
class SmtpAddress:
    host: str
    port: int
    user: str | None = None
    password: str | None = None
    starttls: Literal["auto", "true", "false"] = "auto"
    tls: bool = False

    def __repr__(self) -> str:
        return f"SmtpAddress({self.host}:{self.port}, tls={self.tls}, starttls={self.starttls})"


def environment() -> Environment:
    """The environment as it is now. Raises BadSetting with the variable's name, never its value."""
    if held := _held.get():
        return held
    try:
        changed = os.stat(_DOTENV).st_mtime_ns
    except OSError:
        changed = 0
    return _read(tuple(map(os.environ.get, _NAMES)), changed)


@contextmanager
def held() -> Iterator[None]:
    """Inside it the environment stays as it is at the beginning: a batch of messages asks for it a hundred times."""
    token = _held.set(environment())
    try:
        yield
    finally:
        _held.reset(token)


_held: ContextVar[Environment | None] = ContextVar("held", default=None)
_DOTENV = str(ROOT / ".env")
_NAMES = tuple(name.upper() for name in Environment.model_fields)


@lru_cache(maxsize=4)
def _read(values: tuple[str | None, ...], dotenv_changed: int) -> Environment:
    try:
        return Environment()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]).upper()
        raise BadSetting(f"{name} can't be used: {first['msg']}; correct it in the environment or in .env") from None
    except UnicodeDecodeError:
        # Its message quotes the bytes, and they may be a password's.
        raise BadSetting(f"{_DOTENV!r} is not written in UTF-8; save it anew as UTF-8") from None
    except OSError as error:
        raise BadSetting(f"{_DOTENV!r} can't be read ({error.strerror}); let this user read it") from None


@lru_cache(maxsize=4)
def smtp_address(url: str) -> SmtpAddress:
    """Reads `smtp://user:pass@host:587?starttls=auto|true|false` or `smtps://…`; raises BadSetting."""
    form = "expected smtp://user:password@host:587?starttls=auto or smtps://user:password@host"
    try:
        parts = urlsplit(url)
        port = parts.port
        query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        # The parser's own message quotes the URL, and with it the password.
        raise BadSetting(f"SMTP_URL is malformed; {form}") from None
    if parts.scheme not in ("smtp", "smtps"):
        raise BadSetting(f"SMTP_URL must start with smtp:// or smtps://; {form}")
    if not parts.hostname or any(c.isspace() for c in unquote(parts.hostname)) or parts.path not in ("", "/"):
        raise BadSetting(f"SMTP_URL names no host, or something after it; {form}")
    if port == 0 or parts.fragment:
        raise BadSetting(f"SMTP_URL has no usable port (a # or / in the password must be percent-encoded); {form}")
    starttls = query.pop("starttls", ["auto"])[-1].lower()
    if query or starttls not in ("auto", "true", "false"):
        raise BadSetting("SMTP_URL takes only starttls=auto, true or false after the question mark")
    tls = parts.scheme == "smtps"
    return SmtpAddress(
        host=parts.hostname,
        port=port or (465 if tls else 587),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        starttls=_starttls(starttls),
        tls=tls,
    )


def _starttls(word: str) -> Literal["auto", "true", "false"]:
    choices: Mapping[str, Literal["auto", "true", "false"]] = {"auto": "auto", "true": "true", "false": "false"}
    return choices[word]


def message_id(shop_email: str | None) -> str:
    """A new one (RFC 5322, section 3.6.4): random on the left, on the right the sender's domain.

    So no host name of the shop's network shows.
    """
    sender = environment().mail_from or shop_email or ""
    domain = sender.rpartition("@")[2].strip("> ").lower()
    return f"<{uuid4().hex}@{domain if domain and domain.isascii() else 'inkbell.invalid'}>"


def effective_mode(env_mode: Mode | None, shop_mode: Mode | None) -> Mode:
    """The lower of the two; one that is not set doesn't count, and with neither nothing leaves."""
    chosen = [mode for mode in (env_mode, shop_mode) if mode is not None]
    return min(chosen, key=LADDER.index, default="sandbox")


def secret_keys(env: Environment) -> list[bytes]:
    """Fernet keys, the newest first: INKBELL_SECRET_KEY, else one generated once into the data directory."""
    keys = [key.strip().encode() for key in (env.inkbell_secret_key or "").split(",") if key.strip()]
    if not keys:
        keys = [_kept_key(env.data_dir)]
    for key in keys:
        try:
            usable = len(urlsafe_b64decode(key)) == 32
        except ValueError:
            usable = False
        if not usable:
            raise BadSetting("INKBELL_SECRET_KEY must be Fernet keys (32 bytes, url-safe base64), comma-separated")
    return keys


def _kept_key(folder: Path) -> bytes:
    path = folder / "secret.key"
    try:
        if not path.exists():
            _make_key(path)
        return path.read_bytes().strip()
    except PermissionError:
        raise BadSetting(
            f"{str(path)!r} belongs to another user; run as that user, or set INKBELL_SECRET_KEY"
        ) from None
    except OSError as error:
        raise BadSetting(
            f"{str(path)!r} can't be kept ({error.strerror}); set INKBELL_DATA_DIR to a folder of ours, "
            "or INKBELL_SECRET_KEY"
        ) from None


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".secret.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(urlsafe_b64encode(secrets.token_bytes(32)))
        os.link(draft, path)  # fails when another process was first, so both read the same key
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
