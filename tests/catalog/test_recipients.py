"""An address is read as its library reads it, only at less cost."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from engine.catalog.recipients import mailbox

PARTS = st.text(st.sampled_from("abzAZ09.-_+'@ \"éß()\\"), max_size=12)
LOCALS = PARTS | st.sampled_from([
    "maya", "first.last", "a.", ".a", "a..b", "Info", "info", "x" * 64, "x" * 65, '"a b"',
])  # fmt: skip
DOMAINS = PARTS | st.sampled_from([
    "example.com", "Example.COM", "shop.test", "localhost", "münchen.example", "xn--mnchen-3ya.example", "[127.0.0.1]",
    "example", "-a.com", "a-.com", "a..com", "example.com.", "l" * 63 + ".com", "l" * 64 + ".com", "a.invalid",
    "d." * 90 + "com", "d." * 120 + "com",
])  # fmt: skip


@given(LOCALS, st.sampled_from(["@", "@", "@", "", "@@", " @", "@ "]), DOMAINS)
@example("maya", "@", "example.com\n")
@example(" maya", "@", "example.com ")
def test_it_says_what_the_library_says_of_the_whole(local: str, at: str, domain: str) -> None:
    address = f"{local}{at}{domain}"

    assert mailbox(address) == as_a_whole(address)


def as_a_whole(address: str) -> str | None:
    if not address or len(address) > 254:
        return None
    try:
        return validate_email(address.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None


@pytest.mark.parametrize("given", [None, "", " ", "@", "maya", "maya@", "@example.com", "m" * 255 + "@example.com"])
def test_what_is_no_address_is_none(given: str | None) -> None:
    assert mailbox(given) is None
