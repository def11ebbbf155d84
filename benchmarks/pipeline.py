"""The whole way: rows updated, decided, composed, handed over, settled."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from benchmarks import ground, mail, peers
from benchmarks.table import Row, Rows
from engine.catalog.rules import rule
from engine.compose import render, values, wording
from engine.deliver import mime
from tests.desk import NOW
from tests.shop import Connection

MESSAGES = 1500
TURNS = 2
SENDERS = 4  # as the sidecar has unless it is told otherwise


def rows(messages: int = MESSAGES, turns: int = TURNS) -> Rows:
    if lacking := mail.lacking("whole pipeline"):
        yield lacking
        return
    data = ready_made()
    ours, source, loop = [], [], []
    with mail.sink() as port:
        for _ in range(turns):
            source.append(mail.by_source(port, messages * 3, len(data)))
            loop.append(mail.by_smtplib(port, messages, data))
            ours.append(whole_way(port, messages))
        figure = statistics.median(ours)
        what = f"whole pipeline, one sidecar, {SENDERS} senders"
        yield Row(what, figure, statistics.median(source), "smtp-source, one session", "a second", at_least=0.5)
        yield peers.post_office(what, figure, port, messages)
        yield Row(what, figure, statistics.median(loop), "a bare smtplib loop", "a second", at_least=0.8)


def whole_way(port: int, messages: int, senders: int = SENDERS) -> float:
    """Messages a second from the commit of the change to the last one settled."""
    with ground.shop() as connection:
        ground.fill(connection, messages)
        with ground.sidecar(senders=senders, SMTP_URL=f"smtp://127.0.0.1:{port}"):
            warm_up(connection)
            connection.execute("UPDATE job SET status = 'in_production' WHERE status = 'art_approved'")
            began = time.perf_counter()
            until_sent(connection, messages)
            return (messages - 1) / (time.perf_counter() - began)


def warm_up(connection: Connection) -> None:
    """One message of each sender's, so that connections stand and templates are compiled."""
    connection.execute("UPDATE job SET status = 'in_production' WHERE id = (SELECT min(id) FROM job)")
    until_sent(connection, 1)


def until_sent(connection: Connection, messages: int, seconds: float = 300) -> None:
    """Counts only once nothing waits: counting every row at each look would be a load of its own."""
    until(lambda: not waits(connection) and sent(connection) >= messages, f"{messages} messages", seconds)


def until(holds: Callable[[], bool], what: str, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} took longer than {seconds:.0f} s")
        time.sleep(0.05)


def waits(connection: Connection) -> bool:
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM event WHERE handled_at IS NULL)"
        " OR EXISTS (SELECT FROM message WHERE status IN ('queued', 'sending')) AS any"
    ).fetchone()
    assert row
    return bool(row["any"])


def sent(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) AS n FROM message WHERE status = 'sent'").fetchone()
    assert row
    return int(row["n"])


def ready_made() -> bytes:
    """An email as the rule in question makes it."""
    one = rule(ground.RULE)
    content = render.compiled(one, wording.default(one.key)).render(values.sample(one))
    box = mime.Mailbox("Bay Street Print", "hello@example.com")
    to = mime.Mailbox("Maya Ortiz", "c1@example.com")
    return mime.build(
        sender=box, to=to, subject=content.subject, text=content.text, html=content.html,
        message_id="<bench@example.com>", now=NOW,
    )  # fmt: skip
