"""A job's proofs: sending one, and entering what the customer said by phone or at the counter."""

from __future__ import annotations

import streamlit as st

from engine import artworks
from engine.artworks import Proof
from engine.compose.rich import web_url
from engine.job_entry import Job
from engine.jobs import Quiet
from engine.store import database
from engine.store.standing import Standing
from pages import telling, times, ui
from pages.acts import act, at_press

COLORS = {"sent": "blue", "approved": "green", "declined": "orange"}
WORDS = {"sent": "Waits for the customer", "approved": "Approved", "declined": "Changes asked for"}


def draw(job: Job, now: Standing) -> None:
    who = ui.require_user()
    with database.transaction() as connection:
        proofs = artworks.of_job(connection, job.id)
    for place, proof in enumerate(proofs):
        version(job, proof, now, newest=place == 0)
    if not proofs:
        st.caption("No proof yet.")
    next_version = proofs[0].version + 1 if proofs else 1
    with st.container(border=True):
        url = st.text_input(
            f"Version {next_version}: web address of the picture",
            key=f"proof_{job.id}",
            placeholder="https://files.example.com/proof.png",
        )
        quiet = st.checkbox("Don’t notify the customer", key=f"proof_quiet_{job.id}")
        telling.before(
            lambda c: artworks.send(c, job.id, image_url=url or "", actor=who.actor, now=now.now),
            who, now, quiet=quiet, shown=bool(url),
        )  # fmt: skip
        st.button(
            f"Send version {next_version}",
            key=f"send_proof_{job.id}",
            type="primary",
            icon=":material/send:",
            on_click=send,
            args=[job, next_version],
        )


def version(job: Job, proof: Proof, now: Standing, *, newest: bool) -> None:
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**Version {proof.version}**", width="content")
            st.badge(WORDS[proof.status], color=COLORS[proof.status])  # type: ignore[arg-type]
            st.caption(f"Sent {times.said(proof.sent_at, now.now, now.zone)}", width="content")
        if proof.decided_at:
            by = f" by {ui.plain(proof.decided_by)}" if proof.decided_by else ""
            how = ", entered by staff" if proof.decided_via == "staff" else ""
            st.caption(f"{WORDS[proof.status]} {times.said(proof.decided_at, now.now, now.zone)}{by}{how}")
        if proof.decline_reason or proof.decided_note:
            st.text(proof.decline_reason or proof.decided_note)
        if picture := web_url(proof.image_url or ""):
            st.link_button("Open the picture", picture, icon=":material/image:", type="tertiary")
        elif proof.image_url:
            st.caption(f"The picture’s address is no web address: {ui.plain(proof.image_url)}")
        if newest and proof.status == "sent":
            decision(job, proof)


def decision(job: Job, proof: Proof) -> None:
    with st.expander("The customer decided by phone or at the counter", type="compact"):
        st.text_input("Who decided", job.contact_name or job.customer, key=f"by_{proof.id}")
        st.text_area("What they said (needed to decline)", key=f"reason_{proof.id}", height=90)
        st.checkbox("Don’t notify the customer", key=f"decide_quiet_{proof.id}")
        with st.container(horizontal=True):
            st.button(
                "Approved",
                key=f"approve_{proof.id}",
                icon=":material/check:",
                on_click=decide,
                args=[job, proof, "approved"],
            )
            st.button(
                "Declined",
                key=f"decline_{proof.id}",
                icon=":material/undo:",
                on_click=decide,
                args=[job, proof, "declined"],
            )


def decide(job: Job, proof: Proof, status: str) -> None:
    by, words = at_press(f"by_{proof.id}", "") or "", at_press(f"reason_{proof.id}", "") or ""
    whom: Quiet | None = "customers" if at_press(f"decide_quiet_{proof.id}", False) else None
    if status == "approved":
        act(
            lambda c, actor, now: artworks.approve(
                c, job.id, proof.version, by=by, note=words, actor=actor, now=now, quiet=whom
            ),
            f"Version {proof.version} is approved",
        )
    else:
        act(
            lambda c, actor, now: artworks.decline(
                c, job.id, proof.version, by=by, reason=words, actor=actor, now=now, quiet=whom
            ),
            f"Version {proof.version} is declined",
        )


def send(job: Job, version: int) -> None:
    url = at_press(f"proof_{job.id}", "") or ""
    whom: Quiet | None = "customers" if at_press(f"proof_quiet_{job.id}", False) else None
    sent = act(
        lambda c, actor, now: artworks.send(
            c, job.id, image_url=url, actor=actor, now=now, quiet=whom, version=version
        ),
        "The proof is sent" if not whom else "The proof is there; the customer is not told",
        ":material/send:",
    )
    if sent:
        st.session_state[f"proof_{job.id}"] = ""
