"""Composes one message from fresh facts and addresses it for the channel and mode it goes out in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine import settings
from engine.catalog.facts import Facts
from engine.catalog.recipients import e164, mailbox, to_accounts
from engine.catalog.rule import EMAIL, Rule
from engine.compose.clean import one_line, shorten
from engine.compose.composed import Composed
from engine.deliver import mime
from engine.deliver.email import Envelope
from engine.deliver.gate import Go
from engine.deliver.outbox import Claim
from engine.deliver.outcome import ChannelFault
from engine.store import connections
from engine.store.database import Connection
from engine.store.facts import Around

LOCAL_URL = "http://localhost:8501"
MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class Written:
    """What the recipient reads, and the wording it came from (None: the shipped default)."""

    content: Composed
    wording_version_id: int | None


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that passed the last look, with what it will say."""

    claim: Claim
    rule: Rule
    facts: Facts
    go: Go
    written: Written


def load() -> None:
    """All that writing needs, once, before several senders would; a process that stays keeps no customer waiting."""
    from engine.compose import render, values, wording  # noqa: F401


def write(connection: Connection, rule: Rule, facts: Facts, now: datetime, around: Around | None = None) -> Written:
    """Raises WordingRefused when the wording in force is broken. `around`: what this moment was found to be like."""
    # Templates, Markdown and CSS are much to load for a run by cron, which mostly finds nothing to write.
    from engine.compose import render, wording

    if around and around.versions.get(rule.key) is None:
        active = wording.Active(None, wording.default(rule.key))
    else:
        active = wording.active(connection, rule.key)
    given = values_of(connection, rule, facts, now, around)
    return Written(render.compiled(rule, active.wording, facts.shop.accent_color).render(given), active.version_id)


def values_of(
    connection: Connection, rule: Rule, facts: Facts, now: datetime, around: Around | None = None
) -> dict[str, str]:
    """What the variables stand for at this moment, with links that lead to this shop."""
    from engine.compose import values

    return values.build(
        rule,
        facts,
        now=now,
        public_url=settings.environment().inkbell_public_url or facts.shop.public_url or LOCAL_URL,
        stripe_connected=connections.is_connected(connection, "stripe", around.connections if around else None),
    )


def destination(ready: Ready) -> str | None:
    """What the provider is given: in redirect mode the shop's own address or number, None while it has none."""
    go, shop = ready.go, ready.facts.shop
    if go.mode != "redirect":
        return go.to.address
    return mailbox(shop.redirect_email) if ready.rule.by == EMAIL else e164(shop.redirect_phone, shop.country)


def redirected(to: str | None, text: str) -> str:
    """The body of a text that goes to the shop in place of its recipient."""
    return f"[to {to}] {text}"


def envelope(ready: Ready, mail_from: str | None, now: datetime) -> Envelope | ChannelFault:
    """The finished email; in redirect mode everything goes to the shop's own address, with the true one on top.

    `mail_from` may carry a name; None means the shop's address.
    """
    claim, facts, go, content = ready.claim, ready.facts, ready.go, ready.written.content
    given = mail_from or facts.shop.email
    if not given:
        return ChannelFault("there is no address to send from; set MAIL_FROM or the shop's email", "smtp_sender")
    sender = mime.mailbox(given)
    to, copies, note = go.to.address or "", go.to.copies, ""
    if go.mode == "redirect":
        if not (redirect := destination(ready)):
            return ChannelFault("redirect mode has no address to go to; set the shop's test address", "redirect")
        note = "Redirected. In live mode this goes to " + ", ".join((to, *copies))
        to, copies = redirect, ()
    data = mime.build(
        sender=_named(sender.name or facts.shop.name, sender.address),
        to=_named(go.to.name, to),
        cc=copies,
        reply_to=_reply_to(ready.rule, facts),
        subject=content.subject,
        text=content.text,
        html=content.html,
        message_id=claim.rfc_message_id or "",
        now=now,
        note=note,
    )
    return Envelope(sender.address, (to, *copies), data, claim.rfc_message_id or "")


def _reply_to(rule: Rule, facts: Facts) -> mime.Mailbox | None:
    """The sales rep, who knows the job; the shop, where the mail goes to an accounts department."""
    rep = facts.sales_rep
    if rep and rep.active and not to_accounts(rule, facts.customer):
        return _named(rep.name, rep.email)
    address = facts.shop.reply_to or facts.shop.email
    return _named(facts.shop.name, address) if address else None


def _named(name: str, address: str) -> mime.Mailbox:
    """Nothing in the name may turn the address behind it round, or push it out of sight."""
    return mime.Mailbox(shorten(one_line(name), MAX_NAME), address)


def text_message(ready: Ready) -> tuple[str, str] | ChannelFault:
    """Number and body; in redirect mode the shop's own number, with the true one in front."""
    go, text = ready.go, ready.written.content.text
    if go.mode != "redirect":
        return go.to.address or "", text
    if not (redirect := destination(ready)):
        return ChannelFault("redirect mode has no number to go to; set the shop's test number", "redirect")
    return redirect, redirected(go.to.address, text)
