"""Each answer of Twilio has one meaning, and a text that may have left is looked up, not sent again blindly."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from engine.deliver.outcome import Accepted, ChannelFault, NotSent, Outcome, Refused, Unknown
from engine.deliver.sms import Delivery, LookupImpossible, Twilio
from tests.smtp_server import closed_port
from tests.twilio_server import INVALID, LANDLINE, OPTED_OUT, SENDER, UNREACHABLE, TwilioServer

ANN = "+12125550101"
NOW = datetime(2026, 3, 7, 14, 5, 9, tzinfo=UTC)

Maker = Callable[..., Twilio]


@pytest.fixture
def maker(twilio_server: TwilioServer) -> Iterator[Maker]:
    made: list[Twilio] = []

    def make(**changes: object) -> Twilio:
        usual = {
            "account_sid": twilio_server.account_sid,
            "auth_token": twilio_server.auth_token,
            "sender": twilio_server.sender,
            "api_base": twilio_server.url,
            "timeout": 5.0,
        }
        made.append(Twilio(**(usual | changes)))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for twilio in made:
        twilio.close()


@pytest.fixture
def twilio(maker: Maker) -> Twilio:
    return maker()


def cause(outcome: Outcome) -> str:
    assert isinstance(outcome, ChannelFault), outcome
    return outcome.cause


def test_a_text_is_accepted_under_twilios_sid(twilio_server: TwilioServer, twilio: Twilio) -> None:
    outcome = twilio.send(ANN, "Your order is ready 👕", validity_period=600)

    [text] = twilio_server.texts
    assert outcome == Accepted(text["sid"])
    assert (text["to"], text["from"], text["body"]) == (ANN, SENDER, "Your order is ready 👕")
    assert twilio_server.requests[0][2]["ValidityPeriod"] == "600"


def test_a_messaging_service_sends_in_place_of_a_number(twilio_server: TwilioServer, maker: Maker) -> None:
    service = "MG" + "0" * 32

    maker(sender=service).send(ANN, "Hello")

    [text] = twilio_server.texts
    assert (text["from"], text["messaging_service_sid"]) == (None, service)


@pytest.mark.parametrize(
    ("number", "reason", "suppress", "code"),
    [
        (INVALID, "address_invalid", None, "21211"),
        (LANDLINE, "address_invalid", None, "21614"),
        (OPTED_OUT, "opted_out", "opted_out", "21610"),
        (UNREACHABLE, "refused", None, "21612"),
    ],
)
def test_a_permanent_no_to_the_number_is_refused(
    twilio_server: TwilioServer, twilio: Twilio, number: str, reason: str, suppress: str | None, code: str
) -> None:
    outcome = twilio.send(number, "Hello")

    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.suppress) == (reason, suppress)
    assert outcome.detail.startswith(code)
    assert twilio_server.texts == []


@pytest.mark.parametrize(("status", "code"), [(429, 20429), (400, 21611)])
def test_too_many_at_once_is_surely_not_sent(
    twilio_server: TwilioServer, twilio: Twilio, status: int, code: int
) -> None:
    twilio_server.fail(status, code, "Too many requests", times=1)

    assert twilio.send(ANN, "Hello") == NotSent(f"{code} Too many requests")
    assert isinstance(twilio.send(ANN, "Hello"), Accepted)


@pytest.mark.parametrize(
    ("status", "code", "slug"),
    [
        (401, 20003, "twilio_credentials"),
        (404, 20404, "twilio_credentials"),
        (403, 20005, "twilio_suspended"),
        (403, 20006, "twilio_suspended"),
        (400, 21703, "twilio_sender"),
        (400, 21212, "twilio_sender"),
        (302, 0, "twilio_api_base"),
    ],
)
def test_a_no_to_us_is_a_fault_of_the_channel_and_names_no_number(
    twilio_server: TwilioServer, twilio: Twilio, status: int, code: int, slug: str
) -> None:
    twilio_server.fail(status, code, f"not for {ANN}")

    outcome = twilio.send(ANN, "Hello")

    assert cause(outcome) == slug
    assert ANN not in outcome.detail


@pytest.mark.parametrize("code", [21606, 21659])
def test_a_number_that_ours_can_not_reach_is_refused_and_may_be_a_no_to_us(
    twilio_server: TwilioServer, twilio: Twilio, code: int
) -> None:
    twilio_server.fail(400, code, "not for this destination")

    assert twilio.send(ANN, "Hello") == Refused(f"{code} not for this destination", policy=True)


def test_a_wrong_token_is_a_fault_of_the_channel(maker: Maker) -> None:
    assert cause(maker(auth_token="wrong").send(ANN, "Hello")) == "twilio_credentials"


def test_a_twilio_that_is_not_there_is_a_fault_of_the_channel(maker: Maker) -> None:
    with closed_port() as port:
        assert cause(maker(api_base=f"http://127.0.0.1:{port}").send(ANN, "Hello")) == "twilio_connect"
    assert cause(maker(api_base="http://no-such-host.invalid").send(ANN, "Hello")) == "twilio_connect"
    assert cause(maker(api_base="nonsense").send(ANN, "Hello")) == "twilio_api_base"


def test_a_twilio_without_tls_is_a_fault_of_the_channel(twilio_server: TwilioServer, maker: Maker) -> None:
    assert cause(maker(api_base=twilio_server.url.replace("http:", "https:")).send(ANN, "Hello")) == "twilio_tls"


@pytest.mark.parametrize("trouble", ["500", "503", "hang", "drop", "lie"])
def test_an_answer_that_tells_nothing_leaves_the_outcome_unknown(
    twilio_server: TwilioServer, maker: Maker, trouble: str
) -> None:
    if trouble.isdigit():
        twilio_server.fail(int(trouble), 20500, "An internal server error has occurred")
    else:
        getattr(twilio_server, trouble)()

    assert isinstance(maker(timeout=0.5).send(ANN, "Hello"), Unknown)
    assert len(twilio_server.texts) == (1 if trouble == "lie" else 0)


def test_a_text_that_left_all_the_same_is_found(twilio_server: TwilioServer, twilio: Twilio) -> None:
    twilio_server.clock = lambda: NOW
    twilio_server.lie(times=1)
    twilio.send(ANN, "Your order is ready")

    assert twilio.find(ANN, "Your order is ready", NOW) == twilio_server.texts[0]["sid"]
    assert twilio.find(ANN, "Your proof is ready", NOW) is None
    assert twilio.find("+12125550102", "Your order is ready", NOW) is None


def test_a_trial_accounts_prefix_does_not_hide_a_text(twilio_server: TwilioServer, twilio: Twilio) -> None:
    twilio_server.clock = lambda: NOW
    twilio.send(ANN, "Sent from your Twilio trial account - Your order is ready")

    assert twilio.find(ANN, "Your order is ready", NOW) == twilio_server.texts[0]["sid"]


def test_neither_an_older_text_nor_another_messages_is_taken_for_ours(
    twilio_server: TwilioServer, twilio: Twilio
) -> None:
    twilio_server.clock = lambda: NOW
    twilio.send(ANN, "Hello")

    assert twilio.find(ANN, "Hello", NOW + timedelta(minutes=1)) is None
    assert twilio.find(ANN, "Hello", NOW, known={twilio_server.texts[0]["sid"]}) is None


def test_a_text_is_found_behind_a_page_of_others(twilio_server: TwilioServer, twilio: Twilio) -> None:
    twilio_server.clock = lambda: NOW
    first = twilio.send(ANN, "Hello")
    assert isinstance(first, Accepted)
    twilio_server.texts.extend({**twilio_server.texts[0], "sid": f"SM{n:032}", "body": "Other"} for n in range(150))

    assert twilio.find(ANN, "Hello", NOW) == first.provider_id


def test_a_delivery_is_followed_by_its_sid(twilio_server: TwilioServer, twilio: Twilio) -> None:
    sent = twilio.send(ANN, "Hello")
    assert isinstance(sent, Accepted)
    before = twilio.status(sent.provider_id)
    twilio_server.report(sent.provider_id, "undelivered", 30005)

    assert before == Delivery("queued", None)
    assert twilio.status(sent.provider_id) == Delivery("undelivered", 30005)


@pytest.mark.parametrize("trouble", ["fail", "hang", "drop"])
def test_a_lookup_that_can_not_be_made_says_so(twilio_server: TwilioServer, maker: Maker, trouble: str) -> None:
    if trouble == "fail":
        twilio_server.fail(500, 20500, f"no luck with {ANN}", method="GET")
    else:
        getattr(twilio_server, trouble)(method="GET")
    twilio = maker(timeout=0.5)

    with pytest.raises(LookupImpossible) as refusal:
        twilio.find(ANN, "Hello", NOW)
    with pytest.raises(LookupImpossible):
        twilio.status("SM" + "0" * 32)

    assert ANN not in str(refusal.value)


def test_no_number_and_no_text_reaches_the_log(
    twilio_server: TwilioServer, twilio: Twilio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    twilio.send(ANN, "Your order is ready")
    twilio.send(INVALID, "Your order is ready")

    assert ANN not in caplog.text
    assert "order" not in caplog.text


def test_one_connection_serves_many_texts(twilio_server: TwilioServer, twilio: Twilio) -> None:
    for _ in range(3):
        twilio.send(ANN, "Hello")

    assert twilio_server.connections == 1
