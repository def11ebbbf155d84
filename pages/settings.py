"""Settings: the shop's profile, how far messages go, the services it uses, its people, and its job statuses."""

from __future__ import annotations

import streamlit as st

from pages import connecting, job_statuses, profile, sending, team, ui

person = ui.require_user()

PARTS = {
    "Shop": profile.draw,
    "Sending": sending.draw,
    "Connections": connecting.draw,
    "Team": team.draw,
    "Job statuses": job_statuses.draw,
}

st.title("Settings", anchor=False)
if person.role != "admin":
    st.info("Settings are for admins. Ask one to change something here.", icon=":material/visibility_off:")
    st.stop()
part = st.pills(
    "Part", list(PARTS), default="Shop", required=True, key="part", bind="query-params", label_visibility="collapsed"
)
PARTS[part]()
