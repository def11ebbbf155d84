"""Why, and why not: every rule that could speak about a job or an invoice, with its verdict."""

from __future__ import annotations

import streamlit as st

from engine.decide import explain
from engine.decide.explain import Verdict
from engine.records import Record
from engine.store import database, standing
from engine.store.standing import Standing
from pages import ui
from pages.cards import in_labels

ANSWERS = {
    "sent": ("Sent", "green", ":material/check:"),
    "waits": ("Waits", "blue", ":material/hourglass_empty:"),
    "stopped": ("Not sent", "orange", ":material/block:"),
    "did not fire": ("Did not fire", "gray", ":material/remove:"),
    "off": ("Off", "gray", ":material/toggle_off:"),
}


def verdicts(record: Record, now: Standing) -> None:
    explained = explain.job if record.kind == "job" else explain.invoice
    with database.transaction() as connection:
        found = explained(connection, record.id, now.now)
        labels = standing.status_labels(connection)
    for verdict in sorted(found, key=lambda verdict: list(ANSWERS).index(verdict.answer)):
        _verdict(verdict, labels)


def _verdict(verdict: Verdict, labels: dict[str, str]) -> None:
    words, color, icon = ANSWERS[verdict.answer]
    with st.container(border=True, gap=None):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(width="content"):
                ui.rule_link(verdict.rule)
            st.badge(words, color=color, icon=icon)  # type: ignore[arg-type]
            if verdict.message_id:
                ui.link("message", "The message", ":material/arrow_outward:", message=str(verdict.message_id))
        st.caption(ui.plain(in_labels(verdict.sentence, labels)))
