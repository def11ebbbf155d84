"""Wordings as an attack: whatever a template says is refused where it stands, and harmless if it got in."""

from __future__ import annotations

import itertools
import time
import tracemalloc

import pytest

from engine import access
from engine.catalog.rules import rule
from engine.compose import render, wording
from engine.compose.check import check
from engine.compose.wording import Wording
from engine.errors import WordingRefused
from engine.store import database
from sidecar import passes
from tests import desk, shop
from tests.compose.wordings import EMAIL
from tests.desk import NOW, promised

OTHER = "job_complete_email"
PRODUCT = "62710561"  # 7919 * 7919, which nothing may work out
LEAD = "Hello,\n\nyour order "

# Ways from a value to its class, its module or its neighbours, each written in several hands.
STARTS = ("''", '""', "job_title", "()", "[]", "{}", "1", "true", "none", "self", "loop", "namespace()", "cycler")
HIDDEN = ("__class__", "__globals__", "__init__", "__subclasses__", "__mro__", "_TemplateReference__context")
STEPS = (
    "{start}.{name}",
    "{start}['{name}']",
    '{start}["{name}"]',
    "{start}|attr('{name}')",
    "({start}).{name}",
    "{start}.{name}()",
    "{start}['{halves}']",
    "{start}|attr('{escaped}')",
    "{start}|attr('{name}')|attr('{name}')",
)
GLOBALS = (
    "request", "config", "cycler", "joiner", "lipsum", "namespace", "range", "dict", "self", "url_for", "g",
    "session", "get_flashed_messages", "current_app", "settings", "context", "caller", "varargs", "kwargs", "super",
    "gettext", "_",
)  # fmt: skip
USES = (
    "{{{{ {name} }}}}",
    "{{{{ {name}() }}}}",
    "{{{{ {name}.x }}}}",
    "{{{{ {name}|upper }}}}",
    "{{% if {name} %}}a{{% endif %}}",
)
STATEMENTS = (
    "for x in job_title", "for x in range(9)", "endfor", "set x = 7919*7919", "set x", "import 'os' as os",
    "from 'os' import popen", "include 'x'", "include job_title", "extends 'x'", "extends job_title", "macro a()",
    "call job_title()", "filter upper", "block a", "with x = 1", "autoescape false", "raw", "verbatim",
    "do job_title.x", "trans", "trans a=7919*7919", "pluralize", "blocktrans", "debug", "load os", "continue",
    "break", "print 7919*7919", "if job_title is defined", "if job_title in 'a'", "if job_title.x", "if job_title()",
    "if 7919*7919", "elif job_title", "if job_title recursive", "if namespace(x=1)", "IF job_title", "ｉf job_title",
    "if\u00a0job_title",
)  # fmt: skip
FILTERS = (
    "map('upper')", "map(attribute='__class__')", "select('odd')", "selectattr('a')", "reject('x')", "xmlattr",
    "format(1)", "attr('x')", "safe", "e", "escape", "tojson", "list", "join", "first", "last", "groupby('a')", "sum",
    "sort", "replace('a','b')", "string", "int", "float", "pprint", "urlize", "batch(9)", "slice(9)", "dictsort",
    "items", "forceescape", "center(999999999)", "indent(999999999)", "wordwrap(1)", "random", "reverse", "unique",
    "striptags", "filesizeformat", "default(7919*7919)", "default(''.x)", "default(job_title.x)", "truncate(9**9)",
    "truncate(10**9)", "upper(**{})", "title(*[1])",
)  # fmt: skip
EXPRESSIONS = (
    "7919*7919", "7919 * 7919|int", "'7919' ~ 7919", "'a' * 1000000000", "'a'*10**9", "9**9**9**9", "2 ** 99999999",
    "10**10**10", "-1", "+1", "1/0", "1//0", "1%0", "'%s' % job_title", "'%999999999d' % 1",
    "'{0.__class__}'.format(1)", "job_title[0]", "job_title[::-1]", "job_title[0:9]", "(1, 2)", "[1, 2]", "{'a': 1}",
    "a if b else c", "job_title if job_title", "job_title is callable", "job_title is sameas(1)", "not (job_title.x)",
    "'a' in 'b'", "lambda x: x", "x := 1", "await job_title", "`id`", "${7919*7919}", "#{7919*7919}", "1_0.0",
    "0x10.0", "1e400", "1j", "...", "job_title;job_title", "job_title,", "\uff3f\uff3fclass\uff3f\uff3f",
    "job_title.\uff3f\uff3fclass\uff3f\uff3f", "\u2135", "ｊob_title", "job\u200b_title", "job_title\\",
    "'\\x5f\\x5fclass\\x5f\\x5f'|attr(1)", "'unclosed", '"', "}}{{", "{{ 7919*7919 }}",
)  # fmt: skip


def _walks() -> list[str]:
    """Every start with one way, every way with one start, and so on round: enough to meet each pair of neighbours."""
    made = []
    for at, (start, step) in enumerate(itertools.product(STARTS, STEPS)):
        name = HIDDEN[at % len(HIDDEN)]
        halves = f"{name[:4]}'~'{name[4:]}"
        escaped = "".join(f"\\x{ord(mark):02x}" for mark in name)
        made.append("{{ " + step.format(start=start, name=name, halves=halves, escaped=escaped) + " }}")
    return made


FAMILIES = {
    "attribute walks": _walks(),
    "names of the engine and of frameworks": [use.format(name=name) for name in GLOBALS for use in USES],
    "statements": [f"{{% {statement} %}}" for statement in STATEMENTS]
    + [f"{{%- {statement} -%}}x{{% end{statement.split()[0]} %}}" for statement in STATEMENTS],
    "filters": [f"{{{{ job_title|{use} }}}}" for use in FILTERS]
    + [f"{{% if job_title|{use} %}}a{{% endif %}}" for use in FILTERS],
    "expressions": [f"{{{{ {expression} }}}}" for expression in EXPRESSIONS]
    + [f"{{% if {expression} %}}a{{% endif %}}" for expression in EXPRESSIONS],
}
BOMBS = {
    "a folded repetition": "{{ 'a' * 1000000000 }}",
    "a folded power": "{{ 9 ** 9 ** 9 ** 9 }}",
    "a compared power": "{% if 9 ** 9 ** 9 == 1 %}a{% endif %}",
    "a format of a billion": "{{ '%1000000000d' % 1 }}",
    "a padding of a billion": "{{ job_title|truncate(1000000000, true, 'a' * 1000000000) }}",
    "nested loops": "{% for a in range(9999) %}" * 9 + "x" + "{% endfor %}" * 9,
    "a range": "{{ range(10**12)|list }}",
    "ten thousand ifs": "{% if job_title %}" * 10_000,
    "ten thousand ifs that close": "{% if job_title %}a{% endif %}" * 10_000,
    "deep brackets": "{{ " + "(" * 200_000 + ")" * 200_000 + " }}",
    "deep lists": "{{ " + "[" * 240 + "]" * 240 + " }}",
    "a long sum": "{{ " + "+".join(["1"] * 200_000) + " }}",
    "a long chain": "{{ job_title" + "|upper" * 80 + "|x }}",
    "a long name": "{{ " + "a" * 1_000_000 + " }}",
    "a megabyte of text": "x" * 1_000_000,
    "a megabyte of tags": "{{ job_title }}" * 70_000,
    "a megabyte of braces": "{" * 1_000_000,
    "a megabyte of quotes": "{{ '" * 250_000,
    "a megabyte of comments": "{#" * 500_000,
    "a megabyte of marks": "*_[(`~>#-" * 110_000,
    "a number of many digits": "{{ " + "9" * 100_000 + " }}",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_payload_of_a_family_is_refused_where_it_stands(family: str) -> None:
    places = {"line": LEAD.count("\n") + 1, "column": len(LEAD.split("\n")[-1]) + 1}
    passed, misplaced = [], []
    for payload in FAMILIES[family]:
        found = [one for one in check(rule(EMAIL), Wording("Order", "", LEAD + payload)) if one.severity == "error"]
        if not found:
            passed.append(payload)
        elif (found[0].line, found[0].part) != (places["line"], "body") or found[0].column < places["column"]:
            misplaced.append((payload, found[0]))

    assert passed == []
    assert misplaced == []


@pytest.mark.parametrize("family", FAMILIES)
def test_no_payload_of_a_family_is_compiled_or_saved(connection: shop.Connection, family: str) -> None:
    for part, payload in itertools.product(("subject", "preheader", "body"), FAMILIES[family]):
        parts = {"subject": "Order", "preheader": "", "body": "Hello."} | {part: payload}
        with pytest.raises(WordingRefused):
            render.compiled(rule(EMAIL), Wording(**parts))
    with database.transaction() as own, pytest.raises(WordingRefused):
        wording.save(own, EMAIL, Wording("Order", "", FAMILIES[family][0]), access.LOCAL)

    assert connection.execute("SELECT FROM wording_version").fetchall() == []


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_in_a_moment_and_in_little_memory(bomb: str) -> None:
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(WordingRefused):
        render.compiled(rule(EMAIL), Wording("Order", "", BOMBS[bomb]))
    took, (_, most) = time.perf_counter() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert took < promised(2)
    assert most < 50_000_000


@pytest.fixture
def slipped_in(connection: shop.Connection):
    """A wording that somebody wrote straight into the database, in force."""
    desk.open_shop(connection, surge_limit=0)
    desk.only(connection, EMAIL, OTHER)
    row = shop.insert(connection, "wording_version", rule_key=EMAIL, version=1, subject="S", body="b", default_hash="x")
    connection.execute("UPDATE rule_setting SET active_version_id = %s WHERE rule_key = %s", [row["id"], EMAIL])

    def put(subject: str, body: str) -> None:
        connection.execute("UPDATE wording_version SET subject = %s, body = %s", [subject, body])

    return put


def test_one_that_was_written_into_the_database_holds_its_message_in_a_moment_and_stops_nothing_else(
    connection: shop.Connection, slipped_in
) -> None:
    payloads = [payload.replace("\0", "") for family in FAMILIES.values() for payload in family[::17]]
    for at, payload in enumerate([*payloads, *BOMBS.values()]):
        slipped_in(*(("Order", payload) if at % 3 else (payload, "Hello.")))
        shop.move_job(connection, shop.make_job(connection), "in_production")
        began = time.perf_counter()

        passes.once(NOW)

        assert time.perf_counter() - began < promised(5)
    shop.move_job(connection, shop.make_job(connection), "completed_order")
    passes.once(NOW)
    assert set(desk.fates(connection, EMAIL)) == {("held", "wording_broken")}
    assert desk.fates(connection, OTHER) == [("sent", None)]
    assert all(row["body_text"] is None for row in desk.messages(connection, rule_key=EMAIL))
    assert PRODUCT not in str(desk.messages(connection))


def test_a_letter_that_data_blows_up_is_held_and_says_how_long_it_would_be(connection: shop.Connection) -> None:
    desk.open_shop(connection)
    desk.only(connection, EMAIL)
    with database.transaction() as own:
        wording.save(own, EMAIL, Wording("Order", "", "{{ job_title }} " * 400), access.LOCAL)
    job = shop.make_job(connection, title="x" * 100_000)
    shop.move_job(connection, job, "in_production")

    passes.once(NOW)

    message = desk.message(connection, EMAIL)
    assert (message["status"], message["reason"]) == ("held", "wording_broken")
    assert "at most" in message["detail"]
