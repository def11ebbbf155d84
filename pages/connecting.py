"""Settings, Connections: the mail server, Twilio and Stripe. What is secret goes in and never comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine import links, providers
from engine.access import Actor
from engine.errors import InkbellError
from engine.store import connections, database, standing
from engine.store.connections import Provider, State
from engine.store.database import Connection
from engine.store.standing import Standing
from pages import times, ui
from pages.acts import act, submit

KEEP = "Leave empty to keep what is stored"
ENCRYPTION = {
    "auto": "When the server offers it",
    "true": "Always (STARTTLS)",
    "tls": "From the first byte (port 465)",
    "false": "Never",
}


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    secret: bool = False
    placeholder: str = ""


@dataclass(frozen=True)
class Service:
    title: str
    icon: str
    meaning: str
    variables: str
    fields: tuple[Field, ...]


SERVICES: dict[Provider, Service] = {
    "smtp": Service(
        "Mail server (SMTP)",
        ":material/mail:",
        "Sends your emails.",
        "SMTP_URL and MAIL_FROM",
        (
            Field("host", "Host", placeholder="smtp.example.com"),
            Field("port", "Port", placeholder="587"),
            Field("user", "User"),
            Field("password", "Password", secret=True),
            Field("mail_from", "Sender", placeholder="Bay Street Print <orders@example.com>"),
        ),
    ),
    "twilio": Service(
        "Twilio",
        ":material/sms:",
        "Sends your texts.",
        "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM",
        (
            Field("account_sid", "Account SID", placeholder="AC…"),
            Field("auth_token", "Auth token", secret=True),
            Field("sender", "Number or Messaging Service SID"),
        ),
    ),
    "stripe": Service(
        "Stripe",
        ":material/credit_card:",
        "Takes card payments through a link.",
        "STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET",
        (
            Field("api_key", "Secret or restricted key", secret=True),
            Field("webhook_secret", "Webhook signing secret", secret=True),
        ),
    ),
}


HOOKS: dict[Provider, dict[str, str]] = {
    "stripe": {"Endpoint for checkout.session events (Stripe, Developers, Webhooks)": "stripe"},
    "twilio": {
        "A message comes in (Twilio, your number, Messaging)": "twilio/inbound",
        "Status callback (given with every text; for a Messaging Service, set it there too)": "twilio/status",
    },
}
WITHOUT: dict[Provider, str] = {
    "stripe": "Not needed: Inkbell asks Stripe every few seconds. With it, a payment shows at once. "
    "Put the signing secret that Stripe then shows into the settings below.",
    "twilio": "Deliveries are asked for anyway; with webhooks they show at once. Only with the first one do replies, "
    "STOP among them, reach Inkbell; Twilio itself keeps to a STOP either way.",
}


def draw() -> None:
    with database.transaction() as connection:
        now = standing.read(connection)
        states = {provider: connections.state(connection, provider) for provider in SERVICES}
    for provider, service in SERVICES.items():
        card(provider, service, states[provider], now)


def card(provider: Provider, service: Service, state: State, now: Standing) -> None:
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"{service.icon} **{service.title}**", width="content")
            badge(state)
        st.caption(service.meaning + said(state, now))
        if state.reason and state.source and f"answer_{provider}" not in st.session_state:
            st.text(state.reason)
        buttons(provider, service, state)
        answer(provider)
        reports(provider, now)
        if state.source == "environment":
            st.caption(f":material/terminal: Set on the server with {service.variables}, so it can’t be changed here.")
            return
        label = "Settings" if state.source else "Connect"
        more = st.expander(label, on_change="rerun", key=f"connection_{provider}", type="compact")
        with more:
            form(provider, service, state)


def reports(provider: Provider, now: Standing) -> None:
    """Where the provider can report to by itself; without it Inkbell asks, which is slower and loses nothing."""
    if provider not in HOOKS:
        return
    base = links.base(now.public_url)
    with st.expander("Webhooks", type="compact", key=f"hooks_{provider}"):
        st.caption(WITHOUT[provider])
        for name, path in HOOKS[provider].items():
            if address := links.hook(base, path):
                st.markdown(name)
                st.code(address, language=None, wrap_lines=True)
            else:
                st.caption(f"{name}: needs the shop’s public address with https; set it under Settings, Shop.")


def badge(state: State) -> None:
    if state.connected:
        st.badge("Connected", color="green", icon=":material/check:")
    elif state.source:
        st.badge("Does not work", color="red", icon=":material/error:")
    else:
        st.badge("Not connected", color="gray")


def said(state: State, now: Standing) -> str:
    if not state.connected:
        return ""
    if state.verified_at is None:
        return " Not tried yet."
    return f" Last seen working {times.said(state.verified_at, now.now, now.zone)}."


def buttons(provider: Provider, service: Service, state: State) -> None:
    if state.source is None:
        return
    with st.container(horizontal=True):
        if st.button("Test connection", key=f"test_{provider}", icon=":material/network_check:"):
            test(provider)
        if state.source != "environment":
            st.button("Disconnect", key=f"clear_{provider}", on_click=disconnect, args=[provider], type="tertiary")


def test(provider: Provider) -> None:
    """A real call, with the provider's own answer."""
    who = ui.require_user()
    try:
        with st.spinner("Asking"):
            with database.transaction() as connection:
                moment = database.now(connection)
            st.session_state[f"answer_{provider}"] = providers.test(provider, actor=who.actor, now=moment)
    except InkbellError as error:
        st.session_state[f"answer_{provider}"] = providers.Answer(False, str(error))
    st.rerun()


def answer(provider: Provider) -> None:
    """Of this visit's last test; what stands from before is in the state."""
    found: providers.Answer | None = st.session_state.get(f"answer_{provider}")
    if found is None:
        return
    if found.works:
        st.success(f"It works. The answer: {ui.plain(found.said)}", icon=":material/check_circle:")
    else:
        st.error(f"It does not work. The answer: {ui.plain(found.said)}", icon=":material/error:")


def disconnect(provider: Provider) -> None:
    act(
        lambda connection, actor, _: providers.disconnect(connection, provider, actor=actor),
        f"{SERVICES[provider].title} is disconnected",
        ":material/power_off:",
        then=lambda _: st.session_state.pop(f"answer_{provider}", None),
    )


def form(provider: Provider, service: Service, state: State) -> None:
    with st.form(f"form_{provider}", border=False):
        values: dict[str, Any] = {}
        grid = st.grid("auto", min_column_width=240, gap="small")
        for field in service.fields:
            with grid:
                values[field.name] = entry(provider, field, state)
        if provider == "smtp":
            with grid:
                values |= encryption(state)
        saved = st.form_submit_button("Save", type="primary", icon=":material/check:")
    st.caption("Secrets are stored encrypted and never shown again.")
    if saved:
        save(provider, values, state)


def entry(provider: Provider, field: Field, state: State) -> str:
    if field.secret:
        return st.text_input(
            field.label,
            type="password",
            key=f"{provider}_{field.name}{ui.sheet(f'secrets_{provider}')}",
            placeholder=KEEP if state.source else "",
            autocomplete="new-password",
        )
    known = state.public.get(field.name)
    return st.text_input(
        field.label, str(known) if known else "", key=f"{provider}_{field.name}", placeholder=field.placeholder
    )


def encryption(state: State) -> dict[str, Any]:
    present = "tls" if state.public.get("tls") else str(state.public.get("starttls") or "auto")
    chosen = st.selectbox(
        "Encryption",
        list(ENCRYPTION),
        list(ENCRYPTION).index(present),
        format_func=ENCRYPTION.__getitem__,
        key="smtp_encryption",
    )
    return {"tls": True, "starttls": "auto"} if chosen == "tls" else {"tls": None, "starttls": chosen}


def save(provider: Provider, values: dict[str, Any], state: State) -> None:
    port = str(values.get("port") or "").strip()
    if port and not port.isdecimal():
        st.error("The port is a number, mostly 587 or 465.", icon=":material/error:")
        return
    if "port" in values:
        values["port"] = int(port) if port else None
    # What only the server's own settings name stays as it is.
    kept = {name: value for name, value in state.public.items() if name not in values}
    submit(
        lambda connection, actor, _: whole(connection, provider, {**kept, **values}, actor),
        f"{SERVICES[provider].title} is saved; test it now",
        then=lambda _: forget(provider),
    )


def whole(connection: Connection, provider: Provider, values: dict[str, Any], actor: Actor) -> None:
    """Half of what is needed is refused: saved it would take the place of what works, and send nothing."""
    providers.save(connection, provider, values, actor=actor)
    if connections.settings_of(connection, provider) is None:
        lacks = connections.state(connection, provider).reason.removeprefix("not connected: ")
        raise InkbellError(f"not saved: {lacks}; nothing can be sent without, so fill in what is missing")


def forget(provider: Provider) -> None:
    """The secrets that were typed, in the browser too, and what the test said of those before."""
    ui.next_sheet(f"secrets_{provider}")
    st.session_state.pop(f"answer_{provider}", None)
