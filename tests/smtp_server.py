"""A real SMTP server on loopback that keeps what it gets, and can be told to answer badly."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

STAGES = ("connect", "mail", "rcpt", "data", "end")
DROP = "drop"
HANG = "hang"


@dataclass(frozen=True)
class Mail:
    """One accepted message."""

    mail_from: str
    recipients: tuple[str, ...]
    data: bytes
    message: EmailMessage = field(repr=False)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()).replace("\r\n", "\n") if part else ""


@dataclass
class _Rule:
    stage: str
    reply: str | None
    recipient: str | None
    times: int | None
    delay: float


class SmtpServer:
    """Listens while it is entered: `with SmtpServer() as server: … server.url …`.

    `on("rcpt", "550 5.1.1 no such user", recipient="dead@example.com")` changes an answer; DROP hangs up instead and
    HANG says nothing. Stages: connect (the greeting), mail, rcpt, data (the command), end (after the final dot). Mail
    whose end is DROP or HANG is kept in `mails`: it was taken, only nobody was told.
    """

    def __init__(
        self,
        *,
        users: dict[str, str] | None = None,
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
        pipelining: bool = True,
        port: int = 0,
    ) -> None:
        self.host = "127.0.0.1"
        self.port = port
        self.users = users or {}
        self.starttls = starttls
        self.tls = tls
        self.pipelining = pipelining
        self.mails: list[Mail] = []
        self.broken: list[str] = []
        """Message-IDs of what was taken without telling the sender."""
        self.commands: list[str] = []
        self.connections = 0
        self.heard: Callable[[Mail], object] = lambda mail: None
        """Called with each mail as it arrives."""
        self._changed = threading.Condition()
        self._rules: list[_Rule] = []
        self._lines: set[_Line] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="smtp_server", daemon=True)

    @property
    def url(self) -> str:
        """As SMTP_URL wants it."""
        sign_in = next((f"{user}:{password}@" for user, password in self.users.items()), "")
        return f"{'smtps' if self.tls else 'smtp'}://{sign_in}{self.host}:{self.port}"

    @property
    def message_ids(self) -> list[str]:
        return [mail.message_id for mail in self.mails]

    def on(
        self,
        stage: str,
        reply: str | None = None,
        *,
        recipient: str | None = None,
        times: int | None = None,
        delay: float = 0,
    ) -> None:
        """From now on (or `times` times) answers so; reply None: as usual, after `delay` seconds."""
        assert stage in STAGES, stage
        with self._changed:
            self._rules.append(_Rule(stage, reply, recipient, times, delay))

    def behave(self) -> None:
        """Forgets every `on`."""
        with self._changed:
            self._rules.clear()

    def hang_up(self, last_words: str | None = None) -> None:
        """Closes every open connection, as servers do with idle ones."""
        self._call(self._close_lines, last_words)

    def wait_for(self, count: int, timeout: float = 10) -> list[Mail]:
        """The mails, as soon as there are `count` of them; fails after `timeout` seconds."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.mails) >= count, timeout), f"{len(self.mails)} of {count}"
            return list(self.mails)

    def __enter__(self) -> SmtpServer:
        self._thread.start()
        self._call(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._shut)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _call(self, function: Callable[..., Any], *args: object) -> None:
        asyncio.run_coroutine_threadsafe(function(*args), self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(lambda: _Line(self), self.host, self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close_lines(self, last_words: str | None = None) -> None:
        for line in list(self._lines):
            if last_words:
                await line.push(last_words)
            if line.transport:
                line.transport.close()
        while self._lines:
            await asyncio.sleep(0)

    async def _shut(self) -> None:
        self._server.close()
        await self._close_lines()
        await self._server.wait_closed()
        others = asyncio.all_tasks() - {cast("asyncio.Task[Any]", asyncio.current_task())}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _rule(self, stage: str, *recipients: str) -> _Rule | None:
        with self._changed:
            for rule in reversed(self._rules):
                if rule.stage == stage and rule.recipient in (None, *recipients) and rule.times != 0:
                    if rule.times:
                        rule.times -= 1
                    return rule
        return None

    def _keep(self, envelope: Envelope) -> Mail:
        data = cast(bytes, envelope.content)
        message = message_from_bytes(data, policy=policy.default)
        with self._changed:
            self.mails.append(Mail(str(envelope.mail_from), tuple(envelope.rcpt_tos), data, message))
            self._changed.notify_all()
            self.heard(self.mails[-1])
            return self.mails[-1]


class _Line(SMTP):
    """One connection: aiosmtpd's own, asking the server's rules before each answer."""

    def __init__(self, server: SmtpServer) -> None:
        self.rules = server
        super().__init__(
            self,
            hostname="mail.example.com",
            loop=server._loop,
            tls_context=server.starttls,
            auth_require_tls=not server.users,
            authenticator=self.check,
            enable_SMTPUTF8=False,
        )

    def check(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        pair: LoginPassword = data
        good = self.rules.users.get(pair.login.decode()) == pair.password.decode()
        return AuthResult(success=good, handled=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        fresh = self not in self.rules._lines
        self.greeted = not fresh
        self.rules._lines.add(self)
        self.rules.connections += fresh
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.rules._lines.discard(self)

    async def push(self, status: Any) -> None:
        if not self.greeted:
            self.greeted = True
            status = await self.obey(self.rules._rule("connect"), status)
        await super().push(status)
        if str(status).startswith("421") and self.transport:
            self.transport.close()

    async def obey(self, rule: _Rule | None, usual: Any) -> Any:
        if rule is None:
            return usual
        if rule.delay:
            await asyncio.sleep(rule.delay)
        if rule.reply == DROP and self.transport:
            self.transport.close()
        if rule.reply in (DROP, HANG):
            await asyncio.Event().wait()  # until losing the connection cancels this
        return rule.reply or usual

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], *(["250-PIPELINING"] if self.rules.pipelining else []), *responses[1:]]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.rules.commands.append(f"MAIL {address}")
        wanting = self.rules.users and not session.authenticated
        reply = await self.obey(
            self.rules._rule("mail"), "530 5.7.0 Authentication required" if wanting else "250 2.1.0 OK"
        )
        if reply.startswith("2"):
            envelope.mail_from = address
        return str(reply)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.rules.commands.append(f"RCPT {address}")
        reply = await self.obey(self.rules._rule("rcpt", address), "250 2.1.5 OK")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return str(reply)

    async def smtp_DATA(self, arg: str) -> None:
        self.rules.commands.append("DATA")
        reply = await self.obey(self.rules._rule("data", *(self.envelope.rcpt_tos if self.envelope else [])), None)
        if reply:
            await self.push(reply)
        else:
            await super().smtp_DATA(arg)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        rule = self.rules._rule("end", *envelope.rcpt_tos)
        if rule is None or rule.reply in (None, DROP, HANG) or rule.reply.startswith("2"):
            mail = self.rules._keep(envelope)
            if rule and rule.reply in (DROP, HANG):
                self.rules.broken.append(mail.message_id)
        return str(await self.obey(rule, "250 2.0.0 OK: queued"))


@contextmanager
def closed_port() -> Iterator[int]:
    """A port on loopback that refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server
