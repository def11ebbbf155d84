"""The template language promises: it can show and choose, and nothing a wording says can do anything else."""

import time

import pytest
from jinja2 import nodes

from engine.catalog.rules import rule
from engine.compose import render
from engine.compose.tags import MAX_NESTING, Tag, read
from engine.compose.wording import Wording
from engine.errors import WordingRefused
from tests.compose.wordings import EMAIL, email, errors, write

# Families of published template injections, and each construct that is not on the list.
FORBIDDEN = [
    "{{ ''.__class__ }}",
    "{{ job_title.__class__.__mro__[1].__subclasses__() }}",
    "{{ job_title['__class__'] }}",
    "{{ job_title|attr('__class__') }}",
    "{{ config.items() }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'] }}",
    "{{ url_for.__globals__ }}",
    "{{ get_flashed_messages() }}",
    "{{ request|attr(['_'*2,'class','_'*2]|join) }}",
    "{{ range(10000000) }}",
    "{{ dict(a=1) }}",
    "{{ job_title.format(job_title) }}",
    "{{ '%c'|format(65) }}",
    "{{ job_title|map('upper')|list }}",
    "{{ job_title|safe }}",
    "{{ job_title|replace('a', 'b') }}",
    "{{ job_title ~ job_number }}",
    "{{ 1 + 1 }}",
    "{{ -1 }}",
    "{{ 'a' * 1000000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ [1, 2] }}",
    "{{ (1, 2) }}",
    "{{ {'a': 1} }}",
    "{{ job_title[0] }}",
    "{{ job_title[0:2] }}",
    "{{ job_title if job_number else job_status }}",
    "{{ job_title is defined }}",
    "{{ 'a' in job_title }}",
    "{{ 1.5 }}",
    "{{ 1e999 }}",
    "{{ job_title|upper(1) }}",
    "{{ job_title|truncate(999999999) }}",
    "{{ job_title|truncate('9') }}",
    "{{ job_title|truncate(*job_number) }}",
    "{{ job_title|default(job_title|upper) }}",
    "{{ job_title|truncate(job_number) }}",
    "{% for x in job_title %}{{ x }}{% endfor %}",
    "{% set x = 1 %}",
    "{% set x %}{{ job_title }}{% endset %}",
    "{% import 'os' as os %}",
    "{% from 'a' import b %}",
    "{% include '/etc/passwd' %}",
    "{% extends 'a' %}",
    "{% macro a() %}{% endmacro %}",
    "{% call a() %}{% endcall %}",
    "{% filter upper %}a{% endfilter %}",
    "{% block a %}{% endblock %}",
    "{% with a = 1 %}{% endwith %}",
    "{% raw %}{{ x }}{% endraw %}",
    "{% autoescape false %}{{ job_title }}{% endautoescape %}",
    "{% do job_title %}",
    "{% debug %}",
    "{% if job_title().x %}a{% endif %}",
    "{% if job_title.x == 'a' %}a{% endif %}",
]

MALFORMED = [
    "{{ }}",
    "{{ job_title",
    "{{ job_title }",
    "{{ job_title }} {{ 'it' s }}",
    "{{ job title }}",
    "{{ job_title | }}",
    "{{ |upper }}",
    "{{ job_title }}}} {{",
    "{% if %}a{% endif %}",
    "{% if job_title %}a",
    "{% if job_title %}a{% else %}b{% else %}c{% endif %}",
    "{% if job_title %}a{% else %}b{% elif job_number %}c{% endif %}",
    "a{% endif %}",
    "a{% else %}b",
    "{% if job_title %}a{% endif job_title %}",
    "{% if job_title == %}a{% endif %}",
    "{% if (job_title %}a{% endif %}",
    "{% %}",
    "{% if job_title %}a{% endif %",
    "{# never closed",
    "{{ job_title }}{{ \x00 }}",
]


@pytest.mark.parametrize("body", FORBIDDEN)
def test_what_is_not_on_the_list_is_refused(body):
    assert errors(body)


@pytest.mark.parametrize("body", FORBIDDEN)
def test_what_is_not_on_the_list_is_refused_at_send_time_too(body):
    with pytest.raises(WordingRefused):
        render.compiled(rule(EMAIL), email(body))


@pytest.mark.parametrize("body", [body for body in FORBIDDEN if len(body) < 90])
def test_a_subject_is_held_to_the_same_list(body):
    assert errors("Hello", subject=body)


@pytest.mark.parametrize("body", MALFORMED)
def test_a_malformed_tag_is_refused_with_a_place_and_never_an_exception(body):
    assert errors(body)


BOMBS = {
    "parentheses": "{{ " + "(" * 9_000 + "1" + ")" * 9_000 + " }}",
    "parentheses that fit a tag": "{{ " + "(" * 220 + "1" + ")" * 220 + " }}",
    "negations": "{{ " + "not " * 110 + "job_title }}",
    "alternatives": "{{ " + " or ".join(["job_title"] * 30) + " }}",
    "digits": "{{ " + "9" * 450 + " }}",
    "opened tags": "{{" * 9_000,
    "opened quotes": "{{'" * 6_000,
    "many tags": "{{ job_title }}" * 1_300,
    "nested ifs": "{% if job_title %}" * 400 + "{% endif %}" * 400,
    "a long body": "x" * 2_000_000,
    "brackets": "[" * 19_000,
    "crossing marks": "*[_" * 6_000,
}
HEAVY_BUT_FINE = {
    "quotations": "> " * 9_000,
    "lists": "- " * 9_000,
    "headings": "#" * 19_000,
    "backslashes": "\\" * 19_000,
    "entities": "&amp;" * 3_800,
    "half a thousand tags": "{{ job_title }} " * 500,
    "a ladder of elif": "{% if job_title %}a" + "{% elif job_number %}b" * 300 + "{% endif %}",
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_quickly(body):
    began = time.perf_counter()

    refused = errors(body)

    assert refused
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("body", HEAVY_BUT_FINE.values(), ids=HEAVY_BUT_FINE)
def test_odd_but_harmless_bodies_compile_quickly(body):
    began = time.perf_counter()

    write("Hello. " + body)

    assert time.perf_counter() - began < 5


def test_ifs_may_nest_as_deep_as_the_limit_and_no_deeper():
    def nested(depth: int) -> str:
        return "{% if job_title %}" * depth + "deep" + "{% endif %}" * depth

    assert "deep" in write(nested(MAX_NESTING)).text
    assert errors(nested(MAX_NESTING + 1))


@pytest.mark.parametrize("name", ["range", "lipsum", "cycler", "namespace", "dict", "self", "loop", "caller", "super"])
def test_a_name_of_jinja_itself_is_only_an_unknown_variable(name):
    (message,) = errors(f"{{{{ {name} }}}}")

    assert message.startswith(f"unknown variable {name!r}")


def test_an_entity_that_spells_a_tag_stays_text():
    composed = write("&#123;&#123; 7 * 7 &#125;&#125; and &#123;% if x %&#125;")

    assert "{{ 7 * 7 }} and {% if x %}" in composed.text
    assert "49" not in composed.html
    assert "{{ 7 * 7 }}" in composed.html


def test_the_list_is_walked_on_the_tree_that_is_compiled():
    pieces, faults = read("{{ job_title | default('x') | upper }}")

    (tag,) = pieces
    assert not faults
    assert isinstance(tag, Tag)
    assert isinstance(tag.expression, nodes.Filter)
    assert tag.names == ("job_title",)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("{{ job_title | upper }}", "SPRING 10K SHIRTS"),
        ("{{ job_title | lower }}", "spring 10k shirts"),
        ("{{ job_title | title }}", "Spring 10k Shirts"),
        ("{{ ' a ' | trim }}.", "a."),
        ("{{ job_title | truncate(10) }}", "Spring…"),
        ("{{ job_title | truncate(length=10, killwords=true, end='.') }}", "Spring 10."),
        ("{{ due_date | default('soon') }}", "soon"),
        ("{{ due_date | default(job_number) }}", "1042"),
        ("{% if job_quantity > 100 %}many{% else %}few{% endif %}", "many"),
        ("{% if job_quantity == 1200 %}exactly{% endif %}", "exactly"),
        ("{% if job_number == '1042' and not due_date %}yes{% endif %}", "yes"),
        ("{% if due_date or job_title %}yes{% endif %}", "yes"),
        ("{% if due_date %}a{% elif job_title %}b{% else %}c{% endif %}", "b"),
        ("a   {{- job_number -}}   b", "a1042b"),
        ("a{# a note to colleagues #}b", "ab"),
        ("{{ '}}' }}", "}}"),
        ('{{ "it\'s" }}', "it's"),
    ],
)
def test_what_is_on_the_list_works(body, text):
    assert write(body, due_date="", job_quantity="1,200").text == text


def test_compiling_happens_once_for_each_wording():
    first = render.compiled(rule(EMAIL), Wording("Order {{ job_number }}", "", "Compiled once."))
    second = render.compiled(rule(EMAIL), Wording("Order {{ job_number }}", "", "Compiled once."))

    assert first is second


@pytest.mark.parametrize("blank", ["\t", "\n", "\r\n", "  "])
def test_any_blank_may_follow_the_word_of_a_tag(blank):
    body = f"{{%{blank}if{blank}due_date{blank}%}}a{{%{blank}else{blank}%}}b{{%{blank}endif{blank}%}}"

    assert errors(body) == []
    assert write(body, due_date="").text == "b"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{% if delivery_method == “pickup” %}a{% endif %}", 'a tag takes straight quotes only; write " instead of “'),
        ("{% if delivery_method == ‘ship’ %}a{% endif %}", 'a tag takes straight quotes only; write " instead of ‘'),
        ("{{ job_title\u200b }}", "there is an invisible character in this tag; type the tag again"),
        ("{% if\u00a0due_date %}a{% endif %}", "there is an invisible character in this tag; type the tag again"),
        ('{% if delivery_method = "ship" %}a{% endif %}', "unexpected '='; compare with =="),
        ("{% if due_date %}a{% else if job_title %}b{% endif %}", "another condition is written {% elif … %}"),
        ("{{ due_date }, {{ job_title }}", "this tag is not closed; write }} after due_date"),
        ("{% if due_date }}a{% endif %}", "this tag is not closed; write %} after due_date"),
        ("{{{ due_date }}}", "there is a brace too many; write {{ due_date }}"),
        ("{{ due date }}", "a name is one word; write due_date"),
        ("{{ if due_date }}", "a condition is written {% if … %}"),
        ("{% due_date %}", "{% due_date %} is not allowed; a variable is written {{ due_date }}"),
        ("{% if due_date %}a{% end if %}", "{% end %} is not allowed; write {% endif %} in one word"),
    ],
)
def test_a_mistake_that_people_make_is_answered_with_what_to_write(body, says):
    assert errors(body) == [says]
