"""The bytes of one email: multipart/alternative, written by hand because `EmailMessage` takes 3 ms for each."""

import binascii
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parseaddr
from functools import lru_cache
from html import escape
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

# No body can contain it: one with "--=_" in it is written as quoted-printable, where "=" becomes "=3D".
BOUNDARY = "=_inkbell"

PLAIN = bytes(range(0x20, 0x7F)) + b"\t\n"

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_control = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_atoms = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_address = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_message_id = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+>")
# As much as a soft line holds; its last two places go to no escape that would have to be broken.
_stretch = re.compile(rb".{1,73}[^=]{0,2}", re.DOTALL)
_body_tag = re.compile(r"<body\b[^>]*>", re.IGNORECASE)

_NOTE = '<div style="padding:12px 16px;background:#fff3cd;color:#3d2f00;font:14px/1.4 sans-serif">{}</div>'


class AddressInvalid(ValueError):
    """No mail server could be given this address; the message fails as `address_invalid`."""


class Mailbox(NamedTuple):
    name: str
    address: str


@lru_cache(maxsize=16)
def mailbox(text: str) -> Mailbox:
    """`Ink & Thread <hello@example.com>`, or a bare address, in its two parts."""
    return Mailbox(*parseaddr(text))


def ascii_address(text: str) -> str | None:
    """The address as SMTP wants it: an international domain in its IDNA 2008 form.

    None for what is no address, and for a local part beyond ASCII: it needs SMTPUTF8 on every server along the way.
    """
    if _address.fullmatch(text):
        return text if len(text) <= 254 and text.index("@") <= 64 else None
    if text.isascii() or "@" not in text:
        return None
    try:
        checked = validate_email(text, check_deliverability=False, globally_deliverable=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return checked.ascii_email


def build(
    *,
    sender: Mailbox,
    to: Mailbox,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    now: datetime,
    cc: Sequence[str] = (),
    reply_to: Mailbox | None = None,
    note: str = "",
) -> bytes:
    """One email, 7-bit clean; HTML names what is not ASCII by number (`&#233;`) and so seldom needs to be encoded.

    `note` stands on top of both parts: redirect mode names the true recipient there. Control characters, line breaks
    among them, become spaces in headers. A copy or reply address that is no address is left out; raises AddressInvalid
    for the recipient's. A sender's becomes `unfit@invalid`: it is the shop's fault, and Smtp says so.
    """
    if not _message_id.fullmatch(message_id):
        raise ValueError(f"message id {message_id!r} is no <left@right>; give the row's own")
    if note:
        text, html = f"{_line(note)}\n\n{text}", _with_note(html, _line(note))
    copies = [address for address in map(ascii_address, cc) if address]
    headers = [
        _from(sender),
        "To: " + _mailbox(to, len("To: ")),
        "Subject: " + _subject(_line(subject)),
        "Date: " + _date(now),
        "Message-ID: " + message_id,
        "MIME-Version: 1.0",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"',
    ]
    if copies:
        headers.insert(2, "Cc: " + ",\r\n ".join(copies))
    if reply_to and ascii_address(reply_to.address):
        headers.insert(2, "Reply-To: " + _mailbox(reply_to, len("Reply-To: ")))
    return (
        "\r\n".join(headers).encode("ascii")
        + b"\r\n\r\n--=_inkbell\r\nContent-Type: text/plain; charset=utf-8\r\n"
        + _encoded(text.encode("utf-8", "replace"))
        + b"\r\n--=_inkbell\r\nContent-Type: text/html; charset=utf-8\r\n"
        + _encoded(html.encode("ascii", "xmlcharrefreplace"))
        + b"\r\n--=_inkbell--\r\n"
    )


def _line(text: str) -> str:
    return _control.sub(" ", text).strip()


def _with_note(html: str, note: str) -> str:
    banner = _NOTE.format(escape(note))
    tag = _body_tag.search(html)
    return html[: tag.end()] + banner + html[tag.end() :] if tag else banner + html


def _date(now: datetime) -> str:
    utc = now.astimezone(UTC)
    # Not strftime: its names of days and months follow the process' locale.
    clock = f"{utc.hour:02}:{utc.minute:02}:{utc.second:02}"
    return f"{DAYS[utc.weekday()]}, {utc.day:02} {MONTHS[utc.month - 1]} {utc.year:04} {clock} +0000"


@lru_cache(maxsize=64)
def _from(sender: Mailbox) -> str:
    """The same few for all that a shop sends."""
    return "From: " + _mailbox(Mailbox(sender.name, ascii_address(sender.address) or "unfit@invalid"), len("From: "))


def _mailbox(box: Mailbox, column: int) -> str:
    address = ascii_address(box.address)
    if address is None:
        raise AddressInvalid(f"{box.address!r} is no email address; correct it on the record")
    name = _line(box.name)
    if not name:
        return address
    phrase = _phrase(name, column)
    last = len(phrase) - phrase.rfind("\n") - 1 if "\n" in phrase else column + len(phrase)
    gap = " " if last + len(address) + 3 <= 76 else "\r\n "
    return f"{phrase}{gap}<{address}>"


def _phrase(name: str, column: int) -> str:
    if name.isascii() and "=?" not in name and len(name) <= 60:
        if _atoms.fullmatch(name):
            return name
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _encoded_words(name, column)


def _subject(subject: str) -> str:
    # A reader would decode a literal "=?", so such a subject is encoded whole.
    if subject.isascii() and "=?" not in subject and len(subject) <= 67:
        return subject
    return _encoded_words(subject, len("Subject: "))


def _encoded_words(text: str, column: int) -> str:
    """RFC 2047: words of at most 75 characters, each of whole UTF-8 characters, one on a line."""
    data = text.encode("utf-8", "replace")
    words = []
    start, room = 0, (76 - column - 12) // 4 * 3
    while start < len(data):
        end = min(start + room, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        words.append("=?utf-8?B?" + binascii.b2a_base64(data[start:end], newline=False).decode("ascii") + "?=")
        start, room = end, 45
    return "\r\n ".join(words)


def _encoded(data: bytes) -> bytes:
    """A part's last header, the empty line and the body, as plain as the content allows."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    odd = data.translate(None, PLAIN)
    if not odd and b"--=_" not in data and max(map(len, data.split(b"\n"))) <= 998:
        return b"Content-Transfer-Encoding: 7bit\r\n\r\n" + data.replace(b"\n", b"\r\n")
    if len(odd) > len(data) // 6:  # each odd byte takes three as quoted-printable, any byte four thirds as base64
        data = data.replace(b"\n", b"\r\n")
        lines = [binascii.b2a_base64(data[at : at + 57], newline=False) for at in range(0, len(data), 57)]
        return b"Content-Transfer-Encoding: base64\r\n\r\n" + b"\r\n".join(lines)
    return b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + _quoted(data, odd)


def _quoted(data: bytes, odd: bytes) -> bytes:
    """RFC 2045, 6.7; `odd` are the bytes to be escaped beside "=". `binascii.b2a_qp` takes three times as long."""
    data = data.replace(b"=", b"=3D")
    for byte in set(odd):
        data = data.replace(bytes((byte,)), b"=%02X" % byte)
    return b"\r\n".join(map(_soft_lines, data.split(b"\n")))


def _soft_lines(line: bytes) -> bytes:
    """One line in as many as it needs. A space at its end would be lost; a lone dot ends the mail on a poor relay."""
    if line.endswith((b" ", b"\t")):
        line = line[:-1] + b"=%02X" % line[-1]
    elif line == b".":
        return b"=2E"
    return line if len(line) <= 75 else b"=\r\n".join(_stretch.findall(line))
