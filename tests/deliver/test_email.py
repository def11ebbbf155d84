"""Each answer of a mail server has one meaning, and nothing is ever sent twice behind our back."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from engine.deliver.email import Envelope, Smtp
from engine.deliver.outcome import Accepted, ChannelFault, NotSent, Outcome, Refused, Unknown
from engine.settings import smtp_address
from tests.smtp_server import DROP, HANG, SmtpServer, closed_port

DATA = b"From: shop@example.com\r\nTo: ann@example.com\r\nMessage-ID: <1@example.com>\r\nSubject: Hi\r\n\r\nHello\r\n"
MAIL = Envelope("shop@example.com", ("ann@example.com",), DATA, "<1@example.com>")
COPIED = replace(MAIL, recipients=("ann@example.com", "bob@example.com"))

Sender = Callable[..., Smtp]


@pytest.fixture
def sender() -> Iterator[Sender]:
    made: list[Smtp] = []

    def make(url: str, timeout: float = 5, budget: float = 10) -> Smtp:
        made.append(Smtp(smtp_address(url), timeout, budget))
        return made[-1]

    yield make
    for smtp in made:
        smtp.close()


@pytest.fixture(params=[True, False], ids=["pipelining", "one by one"])
def server(request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    with SmtpServer(pipelining=request.param) as server:
        yield server


def cause(outcome: Outcome) -> str:
    assert isinstance(outcome, ChannelFault), outcome
    return outcome.cause


def test_a_mail_arrives_as_it_was_built(server: SmtpServer, sender: Sender) -> None:
    outcome = sender(server.url).send(COPIED)

    assert outcome == Accepted("<1@example.com>")
    [mail] = server.mails
    assert (mail.mail_from, mail.recipients, mail.data) == ("shop@example.com", COPIED.recipients, DATA)
    assert server.message_ids == ["<1@example.com>"]


def test_a_line_that_begins_with_a_dot_does_not_end_the_mail(server: SmtpServer, sender: Sender) -> None:
    data = DATA + b".\r\n..\r\n.hidden\r\nno line end"

    sender(server.url).send(replace(MAIL, data=data))

    assert server.mails[0].data == data + b"\r\n"


def test_many_mails_share_one_connection(server: SmtpServer, sender: Sender) -> None:
    smtp = sender(server.url)

    for _ in range(5):
        assert smtp.send(MAIL) == Accepted("<1@example.com>")

    assert len(server.mails) == 5
    assert server.connections == 1


@pytest.mark.parametrize("last_words", [None, "421 4.4.2 idle for too long"])
def test_a_connection_that_the_server_closed_while_idle_is_opened_again(
    server: SmtpServer, sender: Sender, last_words: str | None
) -> None:
    smtp = sender(server.url)
    smtp.send(MAIL)
    server.hang_up(last_words)

    assert smtp.send(MAIL) == Accepted("<1@example.com>")
    assert (len(server.mails), server.connections) == (2, 2)


@pytest.mark.parametrize(
    ("reply", "suppress", "policy"),
    [
        ("550 5.1.1 no such user", "bounced", False),
        ("550 5.1.2 no such host", "bounced", False),
        ("553 5.1.3 no such address", "bounced", False),
        ("550 5.1.10 null MX", "bounced", False),
        ("550 5.2.1 mailbox disabled", "bounced", False),
        ("550 No such user here", "bounced", False),
        ("551 User not local", "bounced", False),
        ("553 Mailbox name not allowed", "bounced", False),
        ("550 5.7.1 blocked", None, True),
        ("554 5.7.26 unauthenticated mail is not accepted", None, True),
        ("550 5.4.5 daily sending quota exceeded", None, True),
        ("552 5.3.4 message too big", None, True),
        ("550 relaying denied", None, True),
        ("552 5.2.2 mailbox full", None, False),
        ("554 transaction failed", None, False),
        ("550 5.0.0 go away", None, False),
    ],
)
def test_a_permanent_no_at_the_recipient_is_refused_and_only_a_dead_mailbox_is_marked(
    smtp_server: SmtpServer, sender: Sender, reply: str, suppress: str | None, policy: bool
) -> None:
    smtp_server.on("rcpt", reply, recipient="ann@example.com")
    smtp = sender(smtp_server.url)

    outcome = smtp.send(MAIL)

    assert isinstance(outcome, Refused)
    assert (outcome.detail, outcome.suppress, outcome.policy) == (reply, suppress, policy)
    assert outcome.reason == "refused"
    assert smtp_server.mails == []


@pytest.mark.parametrize("stage", ["rcpt", "data", "end"])
def test_after_a_no_the_connection_serves_the_next_mail(server: SmtpServer, sender: Sender, stage: str) -> None:
    server.on(stage, "554 5.6.0 no", times=1)
    smtp = sender(server.url)

    assert smtp.send(MAIL) == Refused("554 5.6.0 no")
    assert smtp.send(MAIL) == Accepted("<1@example.com>")
    assert (len(server.mails), server.connections) == (1, 1)


@pytest.mark.parametrize("stage", ["rcpt", "data", "end"])
def test_a_temporary_no_is_surely_not_sent(server: SmtpServer, sender: Sender, stage: str) -> None:
    server.on(stage, "451 4.3.0 try again later")

    assert sender(server.url).send(MAIL) == NotSent("451 4.3.0 try again later")
    assert server.mails == []


def test_a_dead_mailbox_is_marked_after_the_content_too_unless_a_copy_may_be_the_dead_one(
    server: SmtpServer, sender: Sender
) -> None:
    server.on("end", "550 5.1.1 no such user")
    smtp = sender(server.url)

    assert smtp.send(MAIL) == Refused("550 5.1.1 no such user", suppress="bounced")
    assert smtp.send(COPIED) == Refused("550 5.1.1 no such user")


def test_a_bare_550_after_the_content_marks_nobody(server: SmtpServer, sender: Sender) -> None:
    server.on("end", "550 looks like spam")

    assert sender(server.url).send(MAIL) == Refused("550 looks like spam")


def test_a_refused_copy_does_not_keep_the_mail_from_its_recipient(server: SmtpServer, sender: Sender) -> None:
    server.on("rcpt", "550 5.1.1 no such user", recipient="bob@example.com")

    outcome = sender(server.url).send(replace(COPIED, recipients=(*COPIED.recipients, "no address")))

    assert outcome == Accepted(
        "<1@example.com>",
        "copy to bob@example.com left out: 550 5.1.1 no such user; copy to no address left out: no valid address",
    )
    assert server.mails[0].recipients == ("ann@example.com",)


def test_nobody_gets_a_copy_of_what_the_recipient_can_not_have(server: SmtpServer, sender: Sender) -> None:
    server.on("rcpt", "550 5.1.1 no such user", recipient="ann@example.com")

    assert isinstance(sender(server.url).send(COPIED), Refused)
    assert server.mails == []


def test_an_address_that_no_server_takes_is_refused_without_asking_one(server: SmtpServer, sender: Sender) -> None:
    outcome = sender(server.url).send(replace(MAIL, recipients=("josé@example.com",)))

    assert isinstance(outcome, Refused)
    assert outcome.reason == "address_invalid"
    assert server.connections == 0


def test_a_sender_address_that_is_none_is_a_fault_of_the_channel(server: SmtpServer, sender: Sender) -> None:
    assert cause(sender(server.url).send(replace(MAIL, sender="Ink & Thread"))) == "smtp_sender"


@pytest.mark.parametrize("stage", ["connect", "mail", "rcpt", "data"])
def test_421_before_the_content_is_a_fault_of_the_channel(server: SmtpServer, sender: Sender, stage: str) -> None:
    server.on(stage, "421 4.3.2 shutting down")

    assert cause(sender(server.url).send(MAIL)) == "smtp_unavailable"
    assert server.mails == []


def test_421_after_the_content_is_a_fault_of_the_channel(server: SmtpServer, sender: Sender) -> None:
    server.on("end", "421 4.7.0 too many messages", times=1)
    smtp = sender(server.url)

    assert cause(smtp.send(MAIL)) == "smtp_unavailable"
    assert smtp.send(MAIL) == Accepted("<1@example.com>")


@pytest.mark.parametrize(
    ("stage", "reply", "slug"),
    [
        ("connect", "554 5.7.1 you are blocked", "smtp_refused"),
        ("mail", "550 5.7.1 sender not allowed", "smtp_sender"),
        ("mail", "452 4.3.1 out of storage", "smtp_sender"),
        ("mail", "530 5.7.0 authentication required", "smtp_auth"),
        ("rcpt", "530 5.7.0 authentication required", "smtp_auth"),
    ],
)
def test_a_no_to_us_is_a_fault_of_the_channel(
    server: SmtpServer, sender: Sender, stage: str, reply: str, slug: str
) -> None:
    server.on(stage, reply)

    assert cause(sender(server.url).send(MAIL)) == slug


def test_a_fault_names_neither_the_recipient_nor_the_password(sender: Sender) -> None:
    with SmtpServer(users={"shop": "right"}) as server:
        server.on("rcpt", "421 4.2.0 <ann@example.com> is busy")
        busy = sender(server.url).send(MAIL)
        denied = sender(server.url.replace("right", "secret")).send(MAIL)

    assert isinstance(busy, ChannelFault)
    assert "ann@" not in busy.detail
    assert isinstance(denied, ChannelFault)
    assert "secret" not in denied.detail


def test_a_password_opens_the_server_and_a_wrong_one_is_a_fault(sender: Sender) -> None:
    with SmtpServer(users={"shop": "right"}) as server:
        assert sender(server.url).send(MAIL) == Accepted("<1@example.com>")
        assert cause(sender(server.url.replace("right", "wrong")).send(MAIL)) == "smtp_auth"
        assert cause(sender(f"smtp://{server.host}:{server.port}").send(MAIL)) == "smtp_auth"


def test_a_password_for_a_server_that_takes_none_is_a_fault(server: SmtpServer, sender: Sender) -> None:
    assert cause(sender(f"smtp://shop:secret@{server.host}:{server.port}").send(MAIL)) == "smtp_auth"


def test_a_server_that_is_not_there_is_a_fault(sender: Sender) -> None:
    with closed_port() as port:
        assert cause(sender(f"smtp://127.0.0.1:{port}").send(MAIL)) == "smtp_connect"
    assert cause(sender("smtp://no-such-host.invalid:25").send(MAIL)) == "smtp_dns"


def test_a_server_that_takes_no_tls_is_a_fault_when_tls_is_asked_for(server: SmtpServer, sender: Sender) -> None:
    assert cause(sender(server.url + "?starttls=true").send(MAIL)) == "smtp_tls"
    assert cause(sender(server.url.replace("smtp:", "smtps:"), timeout=1).send(MAIL)) == "smtp_tls"


@pytest.mark.parametrize("stage", ["connect", "mail"])
@pytest.mark.parametrize("trouble", [DROP, HANG])
def test_a_line_that_breaks_before_anything_began_is_a_fault(
    server: SmtpServer, sender: Sender, stage: str, trouble: str
) -> None:
    server.on(stage, trouble)

    assert cause(sender(server.url, timeout=0.5).send(MAIL)) == "smtp_connect"


@pytest.mark.parametrize("stage", ["rcpt", "data"])
@pytest.mark.parametrize("trouble", [DROP, HANG])
def test_a_line_that_breaks_before_the_final_dot_is_surely_not_sent(
    server: SmtpServer, sender: Sender, stage: str, trouble: str
) -> None:
    server.on(stage, trouble, times=1)
    smtp = sender(server.url, timeout=0.5)

    assert isinstance(smtp.send(MAIL), NotSent)
    assert server.mails == []
    assert smtp.send(MAIL) == Accepted("<1@example.com>")


@pytest.mark.parametrize("trouble", [DROP, HANG])
def test_a_line_that_breaks_after_the_final_dot_leaves_the_outcome_unknown(
    server: SmtpServer, sender: Sender, trouble: str
) -> None:
    server.on("end", trouble, times=1)
    smtp = sender(server.url, timeout=0.5)

    assert isinstance(smtp.send(MAIL), Unknown)
    assert len(server.mails) == 1
    assert smtp.send(MAIL) == Accepted("<1@example.com>")


@pytest.mark.parametrize("said", ["354 go on", "Hello there", "999 what"])
def test_an_answer_to_the_whole_mail_that_is_neither_yes_nor_no_leaves_it_in_doubt(
    server: SmtpServer, sender: Sender, said: str
) -> None:
    server.on("end", said, times=1)
    smtp = sender(server.url)

    assert isinstance(smtp.send(MAIL), Unknown)
    assert isinstance(smtp.send(MAIL), Accepted)


def test_the_budget_covers_the_whole_message_however_slowly_the_server_answers(
    server: SmtpServer, sender: Sender
) -> None:
    for stage in ("connect", "mail", "rcpt", "data", "end"):
        server.on(stage, delay=0.25)
    begun = time.monotonic()

    outcome = sender(server.url, timeout=5, budget=0.6).send(COPIED)

    assert isinstance(outcome, NotSent | ChannelFault)
    assert time.monotonic() - begun < 3
    assert server.mails == []


@pytest.mark.parametrize("stage", ["connect", "mail"])
def test_a_server_that_talks_without_end_is_not_heard_to_the_end(
    server: SmtpServer, sender: Sender, stage: str
) -> None:
    code = "220" if stage == "connect" else "250"
    server.on(stage, f"{code}-and\r\n" * 30_000 + f"{code} at last", times=1)
    smtp = sender(server.url)

    assert cause(smtp.send(MAIL)) == "smtp_connect"
    assert smtp.send(MAIL) == Accepted("<1@example.com>")


def test_what_we_do_while_the_server_thinks_does_not_count_against_it(
    server: SmtpServer, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, late = time.monotonic, [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock() + late[0])

    outcome = sender(server.url, timeout=5, budget=10).send(MAIL, lambda: late.append(late.pop() + 60))

    assert outcome == Accepted("<1@example.com>")
