"""The line to a mail server: smtplib's client with one deadline, PIPELINING, and each reply in our hands."""

from __future__ import annotations

import io
import re
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass

CREDENTIALS = (530, 534, 535, 538)

LONGEST_ANSWER = 100_000
"""Bytes; no server has that much to say, and one that never ends would fill the memory before its time is over."""

_enhanced = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_addresses = re.compile(r"\S*@\S*")


@dataclass(frozen=True, slots=True)
class Reply:
    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()

    @classmethod
    def read(cls, answer: tuple[int, bytes | str]) -> Reply:
        code, text = answer
        words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        return cls(code, words.replace("\n", " "))

    @property
    def good(self) -> bool:
        return 200 <= self.code < 300

    @property
    def enhanced(self) -> str | None:
        """RFC 3463's code at the start of the text, such as '5.1.1'."""
        found = _enhanced.match(self.text)
        return found[1] if found else None


class Fault(Exception):
    """The server serves nobody now; nothing was sent."""

    def __init__(self, cause: str, detail: str, reply: Reply | None = None) -> None:
        self.cause = cause
        # Admins read this in alerts and logs may carry it, and servers like to quote the recipient.
        self.detail = f"{detail}: {_addresses.sub('…', str(reply))[:200]}" if reply else detail


class Unopened(Fault):
    """It ended before the server accepted MAIL."""


def reason(error: OSError) -> str:
    return "timed out" if isinstance(error, TimeoutError) else error.strerror or str(error) or type(error).__name__


class Line(smtplib.SMTP):
    """Every wait ends at `deadline` (monotonic), however slowly an answer drips in, and takes `patience` s at most."""

    _host: str  # smtplib compares the certificate with it after STARTTLS

    def __init__(self, host: str, helo: str, patience: float, deadline: float, tls: ssl.SSLContext | None) -> None:
        super().__init__(local_hostname=helo)
        self._host = host
        self.patience = patience
        self.deadline = deadline
        self.tls = tls
        self.heard = 0

    def left(self) -> float:
        left = min(self.patience, self.deadline - time.monotonic())
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def hasten(self) -> None:
        """What is left is nearly always the same patience, and to say it anew is a system call each time."""
        left = self.left()
        if self.sock is not None and self.sock.gettimeout() != left:
            self.sock.settimeout(left)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        # Not create_connection: it gives each address of the host the whole time.
        problem = OSError(f"{host} has no address")
        for family, kind, protocol, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(self.left())
                sock.connect(place)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return self.tls.wrap_socket(sock, server_hostname=host) if self.tls else sock
            except OSError as error:
                sock.close()
                problem = error
        raise problem

    def getreply(self) -> tuple[int, bytes]:
        self.heard = 0
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Patient(self))
        return super().getreply()

    def send(self, s: str | bytes) -> None:  # type: ignore[override]
        self.hasten()
        super().send(s)

    def reply(self) -> Reply:
        return Reply.read(self.getreply())

    def answer(self) -> Reply:
        """The next reply; 421, after which the server hangs up, is a Fault."""
        reply = self.reply()
        if reply.code == 421:
            raise Fault("smtp_unavailable", "the mail server is closing", reply)
        return reply

    def ask(self, command: str) -> Reply:
        self.putcmd(command)
        return self.answer()

    def hand_over(self, sender: str, recipients: list[str]) -> list[Reply]:
        """MAIL, then RCPT for each; with PIPELINING (RFC 2920) in one write, and DATA too when nobody gets a copy.

        Returns the replies that follow MAIL's. Raises Unopened or Fault as long as MAIL is not accepted.
        """
        commands = [f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{address}>" for address in recipients)]
        together = self.has_extn("pipelining")
        if together and len(recipients) == 1:
            commands.append("DATA")
        try:
            self.send("\r\n".join(commands if together else commands[:1]) + "\r\n")
            mail = self.reply()
        except OSError as error:
            raise Unopened("smtp_connect", f"the mail server closed the connection ({reason(error)})") from None
        if mail.code == 421:
            raise Unopened("smtp_unavailable", "the mail server is closing", mail)
        if mail.code in CREDENTIALS:
            raise Fault("smtp_auth", "the mail server wants a sign-in", mail)
        if not mail.good:
            raise Fault("smtp_sender", "the mail server refused our sender address", mail)
        return [self.answer() if together else self.ask(command) for command in commands[1:]]

    def send_content(self, data: bytes) -> None:
        """Ends with the final dot, in one write: an error here means that the dot never left."""
        body = data.replace(b"\n.", b"\n..")  # RFC 5321 4.5.2
        if body.startswith(b"."):
            body = b"." + body
        self.send(body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n"))


class _Patient(io.RawIOBase):
    """Reads the line's socket, each time with what is left of the deadline."""

    def __init__(self, line: Line) -> None:
        self.line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self.line.sock is None:
            return 0
        self.line.hasten()
        count = self.line.sock.recv_into(buffer)
        self.line.heard += count
        if self.line.heard > LONGEST_ANSWER:
            raise OSError("it talks without end")
        return count
