"""The bytes of an email promise: whatever people wrote arrives as they wrote it, and never becomes a header."""

import quopri
import re
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from html import unescape
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.deliver import mime
from engine.deliver.mime import AddressInvalid, Mailbox, ascii_address

NOW = datetime(2026, 3, 7, 14, 5, 9, tzinfo=UTC)
SHOP = Mailbox("Ink & Thread", "hello@shop.example.com")
ANN = Mailbox("Ann Lee", "ann@example.com")

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
# HTML has no controls and no codes that stand for nothing: the values are tidied, and the rest is ours.
pages = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\n\t"), max_size=400)
people = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


def built(**changes: Any) -> bytes:
    given_: dict[str, Any] = {
        "sender": SHOP,
        "to": ANN,
        "subject": "Your order is on press",
        "text": "Hello Ann\n",
        "html": "<p>Hello Ann</p>\n",
        "message_id": "<1f0c@shop.example.com>",
        "now": NOW,
    }
    return mime.build(**(given_ | changes))


def parsed(data: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(data, policy=policy.default))


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return as_lines(str(part.get_content()))


def as_one_line(text: str) -> str:
    return re.sub("[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", text).strip()


def as_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def name_read(data: bytes) -> str:
    """As RFC 2047, 6.2 has it read: white space between two encoded words is no part of the name.

    The parser of `policy.default` keeps it there.
    """
    phrase, _ = parseaddr(message_from_bytes(data)["To"])
    return str(make_header(decode_header(phrase)))


@settings(deadline=None, max_examples=60)
@example(subject="", name="000000000\xa0\xa0\xa0\xa0\xa0\u0800" + "\U00010000" * 6, text="", html="")
@given(subject=anything, name=people, text=anything, html=pages)
def test_any_text_comes_back_as_it_was_written(subject: str, name: str, text: str, html: str) -> None:
    data = built(subject=subject, to=Mailbox(name, "ann@example.com"), text=text, html=html)

    message = parsed(data)
    assert message["Subject"] == as_one_line(subject)
    to = message["To"].addresses[0]
    # A reader makes one space of whatever white space is in a name.
    assert (name_read(data).split(), to.addr_spec) == (as_one_line(name).split(), "ann@example.com")
    assert body(message, "plain") == as_lines(text)
    assert unescape(body(message, "html")) == as_lines(unescape(html))


@settings(deadline=None, max_examples=60)
@example(subject="", name="", text="a" * 1200)
@given(subject=anything, name=people, text=anything)
def test_it_is_ascii_in_lines_that_every_server_takes_and_headers_fold(subject: str, name: str, text: str) -> None:
    data = built(subject=subject, to=Mailbox(name, "ann@example.com"), text=text)

    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert max(map(len, lines[: lines.index(b"")])) <= 76


@settings(deadline=None, max_examples=100)
@given(st.text("ab=.- \t\n\u2007", min_size=80, max_size=400))
def test_a_quoted_body_comes_back_from_lines_that_no_relay_breaks_again(text: str) -> None:
    quoted = mime._encoded(("é" + text).encode())

    head, _, rest = quoted.partition(b"\r\n\r\n")
    if b"quoted-printable" in head:
        lines = rest.split(b"\r\n")
        assert max(map(len, lines)) <= 76
        assert not any(line.endswith((b" ", b"\t")) or line == b"." for line in lines[:-1])
        assert quopri.decodestring(rest).decode() == "é" + text.replace("\n", "\r\n")


@pytest.mark.parametrize("field", ["subject", "name", "note"])
def test_a_line_break_in_a_header_stays_text(field: str) -> None:
    evil = "Hi\r\nBcc: everyone@example.com\r\n\r\nbody"
    changes = {"to": Mailbox(evil, "ann@example.com")} if field == "name" else {field: evil}

    message = parsed(built(**changes))

    assert message["Bcc"] is None
    assert message.keys().count("To") == 1
    assert message.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    "address",
    ["", "ann", "ann@", "@example.com", "a b@example.com", "ann@example.com\r\nBcc: x@example.com", "ann@exa mple.com",
     "ann@example.com, bob@example.com", "<ann@example.com>", "josé@example.com", "a" * 65 + "@example.com"],
)  # fmt: skip
def test_what_is_no_address_for_a_mail_server_is_refused(address: str) -> None:
    assert ascii_address(address) is None
    with pytest.raises(AddressInvalid):
        built(to=Mailbox("Ann", address))


def test_an_unfit_sender_is_not_blamed_on_the_recipient() -> None:
    message = parsed(built(sender=Mailbox("Ink & Thread", "no address\r\nBcc: x@example.com")))

    assert str(message["From"]) == "Ink & Thread <unfit@invalid>"
    assert message["Bcc"] is None


def test_an_international_domain_is_written_in_its_ascii_form() -> None:
    message = parsed(built(to=Mailbox("Jörg", "joerg@straße.example")))

    assert message["To"].addresses[0].addr_spec == "joerg@xn--strae-oqa.example"


def test_the_headers_say_who_when_and_that_no_person_wrote_it() -> None:
    message = parsed(
        built(cc=["bob@example.com", "nonsense", "eve@example.com"], reply_to=Mailbox("Sam", "sam@example.com"))
    )

    assert str(message["From"]) == "Ink & Thread <hello@shop.example.com>"
    assert [address.addr_spec for address in message["Cc"].addresses] == ["bob@example.com", "eve@example.com"]
    assert str(message["Reply-To"]) == "Sam <sam@example.com>"
    assert message["Date"].datetime == NOW
    assert message["Message-ID"] == "<1f0c@shop.example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply"


def test_the_date_is_the_moment_that_was_passed_in_whatever_its_zone() -> None:
    new_york = NOW.astimezone(timezone(timedelta(hours=-5)))

    assert b"\r\nDate: Sat, 07 Mar 2026 14:05:09 +0000\r\n" in built(now=new_york)


def test_a_message_id_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="message id"):
        built(message_id="<a@b>\r\nBcc: x@example.com")


def test_a_note_stands_on_top_of_both_parts_and_is_never_markup() -> None:
    html = '<html><body class="page"><p>Hello</p></body></html>'

    message = parsed(built(note="Test copy for <ann@example.com>", text="Hello", html=html))

    assert body(message, "plain").startswith("Test copy for <ann@example.com>\n\nHello")
    assert re.search(
        '<body class="page"><div[^>]*>Test copy for &lt;ann@example.com&gt;</div><p>', body(message, "html")
    )


def test_a_body_that_quotes_our_own_mail_does_not_end_its_part() -> None:
    quoted = "--=_inkbell\r\nContent-Type: text/html\r\n\r\nboo\r\n--=_inkbell--"

    message = parsed(built(text=quoted))

    assert body(message, "plain") == as_lines(quoted)
    assert "Hello Ann" in body(message, "html")


def test_plain_text_travels_as_it_is_and_links_stay_whole() -> None:
    link = "https://shop.example.com/art/" + "a" * 64 + "?x=1"

    assert link.encode() in built(text=f"See your proof:\n{link}\n")


def test_a_letter_in_any_script_is_plain_ascii_in_html_and_its_lines_fit() -> None:
    html = '<p class="p"\nstyle="margin:0">Größe für José: 印刷 🎽</p>\n'

    data = built(html=html)

    assert b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n" in data
    assert unescape(body(parsed(data), "html")) == as_lines(html)


def test_html_in_a_line_that_no_server_takes_is_quoted() -> None:
    html = f"<p>{'é' * 300}</p>\n"

    message = parsed(built(html=html))

    assert message.get_body(("html",))["Content-Transfer-Encoding"] == "quoted-printable"  # type: ignore[index]
    assert unescape(body(message, "html")) == as_lines(html)


def test_a_mailbox_is_read_from_mail_from() -> None:
    assert mime.mailbox("Ink & Thread <hello@example.com>") == Mailbox("Ink & Thread", "hello@example.com")
    assert mime.mailbox("hello@example.com") == Mailbox("", "hello@example.com")
