"""Hands a text message to Twilio, and says which outcome Twilio's answer is."""

import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from engine.deliver.outcome import Accepted, ChannelFault, NotSent, Outcome, Refused, Unknown
from engine.errors import InkbellError

FOUR_HOURS = 4 * 60 * 60
CONNECT_TIMEOUT = 5.0  # for each address of the host; with several of them and one answer it stays within a minute
PAGE = 100

# https://www.twilio.com/docs/api/errors
INVALID_NUMBER = {21211, 21614}
OPTED_OUT = {21610}
TOO_FAST = {429, 14107, 20429, 21611}
BAD_CREDENTIALS = {20003, 20404}
SUSPENDED = {20005, 30002, 90010}
BAD_SENDER = {21212, 21603, 21660, 21701, 21703, 21704}
OUT_OF_OUR_REACH = {21606, 21659}
"""Our number can't text this one, or none: which of both shows once others are refused too."""

_numbers = re.compile(r"\+?\d{7,}")
_code = re.compile(r"\d{3,6}\b")
_prefix = re.compile(r"^Unable to \w+ (?:record|page): ")

Answer = TypeVar("Answer")


class LookupImpossible(InkbellError):
    """Twilio could not be asked about a text; what became of it stays open. `cause` is what a log may carry."""

    def __init__(self, says: str, cause: str) -> None:
        self.cause = cause
        super().__init__(says)


class Delivery(NamedTuple):
    """Twilio's words: status 'queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed', …"""

    status: str
    error_code: int | None


class Twilio:
    """One Twilio account. Its session keeps connections open, so one instance is for one thread at a time."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        api_base: str | None = None,
        timeout: float = 15.0,
        *,
        tell: str | None = None,
    ) -> None:
        """`sender`: a number in E.164 or a Messaging Service SID; `timeout`: seconds to wait for an answer.

        `tell` is the public https address that Twilio reports deliveries to; None leaves it to being asked.
        """
        # Imported here: half a second and 40 MB that a shop without SMS need not spend.
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        # At INFO it logs the number and the text.
        logging.getLogger("twilio.http_client").setLevel(logging.WARNING)
        http = TwilioHttpClient()
        http.timeout = (CONNECT_TIMEOUT, timeout)  # handed to requests as it is, which takes such a pair
        self._http = http
        self._client = Client(account_sid, auth_token, http_client=http)
        if api_base:
            self._client.api.base_url = api_base
        self._sender = {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}
        self._report = {"status_callback": tell} if tell else {}

    def send(self, to: str, body: str, validity_period: int = FOUR_HOURS) -> Outcome:
        """`validity_period`: seconds after which Twilio gives up on a text that still waits in its queue."""
        from twilio.base.exceptions import TwilioException

        try:
            message = self._client.messages.create(
                to=to, body=body, validity_period=validity_period, **self._sender, **self._report
            )
        except TwilioException as error:
            return _refusal(error)
        except Exception as error:
            return _breakdown(error)
        if not message.sid:
            return Unknown("Twilio answered without a message's sid")
        return Accepted(message.sid)

    def find(self, to: str, body: str, since: datetime, known: Collection[str] = ()) -> str | None:
        """The sid of a text to this number that Twilio took since then, or None; `known` sids are other messages'.

        A text that Twilio prefixed counts too, as it does on trial accounts. Raises LookupImpossible.
        """
        earliest = since.astimezone(UTC).replace(microsecond=0) - timedelta(seconds=1)  # Twilio's times are in seconds

        def search() -> str | None:
            for message in self._client.messages.stream(to=to, page_size=PAGE):
                # Not the DateSent filter: a text that still waits has none. The newest come first.
                if message.date_created and message.date_created.astimezone(UTC) < earliest:
                    return None
                ours = message.direction != "inbound" and (message.body or "").endswith(body)
                if ours and message.sid and message.sid not in known:
                    return str(message.sid)
            return None

        return self._ask(search)

    def status(self, sid: str) -> Delivery:
        """What Twilio knows of a text's delivery. Raises LookupImpossible."""

        def fetch() -> Delivery:
            message = self._client.messages(sid).fetch()
            return Delivery(str(message.status), int(message.error_code) if message.error_code else None)

        return self._ask(fetch)

    def check(self) -> str:
        """What Twilio says of the account itself, which sends and costs nothing. Raises LookupImpossible."""
        account = self._ask(lambda: self._client.api.accounts(self._client.account_sid or "").fetch())
        if account.status != "active":
            says = f"Twilio says that the account is {account.status}; look at its console"
            raise LookupImpossible(says, "twilio_suspended")
        return f"the account {account.friendly_name!r} is active"

    def close(self) -> None:
        if self._http.session:
            self._http.session.close()

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        from twilio.base.exceptions import TwilioException

        try:
            return question()
        except TwilioException as error:
            outcome: Any = _refusal(error)
        except Exception as error:
            outcome = _breakdown(error)
        code = _code.match(outcome.detail)
        cause = outcome.cause if isinstance(outcome, ChannelFault) else code[0] if code else "no answer"
        raise LookupImpossible(f"Twilio can't be asked: {_numbers.sub('…', outcome.detail)}; try again later", cause)


class _Form(dict[str, list[str]]):
    """What the SDK's check asks of a form in which a name may stand twice."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def is_signed(auth_token: str, url: str, form: Mapping[str, list[str]], signature: str) -> bool:
    """Whether Twilio sent this form to this address; `url` is the public one, for that is what Twilio signs."""
    from twilio.request_validator import RequestValidator

    return bool(RequestValidator(auth_token).validate(url, _Form(form), signature))


def _refusal(error: Any) -> Outcome:
    """Twilio's own answer: its code first, then the HTTP status."""
    status = getattr(error, "status", None) or 0
    code = getattr(error, "code", None) or status
    words = getattr(error, "msg", None) or getattr(error, "detail", None) or getattr(error, "title", None) or ""
    detail = f"{code} {_prefix.sub('', str(words))}".strip()
    public = _numbers.sub("…", detail)
    if code in INVALID_NUMBER:
        return Refused(detail, reason="address_invalid")
    if code in OPTED_OUT:
        return Refused(detail, reason="opted_out", suppress="opted_out")
    if code in TOO_FAST or status == 429:
        return NotSent(detail)
    if code in OUT_OF_OUR_REACH:
        return Refused(detail, policy=True)
    if code in BAD_SENDER:
        return ChannelFault(f"Twilio does not send from our number or service: {public}", "twilio_sender")
    if code in SUSPENDED or status == 403:
        return ChannelFault(f"Twilio has suspended the account or forbids this: {public}", "twilio_suspended")
    if code in BAD_CREDENTIALS or status in (401, 404):
        return ChannelFault(f"Twilio refused the account or its token: {public}", "twilio_credentials")
    if 400 <= status < 500:
        return Refused(detail)
    if status >= 500:
        return Unknown(detail)
    return ChannelFault(f"TWILIO_API_BASE does not answer as Twilio does: {public}", "twilio_api_base")


def _breakdown(error: Exception) -> Outcome:
    """No answer, or none that can be read. Only what surely failed before the request was written is a fault."""
    import ssl

    from requests import exceptions
    from urllib3.exceptions import NewConnectionError

    causes = list(_causes(error))
    match error:
        case exceptions.ConnectTimeout():
            return ChannelFault("Twilio can't be reached (timed out)", "twilio_connect")
        case exceptions.InvalidURL() | exceptions.InvalidSchema() | exceptions.MissingSchema():
            return ChannelFault("TWILIO_API_BASE is no web address; correct it", "twilio_api_base")
        case exceptions.SSLError() if not any(isinstance(cause, ssl.SSLEOFError) for cause in causes):
            return ChannelFault("Twilio and we can't agree on TLS, or its certificate is not valid", "twilio_tls")
        case exceptions.ProxyError():
            return ChannelFault("the proxy in front of Twilio can't be used", "twilio_connect")
        case exceptions.ConnectionError() if any(isinstance(cause, NewConnectionError) for cause in causes):
            return ChannelFault("Twilio can't be reached (no connection, or no such host)", "twilio_connect")
        case exceptions.Timeout():
            return Unknown("Twilio did not answer in time")
    return Unknown(f"Twilio's answer broke off or can't be read ({type(error).__name__})")


def _causes(error: object) -> Iterator[BaseException]:
    """The error and what it wraps: requests and urllib3 keep the inner one in `args` or `reason`."""
    while isinstance(error, BaseException):
        yield error
        error = getattr(error, "reason", None) or next(iter(error.args), None)
