"""Against a provider that takes its time: the senders' waits have to overlap."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack

from benchmarks import ground, mail, pipeline
from benchmarks.table import Row, Rows

SECONDS = 0.05
EACH = 100
"""Messages for each sender."""


def rows(senders: Sequence[int] = (4, 16), each: int = EACH) -> Rows:
    alone = 0.0
    for count in senders:
        figure, _ = handed_over([count], count * each)
        alone = alone or figure
        what = f"slow provider, {SECONDS * 1000:.0f} ms a hand-off, {count} senders"
        yield Row(what, figure, count / SECONDS, "every sender busy all the time", "a second", at_least=0.9)
    count = senders[0]
    figure, repeats = handed_over([count, count], 2 * count * each)
    said = f"one of them; {repeats} repeats"
    yield Row(f"two sidecars, {count} senders each, slow provider", figure, alone, said, "a second", at_least=1.9)


def handed_over(senders: Sequence[int], messages: int) -> tuple[float, int]:
    """Messages a second of so many sidecars, and how many emails arrived twice."""
    with ground.shop() as connection, mail.server(SECONDS) as sink:
        ground.fill(connection, messages)
        with ExitStack() as running:
            for count in senders:
                running.enter_context(ground.sidecar(senders=count, SMTP_URL=f"smtp://127.0.0.1:{sink.port}"))
            pipeline.warm_up(connection)
            connection.execute("UPDATE job SET status = 'in_production' WHERE status = 'art_approved'")
            until_one_more(connection)
            began, before = time.perf_counter(), pipeline.sent(connection)
            pipeline.until_sent(connection, messages)
            rate = (messages - before) / (time.perf_counter() - began)
        return rate, sink.repeats()


def until_one_more(connection: ground.Connection) -> None:
    """The decider has begun and the first hand-offs are under way."""
    before = pipeline.sent(connection)
    pipeline.until(lambda: pipeline.sent(connection) > before, "the first message")
