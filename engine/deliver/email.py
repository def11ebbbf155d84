"""Hands an email to the SMTP server, and says which outcome the server's answer is."""

import contextlib
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.deliver.mime import ascii_address
from engine.deliver.outcome import Accepted, ChannelFault, NotSent, Outcome, Refused, Unknown
from engine.deliver.smtp import CREDENTIALS, Fault, Line, Reply, Unopened, reason
from engine.settings import SmtpAddress

Meanwhile = Callable[[], None]

# RFC 3463: no such mailbox, no such host, no address, no such recipient, mailbox disabled. Only these say it is dead.
DEAD_MAILBOX = {"5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.2.1"}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}

# A relay that wants a sign-in may say a bare 550 too: our fault, and no reason to mark every mailbox as dead.
_about_us = re.compile(r"relay|authenticat", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Envelope:
    """`recipients`: the one it is for first, then the copies. `sender` is a bare address."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    message_id: str


class Smtp:
    """One server, and the one connection to it that is kept between messages; for one thread at a time."""

    def __init__(self, address: SmtpAddress, timeout: float = 20.0, budget: float = 60.0) -> None:
        """`timeout`: seconds that one answer may take; `budget`: that one message may, with a reconnect."""
        self._address = address
        self._timeout = timeout
        self._budget = budget
        self._line: Line | None = None

    def send(self, envelope: Envelope, meanwhile: Meanwhile = lambda: None) -> Outcome:
        """`meanwhile`, which never raises, is called once the whole message is with the server, before it answers."""
        sender = ascii_address(envelope.sender)
        if sender is None:
            return ChannelFault("MAIL_FROM is no email address; correct it", "smtp_sender")
        recipients = [(address, ascii_address(address)) for address in envelope.recipients]
        if not recipients or recipients[0][1] is None:
            return Refused("no mail server could be given this address", reason="address_invalid", asked=False)
        try:
            line, replies = self._begin(sender, [valid for _, valid in recipients if valid])
            left = iter(replies)
            answers = [(address, next(left) if valid else None) for address, valid in recipients]
            return self._finish(line, answers, next(left, None), envelope, meanwhile)
        except Fault as fault:
            self._drop()
            return ChannelFault(fault.detail, fault.cause)
        except OSError as error:
            self._drop()
            return NotSent(f"the connection broke before the message was handed over ({reason(error)})")

    def check(self, sender: str) -> Outcome:
        """Everything short of a message: connects, signs in and asks whether `sender` is welcome here."""
        address = ascii_address(sender)
        if address is None:
            return ChannelFault("MAIL_FROM is no email address; correct it", "smtp_sender")
        try:
            line, _ = self._begin(address, [])
            return Accepted("", str(line.ask("RSET")))
        except Fault as fault:
            self._drop()
            return ChannelFault(fault.detail, fault.cause)
        except OSError as error:
            self._drop()
            return ChannelFault(f"the mail server closed the connection ({reason(error)})", "smtp_connect")

    def close(self) -> None:
        if self._line:
            self._line.deadline = time.monotonic() + 1
            with contextlib.suppress(OSError, Fault):
                self._line.ask("QUIT")
        self._drop()

    def _drop(self) -> None:
        if self._line:
            self._line.close()
        self._line = None

    def _begin(self, sender: str, recipients: list[str]) -> tuple[Line, list[Reply]]:
        deadline = time.monotonic() + self._budget
        if self._line:
            self._line.deadline = deadline
            with contextlib.suppress(Unopened):
                return self._line, self._line.hand_over(sender, recipients)
            # An idle server hangs up, or says 421 first. Nothing was begun, so a new connection repeats nothing.
            self._drop()
        line = self._connect(sender, deadline)
        return line, line.hand_over(sender, recipients)

    def _finish(
        self,
        line: Line,
        answers: Sequence[tuple[str, Reply | None]],
        begun: Reply | None,
        envelope: Envelope,
        meanwhile: Meanwhile,
    ) -> Outcome:
        """Judges the recipients' replies, then sends the content. `begun` is DATA's reply if DATA went along."""
        replies = [reply for _, reply in answers if reply]
        to = replies[0]
        if to.code in CREDENTIALS:
            raise Fault("smtp_auth", "the mail server wants a sign-in", to)
        if not to.good:
            self._give_up(line, begun)
            return _refusal(to, at_rcpt=True)
        alone = sum(reply.good for reply in replies) == 1
        begun = begun or line.ask("DATA")
        if begun.code != 354:
            self._give_up(line, begun)
            return _refusal(begun, alone=alone)
        line.send_content(envelope.data)
        sent_at = time.monotonic()
        meanwhile()
        line.deadline += time.monotonic() - sent_at  # the server is not to blame for it, and has its full time
        try:
            final = line.reply()
        except OSError as error:
            self._drop()
            return Unknown(f"no answer after the whole message was handed over ({reason(error)})")
        if final.good:
            return Accepted(envelope.message_id, _left_out(answers))
        if not 400 <= final.code < 600:
            self._drop()
            return Unknown(f"the answer to the whole message was neither yes nor no: {final}")
        if final.code == 421:
            raise Fault("smtp_unavailable", "the mail server is closing", final)
        return _refusal(final, alone=alone)

    def _give_up(self, line: Line, begun: Reply | None) -> None:
        """Ends a transaction without content; once the server waits for content, only hanging up does."""
        try:
            if (begun and begun.code == 354) or not line.ask("RSET").good:
                self._drop()
        except (OSError, Fault):
            self._drop()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def _connect(self, sender: str, deadline: float) -> Line:
        where = self._address
        place = f"{where.host}:{where.port}"
        # The sender's domain as our name: getfqdn() may wait for a name server, and relays refuse a bare host name.
        helo = sender.rpartition("@")[2]
        line = self._line = Line(where.host, helo, self._timeout, deadline, self._tls if where.tls else None)
        try:
            greeting = Reply.read(line.connect(where.host, where.port))
            if not greeting.good:
                raise _turned_away(place, greeting)
            line.ehlo_or_helo_if_needed()
            if not where.tls and where.starttls != "false":
                self._start_tls(line, place)
            if where.user:
                line.login(where.user, where.password or "")
        except smtplib.SMTPResponseException as error:
            reply = Reply.read((error.smtp_code, error.smtp_error))
            if isinstance(error, smtplib.SMTPAuthenticationError) and reply.code >= 500:
                raise Fault("smtp_auth", f"{place} refused the user or the password", reply) from None
            raise _turned_away(place, reply) from None
        except smtplib.SMTPServerDisconnected as error:
            raise Fault("smtp_connect", f"{place} closed the connection too early ({reason(error)})") from None
        except smtplib.SMTPException as error:
            raise Fault("smtp_auth", f"{place} takes no sign-in that we know, but SMTP_URL has a user") from error
        except UnicodeError:
            raise Fault("smtp_settings", "SMTP_URL has a host or password that can't be sent") from None
        except socket.gaierror as error:
            raise Fault("smtp_dns", f"the name {where.host!r} can't be looked up ({error.strerror})") from None
        except ssl.SSLError as error:
            raise Fault("smtp_tls", f"{place} and we can't agree on TLS ({reason(error)})") from None
        except OSError as error:
            raise Fault("smtp_connect", f"{place} can't be reached ({reason(error)})") from None
        return line

    def _start_tls(self, line: Line, place: str) -> None:
        if line.has_extn("starttls"):
            line.starttls(context=self._tls)
            line.ehlo_or_helo_if_needed()
        elif self._address.starttls == "true":
            raise Fault("smtp_tls", f"{place} offers no STARTTLS, and SMTP_URL asks for it")
        elif self._address.user and self._address.host not in LOOPBACK:
            # Whoever sits on the line can hide the offer and read the password.
            raise Fault("smtp_tls", f"{place} offers no STARTTLS to protect the password; starttls=false allows that")


def _turned_away(place: str, reply: Reply) -> Fault:
    cause = "smtp_unavailable" if 400 <= reply.code < 500 else "smtp_refused"
    return Fault(cause, f"{place} does not serve us", reply)


def _refusal(reply: Reply, *, at_rcpt: bool = False, alone: bool = True) -> Refused | NotSent:
    """`alone`: it has one recipient, so that a dead mailbox reported after DATA can only be this one."""
    if reply.code < 500:
        return NotSent(str(reply))
    enhanced = reply.enhanced
    if enhanced is None:
        ours = bool(_about_us.search(reply.text))
        dead = at_rcpt and reply.code in (550, 551, 553) and not ours
    else:
        ours = enhanced.startswith(("5.7.", "5.3.")) or enhanced == "5.4.5"
        dead = enhanced in DEAD_MAILBOX and (at_rcpt or alone)
    return Refused(str(reply), suppress="bounced" if dead else None, policy=ours)


def _left_out(answers: Sequence[tuple[str, Reply | None]]) -> str:
    return "; ".join(
        f"copy to {address} left out: {reply or 'no valid address'}"
        for address, reply in answers
        if reply is None or not reply.good
    )
