"""Data promises nothing, so composing promises this: no value becomes markup, a link, a tag or a header."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from engine.compose.clean import MAX_VALUE, one_line, tidy
from engine.compose.rich import Links, Package, Table, web_url
from tests.compose.test_render import Reader
from tests.compose.wordings import DEBT, REMINDER, SMS, write

NASTY = st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        "</a></td></table>",
        "[click](https://evil.example)",
        "**bold** _it_ # h\n- list",
        "{{ 7*7 }}{% if x %}{# #}",
        "javascript:alert(1)",
        'https://evil.example/" onclick="x',
        "a\r\nBcc: victim@example.com",
        "a\u2028b\u2029c\x85d",
        "\u202eevil\u2066",
        "\x00\x07\x1b[31m",
        "&lt;b&gt; &#60; &amp;",
        "<!--[if mso]>",
        "]]>",
        "q0000t0001z",
    ]
)
HOSTILE = st.lists(st.one_of(NASTY, st.text(max_size=40)), min_size=1, max_size=4).map("".join)
BODY = (
    "Hi {{ customer_name }}, **{{ job_title }}** *{{ shop_hours }}*\n\n- {{ job_title }}\n\n"
    "[{{ job_title }}]({{ portal_url }})\n\n[{{ customer_name }}](https://shop.example/{{ job_number }}/x)\n\n"
    "[{{ shop_email }}](mailto:{{ shop_email }}) {{ job_title | upper }} {{ due_date | default(job_title) }}"
)
NAMES = (
    "customer_name", "job_title", "job_number", "shop_name", "shop_email", "shop_phone", "shop_address", "shop_website",
    "shop_hours", "shop_notice", "shop_logo_url", "portal_url",
)  # fmt: skip
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def skeleton(html: str) -> list[str]:
    """Every tag with its attributes, less the addresses."""
    return [
        re.sub(r'(href|src|alt)="[^"]*"', "", tag) for tag in re.findall(r"<[!/a-zA-Z][^>]*>", html) if tag != "<br>"
    ]


PLAIN = write(BODY, parts={"preheader": "{{ job_title }}"}, due_date="", **dict.fromkeys(NAMES, "plain"))


@QUICK
@given(st.dictionaries(st.sampled_from(NAMES[:8] + NAMES[8:10]), HOSTILE))
def test_no_value_adds_a_tag_or_an_attribute_to_a_letter(values):
    kept = {name: value if one_line(value) and tidy(value) else "plain" for name, value in values.items()}

    html = write(BODY, parts={"preheader": "{{ job_title }}"}, due_date="", **dict.fromkeys(NAMES, "plain") | kept).html

    assert skeleton(html) == skeleton(PLAIN.html)


@QUICK
@given(HOSTILE, HOSTILE)
def test_links_lead_to_web_addresses_or_nowhere(address, value):
    html = write(BODY, portal_url=address, shop_website=address, shop_email=value, job_number=value).html

    for link in Reader(html).links:
        assert link == "#" or link.startswith(("https://", "http://", "mailto:"))
        assert not re.search(r"[\s<>\"'`\\]", link)
    assert all(link.startswith("https://shop.example/") for link in Reader(html).links if "shop.example" in link)


@QUICK
@given(HOSTILE)
def test_a_value_inside_an_address_stays_one_part_of_it(value):
    html = write("[x](https://shop.example/{{ job_number }}/end?a=1)", job_number=value).html

    (link,) = [link for link in Reader(html).links if "shop.example" in link]
    inside = link.removeprefix("https://shop.example/").removesuffix("/end?a=1")
    assert not re.search(r"[/?&#=:]", inside)


@QUICK
@given(HOSTILE)
def test_a_subject_is_one_printable_line(value):
    composed = write("x", parts={"subject": "{{ job_title }}", "preheader": "{{ job_title }}"}, job_title=value)

    for header in (composed.subject, composed.preheader):
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", header)
        assert header.encode("utf-8").decode() == header


@QUICK
@given(HOSTILE)
def test_text_says_what_the_value_says_and_no_more(value):
    email, sms = write("A {{ job_title }} B", job_title=value), write("A {{ job_title }} B", SMS, job_title=value)

    for text in (email.text, sms.text):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)
        assert text.startswith("A")
        assert text.endswith("B")
    assert " ".join(tidy(value).split()) in " ".join(sms.text.split())


@QUICK
@given(st.lists(st.tuples(HOSTILE, HOSTILE, HOSTILE), min_size=1, max_size=3), HOSTILE)
def test_a_cell_of_a_table_and_a_package_add_no_tag(rows, value):
    def shown(cells, package):
        html = write(
            "[x]({{ invoice_url }})\n\n{{ overdue_invoices }}", REMINDER, overdue_invoices=Table(("a", "b", "c"), cells)
        ).html
        return skeleton(html) + skeleton(Links([package]).__html__())

    plain = shown([("a", "b", "c")] * len(rows), Package("1Z", None, "UPS"))

    assert shown(rows, Package(value, None, value)) == plain
    assert Links([Package(value, "javascript:alert(1)")]).packages[0].url is None


@QUICK
@given(HOSTILE)
def test_a_notice_in_the_app_is_the_text_itself(value):
    composed = write("{{ customer_name }} owes", DEBT, customer_name=value)

    assert composed.html == ""
    assert "owes" in composed.text


def test_a_value_that_claims_to_be_safe_is_escaped_all_the_same():
    class Cunning(str):
        def __html__(self) -> str:
            return "<script>"

        def __str__(self) -> str:
            return "<script>"

    for value in (Markup("<script>alert(1)</script>"), Cunning("<script>")):
        assert "<script>" not in write("{{ job_title }}", job_title=value).html


def test_values_of_any_length_are_cut_to_what_a_letter_bears():
    assert len(tidy("x" * 1_000_000)) == MAX_VALUE


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        " https://a.example",
        "https://a.example/ b",
        "https://a.example/\nb",
        'https://a.example/"x',
        "https:///a",
        "//a.example",
        "https:a.example",
        "data:text/html,x",
        "https://a.example/\u202e",
        "https://a.example\\@b.example",
        "http://[::1",
        "x" * 3_000,
        "",
    ],
)
def test_what_is_no_plain_web_address_is_no_address(text):
    assert web_url(text) == ""
