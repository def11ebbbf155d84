"""From a wording to a finished message: dear once per version, cheap for each recipient."""

from collections.abc import Iterator

from benchmarks.timing import seconds
from engine.catalog.rules import rule
from engine.compose import check, render, values, wording

LETTER = "invoice_overdue_email"


def run() -> Iterator[tuple[str, float]]:
    letter, words = rule(LETTER), wording.default(LETTER)
    sample = values.sample(letter)
    compiled = render.compiled(letter, words)

    yield "check a wording", seconds(lambda: check.check(letter, words), 50)
    yield "compile a wording", seconds(lambda: (render._compiled.cache_clear(), render.compiled(letter, words)), 20)
    yield "render one email", seconds(lambda: compiled.render(sample), 500)
