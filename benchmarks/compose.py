"""From values to the bytes of an email: dear once per wording, cheap for each recipient."""

from __future__ import annotations

from itertools import count

import jinja2

from benchmarks.table import Row, Rows
from benchmarks.timing import beside, seconds
from engine.catalog.rules import rule
from engine.compose import render, values, wording
from engine.deliver import mime
from tests.desk import NOW

LETTER = "invoice_overdue_email"
ROUNDS = 1500
URL = "https://orders.example.com"


def rows(rounds: int = ROUNDS) -> Rows:
    letter, words = rule(LETTER), wording.default(LETTER)
    sample = values.sample(letter)
    compiled = render.compiled(letter, words)
    # The same words in Jinja's own hands, with its escaping and nothing else of ours.
    bare = jinja2.Environment(autoescape=True).from_string(words.body)
    sender, to = mime.Mailbox("Bay Street Print", "hello@example.com"), mime.Mailbox("Maya Ortiz", "c1@example.com")
    numbers = count()

    def whole() -> bytes:
        # No customer's links are another's, so that nothing of one letter is at hand for the next.
        n = next(numbers)
        own = sample | {"invoice_url": f"{URL}/invoice/{n}", "payment_url": f"{URL}/pay/{n}"}
        content = compiled.render(own)
        return mime.build(
            sender=sender, to=to, subject=content.subject, text=content.text, html=content.html,
            message_id="<bench@example.com>", now=NOW,
        )  # fmt: skip

    figure, yardstick = beside(whole, lambda: bare.render(sample), rounds)
    yield Row(
        "compose one email: HTML, text and MIME", figure, yardstick, "a bare Jinja2 render of its body", "s", at_most=5
    )
    once = seconds(lambda: (render._compiled.cache_clear(), render.compiled(letter, words)), 20)
    yield Row("compile a wording, once per version", once, figure, "composing one email with it", "s")
