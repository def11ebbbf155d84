"""Stripe's Checkout Sessions through its own SDK: what is asked, and what each answer means."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, cast

from engine.errors import InkbellError, NotConnected, ProviderUnavailable
from engine.store import connections
from engine.store.database import Connection

CONNECT_TIMEOUT = 3.0
# Stripe masks the middle of a key that it quotes and leaves its ends.
KEYS = re.compile(r"\b(?:sk|rk|pk|whsec)_\S*[^\s.,;:)]")
MOST_QUOTED = 300
CONNECT_HINT = "connect Stripe on Settings → Connections, or set STRIPE_API_KEY"


class CredentialsRefused(NotConnected):
    """Stripe knows the key no more, or it may not do this."""


class Broken(ProviderUnavailable):
    """Stripe broke while it worked, and keeps that answer for the same idempotency key."""


class Refused(InkbellError):
    """Stripe understood and said no; `code` is its word for it."""

    def __init__(self, code: str, param: str) -> None:
        self.code = code
        place = f" at {param!r}" if param else ""
        super().__init__(f"Stripe refused the request ({code}{place}); look at the invoice and at Stripe's dashboard")


@dataclass(frozen=True, slots=True)
class Session:
    """A Checkout Session as Stripe tells it; `amount` in Stripe's units."""

    id: str
    status: str
    payment_status: str
    amount: int
    url: str | None
    expires_at: datetime | None
    payment_intent: str | None
    intent_status: str | None
    replayed: bool

    @property
    def paid(self) -> bool:
        return self.status == "complete" and self.payment_status == "paid"

    @property
    def came_back(self) -> bool:
        """A bank debit that was refused in the end; the session itself stays complete and unpaid."""
        return self.status == "complete" and self.intent_status in ("requires_payment_method", "canceled")


class Stripe:
    """One Stripe account; it keeps a connection open until `close`. `timeout`: seconds to wait for each answer."""

    def __init__(self, api_key: str, api_base: str | None = None, *, timeout: float, retries: int) -> None:
        # Imported here: a second and 40 MB that a shop without card payments need not spend.
        import stripe

        # At INFO it logs the address of every session, at DEBUG the answers.
        logging.getLogger("stripe").setLevel(logging.WARNING)
        self._errors = stripe
        self._http = stripe.RequestsClient(timeout=(CONNECT_TIMEOUT, timeout))
        client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base.rstrip("/")} if api_base else {},
            http_client=self._http,
            max_network_retries=retries,
        )
        self._sessions = client.v1.checkout.sessions

    def create(self, params: Mapping[str, Any], idempotency_key: str) -> Session:
        """A repeated key with the same parameters gets the first answer again, and `replayed` says so."""
        given = cast(Any, dict(params))
        return self._ask(lambda: self._sessions.create(given, {"idempotency_key": idempotency_key}))

    def retrieve(self, session_id: str) -> Session:
        return self._ask(lambda: self._sessions.retrieve(session_id, {"expand": ["payment_intent"]}))

    def find(self, session_id: str) -> Session | None:
        """None when this account has no such session: it was made with another one's key."""
        try:
            return self.retrieve(session_id)
        except Refused as error:
            if error.code != "resource_missing":
                raise
            return None

    def expire(self, session_id: str) -> Session:
        """The session as it then is: `complete` when the customer was quicker."""
        with suppress(Refused):  # only an open one can be expired
            self._ask(lambda: self._sessions.expire(session_id))
        session = self.retrieve(session_id)
        if session.status == "open":
            raise ProviderUnavailable("Stripe could not close an outdated checkout; try again in a minute")
        return session

    def check(self) -> None:
        """Asks for something small, to see whether the key works. What it raises quotes Stripe's answer."""
        try:
            self._sessions.list({"limit": 1})
        except self._errors.StripeError as error:
            words = own_words(error)
            try:
                self._translate(error)
            except InkbellError as ours:
                raise InkbellError(f"{ours}. Stripe's own words: {words}" if words else str(ours)) from None

    def close(self) -> None:
        self._http.close()  # type: ignore[no-untyped-call]

    def _ask(self, question: Callable[[], Any]) -> Session:
        return read(self._asked(question))

    def _asked(self, question: Callable[[], Any]) -> Any:
        try:
            return question()
        except self._errors.StripeError as error:
            self._translate(error)

    def _translate(self, error: Any) -> NoReturn:
        """Without Stripe's own words: they quote parts of keys and whole addresses."""
        kinds, status = self._errors, error.http_status or 0
        match error:
            case kinds.AuthenticationError():
                raise CredentialsRefused(f"Stripe refused the key; {CONNECT_HINT}") from None
            case kinds.PermissionError():
                raise CredentialsRefused(f"Stripe's key may not make checkouts; {CONNECT_HINT}") from None
            case kinds.RateLimitError():
                raise ProviderUnavailable("Stripe is asked too often; try again in a minute") from None
            case kinds.APIConnectionError():
                raise ProviderUnavailable("Stripe can't be reached; try again in a minute") from None
            case kinds.InvalidRequestError():
                raise Refused(error.code or "invalid_request", error.param or "") from None
        if status >= 500 or isinstance(error, kinds.IdempotencyError):
            raise Broken(f"Stripe is out of order ({status}); try again in a minute") from None
        raise ProviderUnavailable(f"Stripe gave no usable answer ({status}); try again in a minute") from None


def own_words(error: Any) -> str:
    """What Stripe itself answered, without any part of a key; empty when it gave no answer."""
    if not error.http_status:
        return ""
    said = " ".join(str(error.user_message or "").split())
    return KEYS.sub("(the key)", said).removesuffix(".")[:MOST_QUOTED]


def connected(connection: Connection, *, timeout: float, retries: int) -> Stripe:
    """The shop's Stripe account, even after it refused the key: it may be right by now. Raises NotConnected."""
    values = connections.settings_of(connection, "stripe")
    if values is None:
        raise NotConnected(f"card payments are not connected; {CONNECT_HINT}")
    return Stripe(values["api_key"], values.get("api_base"), timeout=timeout, retries=retries)


def read(answer: Any) -> Session:
    intent = getattr(answer, "payment_intent", None)
    expires_at = getattr(answer, "expires_at", None)
    response = getattr(answer, "last_response", None)
    return Session(
        id=answer.id,
        status=answer.status or "open",
        payment_status=answer.payment_status,
        amount=answer.amount_total or 0,
        url=getattr(answer, "url", None),
        expires_at=datetime.fromtimestamp(expires_at, UTC) if expires_at else None,
        payment_intent=intent if isinstance(intent, str) else getattr(intent, "id", None),
        intent_status=None if isinstance(intent, str) else getattr(intent, "status", None),
        replayed=bool(response and response.headers.get("idempotent-replayed") == "true"),
    )
