"""A stand-in for Stripe's Checkout Sessions on loopback: it checks, remembers keys, and fails on demand."""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.loopback import Answer, Loopback, Request

NO_DECIMALS = {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
THREE_DECIMALS = {"bhd", "jod", "kwd", "omr", "tnd"}
WHOLE_UNITS_AS_CENTS = {"isk", "ugx"}
MINIMUM = {"usd": 50, "eur": 50, "gbp": 30, "jpy": 50, "krw": 100, "kwd": 150, "isk": 7000}
CURRENCIES = {*MINIMUM, *NO_DECIMALS, *THREE_DECIMALS, *WHOLE_UNITS_AS_CENTS, "cad", "aud", "chf", "huf", "twd", "mxn"}

TEXT, NUMBER, FLAG, ADDRESS = "text", "number", "flag", "address"
CREATE: dict[str, Any] = {
    "mode": ("payment", "setup", "subscription"),
    "submit_type": ("auto", "book", "donate", "pay", "subscribe"),
    "success_url": ADDRESS,
    "cancel_url": ADDRESS,
    "client_reference_id": TEXT,
    "customer_email": TEXT,
    "locale": TEXT,
    "expires_at": NUMBER,
    "allow_promotion_codes": FLAG,
    "adaptive_pricing": {"enabled": FLAG},
    "metadata": {"*": TEXT},
    "payment_method_types": [TEXT],
    "payment_intent_data": {"description": TEXT, "statement_descriptor": TEXT, "metadata": {"*": TEXT}},
    "line_items": [
        {
            "quantity": NUMBER,
            "price": TEXT,
            "price_data": {
                "currency": TEXT,
                "unit_amount": NUMBER,
                "product": TEXT,
                "tax_behavior": ("exclusive", "inclusive", "unspecified"),
                "product_data": {"name": TEXT, "description": TEXT, "images": [ADDRESS], "metadata": {"*": TEXT}},
            },
        }
    ],
    "expand": [TEXT],
}
RETRIEVE: dict[str, Any] = {"expand": [TEXT]}
LIST: dict[str, Any] = {
    "limit": NUMBER,
    "starting_after": TEXT,
    "ending_before": TEXT,
    "status": ("complete", "expired", "open"),
    "payment_intent": TEXT,
    "expand": [TEXT],
}
DAY = 24 * 60 * 60


class Bad(Exception):
    """An answer with an error, as Stripe words it."""

    def __init__(self, status: int, message: str, *, type: str = "invalid_request_error", **more: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": type, **more}}


@dataclass
class _Trouble:
    kind: str
    status: int
    times: int | None
    method: str | None


class StripeServer(Loopback):
    """Answers while it is entered; STRIPE_API_BASE is `url`. `sessions` holds what was made, oldest first."""

    def __init__(self) -> None:
        super().__init__("stripe_server")
        self.api_key = "sk_test_" + secrets.token_hex(12)
        self.sessions: dict[str, dict[str, Any]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        self.keys: list[str] = []
        self._answers: dict[str, tuple[Any, int, dict[str, Any]]] = {}
        self._troubles: list[_Trouble] = []
        self._lock = threading.RLock()

    @property
    def newest(self) -> dict[str, Any]:
        return list(self.sessions.values())[-1]

    def statuses(self) -> list[str]:
        return [session["status"] for session in self.sessions.values()]

    def pay(self, session_id: str | None = None) -> str:
        """The customer pays by card; returns the payment intent."""
        return self._complete(session_id, "paid", "succeeded")

    def pay_by_bank(self, session_id: str | None = None) -> str:
        """The customer signs a bank debit, which takes days."""
        return self._complete(session_id, "unpaid", "processing")

    def bank_pays(self, intent: str) -> None:
        self._bank_says(intent, "paid", "succeeded")

    def bank_refuses(self, intent: str) -> None:
        self._bank_says(intent, "unpaid", "requires_payment_method")

    def time_out(self, session_id: str | None = None) -> None:
        """The session's day is over."""
        with self._lock:
            session = self.sessions[session_id] if session_id else self.newest
            assert session["status"] == "open"
            session.update(status="expired", url=None)

    def fail(self, status: int, *, times: int | None = None, method: str | None = None) -> None:
        """Answers with this error and does nothing: for ever, or `times` times; for GET, POST or both."""
        self._add(_Trouble("fail", status, times, method))

    def hang(self, *, times: int | None = None, method: str | None = None) -> None:
        """Takes the request, does nothing, never answers."""
        self._add(_Trouble("hang", 0, times, method))

    def drop(self, *, times: int | None = None, method: str | None = None) -> None:
        """Takes the request, does nothing, hangs up."""
        self._add(_Trouble("drop", 0, times, method))

    def cut(self, *, times: int | None = None, method: str | None = None) -> None:
        """Does what it is asked, and hangs up before it has answered."""
        self._add(_Trouble("cut", 0, times, method))

    def behave(self) -> None:
        with self._lock:
            self._troubles.clear()

    def respond(self, request: Request) -> Answer | str:
        secret = request.headers.get("Authorization", "").removeprefix("Bearer ")
        key = request.headers.get("Idempotency-Key")
        answer = self.answer(request.method, request.path, secret, key, request.body)
        if isinstance(answer, str):
            return answer
        status, content, replay = answer
        headers = {"Request-Id": "req_" + secrets.token_hex(7)}
        return Answer(status, content, headers | {"Idempotent-Replayed": "true"} if replay else headers)

    def _add(self, trouble: _Trouble) -> None:
        with self._lock:
            self._troubles.append(trouble)

    def _trouble(self, method: str) -> _Trouble | None:
        for trouble in reversed(self._troubles):
            if trouble.method in (None, method) and trouble.times != 0:
                if trouble.times:
                    trouble.times -= 1
                return trouble
        return None

    def _complete(self, session_id: str | None, payment_status: str, intent_status: str) -> str:
        with self._lock:
            session = self.sessions[session_id] if session_id else self.newest
            assert session["status"] == "open", "nobody can pay a session that is not open"
            intent = "pi_" + secrets.token_hex(12)
            self.intents[intent] = {"id": intent, "object": "payment_intent", "status": intent_status}
            session.update(status="complete", payment_status=payment_status, payment_intent=intent, url=None)
            return intent

    def _bank_says(self, intent: str, payment_status: str, intent_status: str) -> None:
        with self._lock:
            self.intents[intent]["status"] = intent_status
            session = next(one for one in self.sessions.values() if one["payment_intent"] == intent)
            session["payment_status"] = payment_status

    def answer(
        self, method: str, target: str, secret: str, key: str | None, form: str
    ) -> tuple[int, dict[str, Any], bool] | str:
        """The status, the JSON and whether it is a replay; or 'hang' or 'drop'."""
        url = urlsplit(target)
        with self._lock:
            try:
                params = _tree(form if method == "POST" else url.query)
                self.requests.append((method, url.path, params))
                if secret != self.api_key:
                    raise Bad(401, f"Invalid API Key provided: {secret[:8]}****{secret[-4:]}")
                trouble = self._trouble(method)
                if trouble and trouble.kind in ("hang", "drop"):
                    return trouble.kind
                status, body, replay = self._once(method, url.path, params, key, trouble)
            except Bad as error:
                return error.status, error.body, False
            return "drop" if trouble and trouble.kind == "cut" else (status, body, replay)

    def _once(
        self, method: str, path: str, params: dict[str, Any], key: str | None, trouble: _Trouble | None
    ) -> tuple[int, dict[str, Any], bool]:
        """
        "We save the resulting status code and body of the first request for any given idempotency key, including 500
        errors", https://docs.stripe.com/api/idempotent_requests; not what was refused before it began.
        """
        early = trouble is not None and trouble.kind == "fail" and trouble.status < 500
        if key and method == "POST" and not early:
            self.keys.append(key)
            if key in self._answers:
                first, status, body = self._answers[key]
                if first != (path, params):
                    message = "Keys for idempotent requests can only be used with the same parameters"
                    raise Bad(400, message, type="idempotency_error")
                return status, body, True
        if trouble and trouble.kind == "fail":
            status, body = trouble.status, _failure(trouble.status)
        else:
            status, body = 200, self._do(method, path, params)
        body = json.loads(json.dumps(body))
        if key and method == "POST" and (status == 200 or status >= 500):
            self._answers[key] = ((path, params), status, body)
        return status, body, False

    def _do(self, method: str, path: str, params: dict[str, Any]) -> dict[str, Any]:
        base, _, rest = path.partition("/v1/checkout/sessions")
        if base or not path.startswith("/v1/checkout/sessions"):
            raise Bad(404, f"Unrecognized request URL ({method}: {path}).")
        if not rest:
            return self._create(params) if method == "POST" else self._list(params)
        session_id, _, action = rest.removeprefix("/").partition("/")
        session = self.sessions.get(session_id)
        if session is None:
            message = f"No such checkout.session: {session_id}"
            raise Bad(404, message, code="resource_missing", param="session")
        _check(params, RETRIEVE)
        if method == "POST" and action == "expire":
            if session["status"] != "open":
                raise Bad(
                    400,
                    'Only Checkout Sessions with a status in ["open"] can be expired. '
                    f"This Checkout Session has a status of `{session['status']}`.",
                )
            session.update(status="expired", url=None)
        elif method != "GET" or action:
            raise Bad(404, f"Unrecognized request URL ({method}: {path}).")
        return self._shown(session, params)

    def _create(self, params: dict[str, Any]) -> dict[str, Any]:
        _check(params, CREATE)
        mode = params.get("mode") or _missing("mode")
        if "success_url" not in params:
            _missing("success_url")
        if mode != "payment":
            raise Bad(400, "This stand-in knows payments only.", param="mode")
        items = params.get("line_items") or _missing("line_items")
        currencies = {_currency(item, place) for place, item in enumerate(items)}
        if len(currencies) > 1:
            raise Bad(400, "All prices on a Checkout Session must use the same currency.", param="line_items")
        currency = currencies.pop()
        total = sum(int(item["quantity"]) * int(item["price_data"]["unit_amount"]) for item in items)
        if total < MINIMUM.get(currency, 50):
            message = "The Checkout Session's total amount due must add up to at least $0.50 usd"
            raise Bad(400, message, code="amount_too_small", param="line_items")
        if len(params.get("client_reference_id", "")) > 200:
            raise Bad(400, "client_reference_id must be 200 characters or fewer.", param="client_reference_id")
        created = int(time.time())
        expires_at = int(params.get("expires_at", created + DAY))
        if not created + 30 * 60 - 60 <= expires_at <= created + DAY + 60:
            raise Bad(400, "The `expires_at` timestamp must be between 30 minutes and 24 hours.", param="expires_at")
        session_id = "cs_test_" + secrets.token_hex(16)
        session = {
            "id": session_id,
            "object": "checkout.session",
            "amount_subtotal": total,
            "amount_total": total,
            "cancel_url": params.get("cancel_url"),
            "client_reference_id": params.get("client_reference_id"),
            "created": created,
            "currency": currency,
            "expires_at": expires_at,
            "livemode": False,
            "metadata": params.get("metadata", {}),
            "mode": mode,
            "payment_intent": None,
            "payment_status": "unpaid",
            "status": "open",
            "success_url": params["success_url"],
            "url": f"https://checkout.stripe.example/c/pay/{session_id}#secret",
        }
        self.sessions[session_id] = session
        return self._shown(session, params)

    def _list(self, params: dict[str, Any]) -> dict[str, Any]:
        _check(params, LIST)
        wanted = params.get("status")
        found = [one for one in reversed(self.sessions.values()) if wanted in (None, one["status"])]
        limit = int(params.get("limit", 10))
        data = [self._shown(one, {}) for one in found[:limit]]
        return {"object": "list", "url": "/v1/checkout/sessions", "has_more": len(found) > limit, "data": data}

    def _shown(self, session: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        shown = dict(session)
        if "payment_intent" in params.get("expand", []) and session["payment_intent"]:
            shown["payment_intent"] = dict(self.intents[session["payment_intent"]])
        return shown


def _missing(name: str) -> Any:
    raise Bad(400, f"Missing required param: {name}.", code="parameter_missing", param=name)


def _currency(item: dict[str, Any], place: int) -> str:
    """Checks the price of one line as far as its currency asks for it."""
    at = f"line_items[{place}]"
    price = item.get("price_data") or _missing(f"{at}[price_data]")
    if int(item.get("quantity") or _missing(f"{at}[quantity]")) < 1:
        raise Bad(400, "This value must be greater than or equal to 1.", param=f"{at}[quantity]")
    currency = price.get("currency") or _missing(f"{at}[price_data][currency]")
    if currency != currency.lower() or currency not in CURRENCIES:
        raise Bad(400, f"Invalid currency: {currency}.", param=f"{at}[price_data][currency]")
    amount = int(price.get("unit_amount") or _missing(f"{at}[price_data][unit_amount]"))
    step = 10 if currency in THREE_DECIMALS else 100 if currency in WHOLE_UNITS_AS_CENTS else 1
    if amount < 0 or amount % step:
        raise Bad(400, f"Invalid amount for {currency}.", code="parameter_invalid_integer", param=f"{at}[price_data]")
    if "product" not in price and not price.get("product_data", {}).get("name"):
        _missing(f"{at}[price_data][product_data][name]")
    return str(currency)


def _tree(form: str) -> dict[str, Any]:
    """`a[0][b]=c` as {"a": [{"b": "c"}]}."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        first, *rest = re.findall(r"[^\[\]]+", name)
        branch = root
        for step, following in zip([first, *rest], rest, strict=False):
            branch = branch.setdefault(step, {})
            if not isinstance(branch, dict):
                raise Bad(400, f"Invalid request: {following}", param=name)
        branch[[first, *rest][-1]] = value
    return {name: _listed(value) for name, value in root.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_listed(value[name]) for name in sorted(value, key=int)]
    return {name: _listed(inner) for name, inner in value.items()}


def _check(given: Any, shape: Any, place: str = "") -> None:
    if isinstance(shape, dict):
        if not isinstance(given, dict):
            raise Bad(400, "Invalid object", param=place)
        for name, value in given.items():
            inner = f"{place}[{name}]" if place else name
            if name not in shape and "*" not in shape:
                raise Bad(400, f"Received unknown parameter: {inner}", code="parameter_unknown", param=inner)
            _check(value, shape.get(name, shape.get("*")), inner)
    elif isinstance(shape, list):
        if not isinstance(given, list):
            raise Bad(400, "Invalid array", param=place)
        for number, value in enumerate(given):
            _check(value, shape[0], f"{place}[{number}]")
    elif not isinstance(given, str):
        raise Bad(400, "Invalid string", param=place)
    elif given == "":
        message = f"You passed an empty string for '{place}'."
        raise Bad(400, message, code="parameter_invalid_empty", param=place)
    elif isinstance(shape, tuple) and given not in shape:
        raise Bad(400, f"Invalid {place}: must be one of {', '.join(shape)}", param=place)
    elif shape == NUMBER and not re.fullmatch(r"-?\d+", given):
        raise Bad(400, f"Invalid integer: {given}", code="parameter_invalid_integer", param=place)
    elif shape == FLAG and given not in ("true", "false"):
        raise Bad(400, f"Invalid boolean: {given}", param=place)
    elif shape == ADDRESS and (urlsplit(given).scheme not in ("http", "https") or not urlsplit(given).netloc):
        raise Bad(400, "Not a valid URL", code="url_invalid", param=place)


def _failure(status: int) -> dict[str, Any]:
    words = {
        401: ("invalid_request_error", "Invalid API Key provided: sk_test_****0000"),
        403: ("invalid_request_error", "The provided key does not have the required permissions for this endpoint."),
        429: ("invalid_request_error", "Request rate limit exceeded."),
    }
    type, message = words.get(status, ("api_error", "An unknown error occurred"))
    return {"error": {"message": message, "type": type}}


@pytest.fixture
def stripe_server() -> Iterator[StripeServer]:
    with StripeServer() as server:
        yield server
