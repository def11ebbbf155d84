"""Rendering promises: text and HTML say the same, and what does not apply leaves no trace."""

import re
from html.parser import HTMLParser

import pytest

from engine.compose import spoken
from engine.compose.rich import Links, Package, Table
from engine.compose.sms_text import measure
from engine.errors import WordingRefused
from tests.compose.wordings import EMAIL, REMINDER, SMS, write


class Reader(HTMLParser):
    """What a mail client would find: the links, the images and the words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.images: list[str] = []
        self.words = ""
        self._in_body = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_body = self._in_body or tag == "body"
        given = dict(attrs)
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "img":
            self.images.append(given.get("src") or "")

    def handle_data(self, data: str) -> None:
        self.words += data if self._in_body else ""


def main(html: str) -> str:
    """The wording's own part, without the layout around it."""
    return html[html.index('class="main"') : html.index('class="foot"')]


def test_a_link_alone_in_its_paragraph_becomes_a_button_and_keeps_its_target_in_text():
    composed = write("Ready.\n\n[See your order]({{ portal_url }})", portal_url="https://o.example/p/1")

    assert 'class="button-link" href="https://o.example/p/1"' in composed.html
    assert composed.text == "Ready.\n\nSee your order: https://o.example/p/1"


def test_a_link_in_a_sentence_stays_a_link():
    composed = write("Please [see your order]({{ portal_url }}) now.", portal_url="https://o.example/p/1")

    assert "button-link" not in main(composed.html)
    assert composed.text == "Please see your order: https://o.example/p/1 now."


def test_each_branch_of_a_choice_may_be_a_button():
    body = "{% if payment_url %}[Pay]({{ payment_url }}){% else %}[Look]({{ portal_url }}){% endif %}"

    paid = write(body, payment_url="", portal_url="https://o.example/p/1")
    open_ = write(body, payment_url="https://o.example/pay/1")

    assert 'class="button-link" href="https://o.example/p/1"' in paid.html
    assert 'class="button-link" href="https://o.example/pay/1"' in open_.html
    assert paid.text == "Look: https://o.example/p/1"


@pytest.mark.parametrize(
    "body",
    [
        "One.\n\n{% if due_date %}\n\nDue {{ due_date }}.\n\n{% endif %}\n\nTwo.",
        "One.\n\n{% if due_date %}\nDue {{ due_date }}.\n{% endif %}\n\nTwo.",
        "One.\n\n{% if due_date %}Due {{ due_date }}.{% endif %}\n\nTwo.",
        "One.\n\n{% if due_date %}{% if job_title %}Due {{ due_date }}.{% endif %}{% endif %}\n\nTwo.",
    ],
)
def test_a_branch_not_taken_leaves_no_empty_paragraph(body):
    without, with_date = write(body, due_date=""), write(body, due_date="May 1")

    assert without.text == "One.\n\nTwo."
    assert main(without.html).count("<p ") == 2
    assert with_date.text == "One.\n\nDue May 1.\n\nTwo."
    assert main(with_date.html).count("<p ") == 3


def test_lists_and_emphasis_read_well_as_text():
    body = (
        "# Hello\n\nIt is **now** *or* never:\n\n- one\n- two\n  more\n\n1. first\n2. second\n\n> said\n\n---\n\nEnd."
    )

    composed = write(body)

    assert composed.text == (
        "Hello\n\nIt is now or never:\n\n- one\n- two\n  more\n\n1. first\n2. second\n\n> said\n\n----\n\nEnd."
    )
    assert "<strong>now</strong> <em>or</em>" in composed.html
    assert main(composed.html).count("<li") == 4


def test_an_entry_with_nothing_to_say_leaves_no_mark_behind():
    body = (
        "- one\n- {% if due_date %}by {{ due_date }}{% endif %}\n- {% if due_date %}a{% else %}**b**{% endif %}\n\nEnd."
    )

    without, given = write(body, due_date=""), write(body, due_date="May 3")

    assert without.text == "- one\n- b\n\nEnd."
    assert given.text == "- one\n- by May 3\n- a\n\nEnd."
    assert (main(without.html).count("<li"), main(given.html).count("<li")) == (2, 3)
    assert "<strong>b</strong>" in main(without.html)


def test_markup_that_a_letter_does_not_need_stays_text():
    body = "<b>bold</b> ![x](https://a.example/x.png) `code` <https://a.example>\n\n    indented"

    composed = write(body)

    assert "<b>" not in composed.html
    assert "<img" not in main(composed.html)
    assert "<code" not in composed.html


def test_a_bold_variable_is_bold():
    assert "<strong>1042</strong>s" in write("**{{ job_number }}**s").html


def test_invoices_are_a_table_in_html_and_aligned_lines_in_text():
    table = Table(("Invoice", "Due", "Amount"), [("2107", "May 1", "$480.00"), ("31", "May 12", "$1,760.00")])

    composed = write("[See]({{ invoice_url }})\n\n{{ overdue_invoices }}\n\nEnd.", REMINDER, overdue_invoices=table)

    assert composed.html.count('<tr><td class="figures-cell"') == 2
    assert "<p" not in composed.html[composed.html.index('class="figures"') : composed.html.index("$1,760.00")]
    assert composed.text.split("\n\n")[1].splitlines() == [
        "Invoice  Due        Amount",
        "2107     May 1     $480.00",
        "31       May 12  $1,760.00",
    ]


def test_a_table_with_words_instead_is_not_put_inside_a_paragraph():
    body = '{{ overdue_invoices | default("None is open.") }}\n\n{{ invoice_url }}'

    assert re.search(r'<div class="p"[^>]*><table', write(body, REMINDER).html)
    assert re.search(r'<div class="p"[^>]*>None is open', write(body, REMINDER, overdue_invoices="").html)


def test_links_to_packages_are_links_in_html_lines_in_email_text_and_bare_addresses_in_a_text_message():
    links = Links([Package("1Z5", "https://ups.example/1Z5", "UPS"), Package("77")])

    letter = write("Follow it:\n\n{{ tracking_links }}", "tracking_shipped_email", tracking_links=links)
    text = write("Shipped: {{ tracking_links }}", "tracking_shipped_sms", tracking_links=links)

    assert "https://ups.example/1Z5" in Reader(letter.html).links
    assert letter.text == "Follow it:\n\nUPS 1Z5: https://ups.example/1Z5\n77"
    assert text.text == "Shipped: https://ups.example/1Z5 77"


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("key", [EMAIL, SMS])
def test_a_row_written_with_other_line_ends_reads_the_same(end, key):
    body = "One\n{% if due_date %}\ntwo\n{% endif %}\nthree\n\nfour"

    assert write(body.replace("\n", end), key) == write(body, key)


def test_a_value_keeps_its_line_breaks():
    composed = write("{{ job_title }}", job_title="one\r\ntwo")

    assert "one<br>two" in composed.html
    assert composed.text == "one\ntwo"


def test_blanks_around_a_value_are_no_part_of_it():
    body = "Order {{ job_title }}, {% if due_date %}due {{ due_date }}{% else %}no date{% endif %}."

    composed = write(body, job_title=" Club shirts \n", due_date=" \t\n")

    assert composed.text == "Order Club shirts, no date."
    assert "Order Club shirts, no date." in composed.html


def test_a_text_message_is_plain_text_line_by_line():
    body = "{{ shop_name }}: *ready*\n{% if due_date %}\nDue {{ due_date }}\n{% endif %}\nBye"

    assert write(body, SMS, due_date="", shop_name="Us").text == "Us: *ready*\nBye"
    assert write(body, SMS, due_date="May 1", shop_name="Us").text == "Us: *ready*\nDue May 1\nBye"


def test_a_link_whose_label_is_its_address_is_written_once_as_text():
    composed = write("At [{{ portal_url }}]({{ portal_url }}).", portal_url="https://o.example/p/1")

    assert composed.text == "At https://o.example/p/1."


@pytest.mark.parametrize(
    ("link", "reads"),
    [
        ("[{{ shop_email }}](mailto:{{ shop_email }})", "o'hara@ink.example.com"),
        ("[{{ shop_phone }}](tel:{{ shop_phone }})", "(212) 555-0100"),
        ("[our desk](tel:{{ shop_phone }})", "our desk: (212) 555-0100"),
        ("[us](mailto:{{ shop_email }}?subject=Order%20{{ job_number }})", "us: o'hara@ink.example.com"),
        ("[us](<tel:(212) 555-0100>)", "us: (212) 555-0100"),
    ],
)
def test_a_number_or_mailbox_behind_a_link_reads_as_people_write_it(link, reads):
    composed = write(f"Ask {link} now.", shop_phone="(212) 555-0100", shop_email="o'hara@ink.example.com")

    assert composed.text == f"Ask {reads} now."


def test_a_space_that_does_not_break_costs_no_text_message_its_alphabet():
    text = write("{{ job_title }}", SMS, job_title="1\u202f240,50\xa0€\tnow").text

    assert text == "1 240,50 € now"
    assert measure(text).encoding == "GSM-7"


@pytest.mark.parametrize(("locale", "currency"), [("de_CH", "CHF"), ("ja_JP", "JPY"), ("fr_CA", "CAD")])
def test_no_country_s_way_to_write_money_costs_a_text_message_its_alphabet(locale, currency):
    due = spoken.money(123_456_00, currency, locale)

    assert measure(due).encoding == "UCS-2"
    assert measure(write("{{ amount_due }}", SMS, amount_due=due).text).encoding == "GSM-7"
    assert "’" in write("{{ job_title }}", SMS, job_title="Mary’s 5k").text


def test_a_text_message_shortens_an_absurd_value_and_keeps_the_link():
    composed = write(
        "{{ job_title }}: {{ portal_url }}", SMS, job_title="x" * 4_000, portal_url="https://o.example/p/1"
    )

    assert len(composed.text) < 200
    assert composed.text.endswith("https://o.example/p/1")


def test_a_text_message_shortens_what_only_looks_like_a_link_too_and_keeps_every_package():
    packages = Links([Package("1Z5", "https://ups.example/1Z5", "UPS"), Package("https://evil.example/" * 90)])

    composed = write("{{ job_title }}: {{ tracking_links }}", "tracking_shipped_sms", job_title="https://" * 900,
                     tracking_links=packages)  # fmt: skip

    assert len(composed.text) < 200
    assert "https://ups.example/1Z5 https://evil.example/" in composed.text


def test_a_text_message_that_is_too_long_in_itself_is_refused():
    with pytest.raises(WordingRefused, match="at most 1,600"):
        write("{{ job_title }}" + "x" * 1_601, SMS)


@pytest.mark.parametrize("key", [EMAIL, SMS])
def test_a_message_that_comes_out_empty_is_refused_and_not_sent(key):
    body = "{% if due_date %}By {{ due_date }}.{% endif %}"

    assert write(body, key, due_date="May 3").text == "By May 3."
    with pytest.raises(WordingRefused, match="comes out without a word"):
        write(body, key, due_date="")


def test_an_endless_email_is_refused():
    with pytest.raises(WordingRefused, match="at most"):
        write("{{ job_title }} " * 400, job_title="x" * 5_000)


def test_a_subject_is_one_line_of_at_most_200_characters():
    assert write("x", job_number="a\r\nBcc: b@example.com").subject == "Order a Bcc: b@example.com"
    assert len(write("x", job_number="n" * 900).subject) == 200


def test_the_preheader_comes_first_in_the_letter_and_is_hidden():
    composed = write("Hello there.", parts={"preheader": "On {{ job_title }}"}, job_title="<b>")

    words = Reader(composed.html).words
    assert composed.preheader == "On <b>"
    assert words.index("On <b>") < words.index("Hello there.")
    assert 'class="hidden"\nstyle="display:none' in composed.html


def test_the_layout_carries_the_shop():
    composed = write(
        "Hello.",
        shop_name="Ink & Co",
        shop_address="1 Mill Lane\nHudson",
        shop_phone="555-0100",
        shop_email="hi@ink.example",
        shop_website="https://ink.example",
        shop_notice="Closed <today>",
        shop_logo_url="https://ink.example/logo.png",
    )

    for words in ("Ink &amp; Co", "1 Mill Lane<br>Hudson", "555-0100", "Closed &lt;today&gt;"):
        assert words in composed.html
    assert Reader(composed.html).images == ["https://ink.example/logo.png"]
    assert Reader(composed.html).links == ["mailto:hi@ink.example", "https://ink.example"]


def test_a_notice_stands_above_the_words_in_the_text_part_too():
    assert write("Hello.", shop_notice="Closed <today>").text == "Closed <today>\n\nHello."
    assert write("Hello.", shop_notice="").text == "Hello."


def test_without_a_logo_the_name_is_the_wordmark_and_nothing_is_loaded():
    composed = write("Hello.", shop_logo_url="", shop_website="", shop_email="", shop_phone="", shop_address="")

    reader = Reader(composed.html)
    assert reader.images == reader.links == []
    assert 'class="wordmark"' in composed.html


@pytest.mark.parametrize(
    "logo", ["http://ink.example/logo.png", "javascript:alert(1)", 'https://a.example/"onerror="x']
)
def test_only_an_https_logo_is_ever_loaded(logo):
    assert Reader(write("Hello.", shop_logo_url=logo).html).images == []


def test_the_character_set_is_named_in_the_first_kilobyte():
    assert "charset" in write("Hello.").html[:1024]


def test_a_value_that_is_missing_reads_as_empty():
    from engine.catalog.rules import rule
    from engine.compose import render
    from tests.compose.wordings import EMAIL, email

    assert render.compiled(rule(EMAIL), email("a{{ due_date }}b")).render({}).text == "ab"
