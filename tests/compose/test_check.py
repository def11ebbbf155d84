"""The checker promises: each mistake is named where it stands, with what to write instead."""

import pytest

from engine.catalog.rules import rule
from engine.compose.check import Problem, check
from engine.compose.wording import Wording
from tests.compose.wordings import DEBT, EMAIL, REMINDER, SMS, email, errors, problems, write


def test_a_misspelt_variable_is_named_with_its_place_and_the_likely_one():
    (problem,) = problems("Hello,\n\nyour order {{ job_titel }} is on press.")

    assert problem == Problem("error", "body", 3, 15, "unknown variable 'job_titel'; did you mean 'job_title'?")


def test_a_variable_in_single_braces_is_a_warning_with_its_place():
    (problem,) = problems("Hello,\n\ndear { customer_first_name }, hi {you}")

    assert (problem.severity, problem.line, problem.column) == ("warning", 3, 6)
    assert problem.message == "this goes out as it stands; write {{ customer_first_name }}"


def test_a_mistake_in_the_subject_is_placed_in_the_subject():
    (problem,) = problems("Hello", subject="Order {{ job_numbr }}")

    assert (problem.part, problem.line, problem.column) == ("subject", 1, 10)


def test_a_variable_of_other_rules_is_refused():
    assert errors("{{ lead_name }}") == [f"'lead_name' is not available in {rule(EMAIL).title!r}"]


def test_a_syntax_error_has_a_line_and_a_column():
    (problem,) = problems("one\ntwo {% if job_title %}\nthree")

    assert (problem.line, problem.column) == (2, 5)
    assert "endif" in problem.message


@pytest.mark.parametrize(
    "before",
    [
        "{# why we\nsay it #}\nHello",
        "Hello\n\n{%- if due_date\n-%}\n\nthere{% endif %}",
        "{% if due_date %}\n{% else %}{% if job_title %}\nHello\n{% endif %}{% endif %}",
        "Hello {{ job_title\n| upper }}",
    ],
)
def test_a_mistake_of_the_layout_is_named_with_the_line_on_which_it_stands(before):
    lines = before.count("\n") + 1

    (problem,) = problems(f"{before}\n\n[Look](/nowhere)")

    assert (problem.severity, problem.line) == ("error", lines + 2)


def test_a_comment_on_a_line_of_its_own_takes_the_line_along():
    body = "One\n{# for us #}\ntwo.\n\n  {# and\nthis #}  \n\nThree."

    assert write(body, SMS).text == write(body).text == "One\ntwo.\n\nThree."


def test_a_missing_required_link_is_refused():
    body = "Your proof is ready."

    assert errors(body, "art_approval_email") == [
        "{{ art_review_url }} is missing; without it this message has no point"
    ]


def test_a_required_link_in_a_condition_alone_does_not_count():
    assert errors("{% if art_review_url %}Look at it.{% endif %}", "art_approval_email")


def test_links_to_packages_count_as_their_numbers():
    assert errors("{{ tracking_links }}", "tracking_shipped_email") == []
    assert errors("On its way.", "tracking_shipped_email")


def test_what_only_the_line_below_the_subject_shows_is_missing_from_the_message():
    assert errors("On its way.", "tracking_shipped_email", preheader="Tracking {{ tracking_numbers }}")
    assert errors("Ready.", "art_approval_email", subject="Proof: {{ art_review_url }}")
    assert errors("Thank you.", "invoice_paid_email", subject="We received {{ amount_paid }}") == []


@pytest.mark.parametrize("comparison", ['delivery_method == "pikup"', '"pikup" != delivery_method'])
def test_a_comparison_with_a_value_that_never_occurs_is_refused(comparison):
    body = f"{{% if {comparison} %}}Come by.{{% endif %}}"

    assert errors(body) == ["'delivery_method' is never 'pikup'; did you mean 'pickup'?"]


def test_a_number_is_not_compared_with_what_is_no_number():
    assert errors("{% if job_title > 5 %}a{% endif %}")
    assert errors("{% if job_title > 'a' %}a{% endif %}")
    assert errors("{% if job_quantity > 5 %}a{% endif %}") == []


def test_a_sum_is_not_ordered_and_nothing_else_is_advised():
    assert errors("{% if amount_due > 100 %}a{% endif %}") == [
        "'amount_due' is not a number; <, <=, > and >= compare whole numbers only"
    ]
    assert errors("{% if amount_due == 100 %}a{% endif %}") == [
        "'amount_due' is not a number; compare it with text in quotes"
    ]


def test_text_is_not_compared_with_true():
    assert errors("{% if due_date == true %}a{% endif %}")


def test_a_possibly_empty_variable_is_a_warning():
    (problem,) = problems("It is due {{ due_date }}.")

    assert problem.severity == "warning"
    assert "'due_date' may be empty" in problem.message
    assert (problem.line, problem.column) == (1, 14)


@pytest.mark.parametrize(
    "body",
    [
        "{{ due_date | default('soon') }}",
        "{% if due_date %}Due {{ due_date }}.{% endif %}",
        "{% if due_date and job_title %}Due {{ due_date }}.{% endif %}",
        "{% if not due_date %}Soon.{% else %}Due {{ due_date }}.{% endif %}",
        "{% if payment_url %}[Pay {{ amount_due }}]({{ payment_url }}){% endif %}",
    ],
)
def test_a_default_or_an_if_around_it_settles_the_warning(body):
    assert problems(body) == ()


@pytest.mark.parametrize(
    "body",
    [
        "{% if due_date %}Hello{% else %}Due {{ due_date }}.{% endif %}",
        "{% if not due_date %}Due {{ due_date }}.{% endif %}",
        "{% if due_date or job_quantity %}Due {{ due_date }}.{% endif %}",
        "{% if not (due_date and job_quantity) %}Due {{ due_date }}{% endif %}",
        "{% if due_date == '' %}Due {{ due_date }}.{% endif %}",
        "{% if due_date == 'x' %}a{% else %}Due {{ due_date }}.{% endif %}",
        "{% if due_date %}a{% elif job_quantity %}Due {{ due_date }}.{% endif %}",
    ],
)
def test_the_wrong_branch_settles_no_warning(body):
    (problem,) = problems(body)

    assert "'due_date' may be empty" in problem.message


@pytest.mark.parametrize(
    "body",
    [
        "{% if not due_date %}a{% elif job_quantity %}{{ due_date }}{% else %}{{ due_date }}{% endif %}",
        "{% if not (due_date and job_quantity) %}a{% else %}{{ due_date }}{{ job_quantity }}{% endif %}",
        "{% if not due_date or not job_quantity %}a{% else %}{{ due_date }}{{ job_quantity }}{% endif %}",
        "{% if due_date != '' %}{{ due_date }}{% endif %}",
        "{% if due_date == '' %}a{% else %}{{ due_date }}{% endif %}",
        "{% if delivery_method == 'ship' %}{{ delivery_method }}{% endif %}",
        "{% if job_quantity > 5 %}{{ job_quantity }}{% endif %}",
        "{% if due_date %}{% if job_quantity %}a{% else %}{{ due_date }}{% endif %}{% endif %}",
    ],
)
def test_the_right_branch_settles_the_warning(body):
    assert problems(body) == ()


def test_words_in_place_of_a_missing_address_are_a_link_to_nowhere():
    (problem,) = problems('[Visit us]({{ shop_website | default("our website") }})')

    assert (problem.severity, problem.line, problem.column) == ("warning", 1, 15)
    assert "leads nowhere" in problem.message
    assert problems('[Visit us]({{ shop_website | default("https://ink.example.com") }})') == ()
    assert problems("[Pay]({{ payment_url | default(portal_url) }})") == ()
    assert problems('Visit {{ shop_website | default("our website") }}.') == ()


def test_an_address_stays_as_it_is_spelled():
    assert errors("[Look]({{ portal_url | upper }})") == ["'upper' would spoil the link; write {{ portal_url }}"]


def test_a_warning_about_an_address_proposes_no_words_for_it():
    (problem,) = problems("[Visit us]({{ shop_website }})")

    assert problem.message == "'shop_website' may be empty; put {% if shop_website %} around it"


def test_the_table_of_invoices_stands_alone():
    body = "[See it]({{ invoice_url }})\n\n"

    assert errors(body + "All: {{ overdue_invoices | default('') }}", REMINDER) == []
    assert errors(body + "All: {{ overdue_invoices }}", REMINDER)
    assert errors(body + "x", REMINDER, subject="{{ overdue_invoices }}")
    assert errors(body + "{% if overdue_count > 1 %}\n\n{{ overdue_invoices }}\n\n{% endif %}", REMINDER) == []
    assert errors("{{ overdue_invoices }}", DEBT) == []


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/relative",
        "evil",
        "ftp://a.example/x",
        "http:///x",
        "https://{{ job_title }}",
        "https://shop.example{{ job_title }}/",
        "{{ job_title }}",
        "{% if portal_url %}{{ portal_url }}{% endif %}",
        "http://[::1",
    ],
)
def test_a_link_leads_to_an_address_and_nowhere_else(target):
    assert errors(f"[Here]({target})")


@pytest.mark.parametrize(
    "target",
    [
        "{{ portal_url }}",
        "https://shop.example/a?b=c",
        "https://shop.example/{{ job_number }}",
        "mailto:{{ shop_email | default('a@example.com') }}",
        "tel:+12125550100",
        "{{ invoice_url | default('https://shop.example/') }}",
    ],
)
def test_ordinary_links_are_fine(target):
    assert errors(f"[Here]({target})") == []


@pytest.mark.parametrize(
    "body",
    [
        "{% if due_date %}\n\nDue soon.{% endif %}",
        "Due {% if due_date %}soon.\n\nMore.{% endif %}",
        "**bold {% if due_date %}soon** more{% endif %}",
        "[a {% if due_date %}b](https://a.example/){% endif %}",
        "- one {% if due_date %}\n- two{% endif %}",
        "{% if due_date %}\n\nBy {{ due_date }}.{% else %}\n\nSoon.\n\n{% endif %}",
        "{% if due_date %}\n\nSoon.{% endif %} {% if job_title %}More.\n\n{% endif %}",
    ],
)
def test_a_choice_closes_where_it_opened(body):
    assert errors(body)


@pytest.mark.parametrize(
    ("part", "text"),
    [("subject", "s" * 201), ("body", "b" * 20_001), ("subject", "a\nSubject: b"), ("subject", "  "), ("body", " \n ")],
)
def test_a_part_that_is_too_long_or_empty_or_not_one_line_is_refused(part, text):
    parts = {"subject": "s", "preheader": "", "body": "b", part: text}

    assert any(problem.part == part for problem in check(rule(EMAIL), Wording(**parts)))


def test_the_longest_parts_that_fit_are_fine():
    assert check(rule(EMAIL), Wording("s" * 200, "", "b" * 20_000)) == ()


def test_a_text_message_has_no_subject():
    assert check(rule(SMS), Wording("Hello", "", "{{ job_title }}"))[0].part == "subject"


@pytest.mark.parametrize("nothing", ["{# for us #}", "{% if due_date %} {% endif %}"])
def test_a_message_that_can_only_be_empty_is_refused(nothing):
    assert errors(nothing) == ["the body is empty; write what the recipient should read"]
    assert errors("Hello", subject=nothing) == ["the subject is empty; begin with a line `Subject: …`"]


@pytest.mark.parametrize("label", ["", " ", "{% if due_date %}{% endif %}"])
def test_a_link_has_words_to_press(label):
    (message,) = errors(f"Ready.\n\n[{label}]({{{{ portal_url }}}})")

    assert "no words" in message


def test_half_a_character_is_refused():
    assert errors("Hello \ud83d")


def test_a_text_message_without_a_subject_is_fine():
    assert errors("{{ job_title }}: {{ job_status }}", SMS) == []


def test_several_mistakes_are_named_together_in_reading_order():
    found = problems("{{ b_x }}\n{{ due_date }}\n{{ a_x }}", subject="{{ c_x }}")

    assert [(problem.severity, problem.part, problem.line) for problem in found] == [
        ("error", "subject", 1),
        ("error", "body", 1),
        ("error", "body", 3),
        ("warning", "body", 2),
    ]


def test_checking_the_same_wording_twice_says_the_same():
    wording = email("{{ nope }} {% if x %}")

    assert check(rule(EMAIL), wording) == check(rule(EMAIL), wording)
