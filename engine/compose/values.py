"""What the variables of one message stand for: every name of the registry, as text, '' where there is nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from engine import links
from engine.catalog import dunning, rules
from engine.catalog.facts import Facts, Invoice, Job, Shop
from engine.catalog.recipients import to_accounts
from engine.catalog.rule import Rule
from engine.catalog.variables import VARIABLES
from engine.compose import carriers, spoken
from engine.compose.rich import Links, Table, web_url
from engine.compose.samples import sample, situations

MIN_CARD_PAYMENT = 50
"""Stripe refuses to charge less than 0.50."""

OPT_OUT = "Reply STOP to opt out."

_NOTHING = dict.fromkeys((variable.name for variable in VARIABLES), "")
_HONORIFICS = {"dr", "mr", "mrs", "ms", "mx", "prof", "rev"}
_AFTER_A_NAME = {"jr", "sr", "ii", "iii", "iv", "md", "phd", "dds", "esq", "cpa"}
# Not "co", which is a family name too; with its dot it is none.
_COMPANIES = {"inc", "incorporated", "llc", "llp", "pllc", "ltd", "limited", "corp", "corporation", "company", "gmbh"}

_INITIAL = re.compile(r"[A-Za-z]\.?")


def build(rule: Rule, facts: Facts, *, now: datetime, public_url: str, stripe_connected: bool) -> dict[str, str]:
    """`now` is the pass's moment; days are counted in the shop's time zone."""
    shop = facts.shop
    values = {**_NOTHING, **of_shop(shop, now)}
    values |= _customer(rule, facts, public_url)
    values |= _job(facts)
    values |= _art(facts, public_url)
    values |= _tracking(facts)
    values |= _invoice(rule, facts, now, public_url, stripe_connected)
    values |= _overdue(rule, facts, now)
    values |= _lead(facts)
    values |= _reorder(facts)
    if rule.by == "sms" and not any(told.channel == "sms" and told.handed_off_at for told in facts.told):
        values["sms_opt_out_text"] = OPT_OUT
    return values


def of_shop(shop: Shop, now: datetime) -> dict[str, str]:
    """A notice appears only in its time; an open end has no limit on that side."""
    current = (shop.notice_from is None or shop.notice_from <= now) and (
        shop.notice_until is None or now < shop.notice_until
    )
    return {
        "shop_name": shop.name,
        "shop_email": shop.email or "",
        "shop_phone": shop.phone or "",
        "shop_address": shop.address or "",
        "shop_website": _website(shop.website or ""),
        "shop_hours": shop.hours or "",
        "shop_logo_url": web_url(shop.logo_url or ""),
        "shop_notice": (shop.notice or "") if current else "",
        "today": spoken.day(spoken.local_day(now, shop.timezone), shop.locale),
    }


def _website(text: str) -> str:
    """People write it without https://."""
    text = text.strip()
    return web_url(text) or (web_url(f"https://{text}") if "." in text and ":" not in text else "")


def _customer(rule: Rule, facts: Facts, public_url: str) -> dict[str, str]:
    """Whoever is written to: for a job's messages its contact, for billing perhaps an accounts department."""
    customer, job = facts.customer, facts.job
    if customer is None:
        return {}
    contact = job if job and _to_contact(rule, job) else None
    name = (contact and contact.contact_name) or customer.name
    return {
        "customer_name": name,
        "customer_first_name": "" if to_accounts(rule, customer) else first_name(name, customer.company),
        "customer_company": customer.company or "",
        "customer_email": (contact and contact.contact_email) or customer.email or "",
        "customer_phone": (contact and contact.contact_phone) or customer.phone or "",
        "portal_url": links.portal(public_url, customer.portal_token),
    }


def _to_contact(rule: Rule, job: Job) -> bool:
    """A job's contact stands in for the customer where they have an address of that channel."""
    address = job.contact_phone if rule.by == "sms" else job.contact_email
    return rule.to_customer and rule.subject == "job" and bool((address or "").strip())


def first_name(name: str, company: str | None = None) -> str:
    """'' for a company, an initial, or what is no name, such as an address; the wording then greets without one."""
    if company and name.strip().lower() == company.strip().lower():
        return ""
    while "," in name and _bare(name.rpartition(",")[2]) in _AFTER_A_NAME:
        name = name.rpartition(",")[0]
    all_words = name.lower().split()
    if all_words and (all_words[0] == "the" or all_words[-1] == "co." or _bare(all_words[-1]) in _COMPANIES):
        return ""
    words = (name.rpartition(",")[2] or name).split()
    while len(words) > 1 and words[0].lower().rstrip(".") in _HONORIFICS:
        words = words[1:]
    first = words[0] if words and not _INITIAL.fullmatch(words[0]) else ""
    return first if len(first) <= 40 and not any(mark in first for mark in "@/:<>()[]{}0123456789") else ""


def _bare(word: str) -> str:
    return word.strip().lower().replace(".", "")


def _job(facts: Facts) -> dict[str, str]:
    job, event, locale = facts.job, facts.event, facts.shop.locale
    if job is None:
        return {}
    labels = facts.status_labels or {}
    to_label = labels[event.to_status][0] if event.to_status in labels else job.label
    method = job.delivery_method or (facts.customer.delivery_method if facts.customer else None)
    rep = facts.sales_rep if facts.sales_rep and facts.sales_rep.active else None
    return {
        "job_number": job.number,
        "job_title": job.title,
        "job_status": job.customer_label or job.label,
        "job_quantity": spoken.count(job.quantity or None, locale),
        "due_date": spoken.day(job.due_date, locale),
        "delivery_method": method or "",
        "sales_rep_name": rep.name if rep else "",
        "sales_rep_email": rep.email if rep else "",
        # Several moves make several notices, each of its own move, wherever the job stands when they are read.
        "job_internal_status": to_label,
        "job_previous_status": labels[event.from_status][0] if event.from_status in labels else "",
    }


def _art(facts: Facts, public_url: str) -> dict[str, str]:
    """The newest version; for a declined one, the version that the event names."""
    named = facts.event.payload.get("version") if facts.event.type == "artwork.declined" else None
    artwork = next((artwork for artwork in facts.artworks if artwork.version == named), facts.latest_artwork)
    if artwork is None:
        return {}
    return {
        "art_review_url": links.art(public_url, artwork.review_token),
        "art_version": str(artwork.version),
        "art_decline_reason": artwork.decline_reason or "",
    }


def _tracking(facts: Facts) -> dict[str, str]:
    """The numbers to announce now; those of earlier messages apart."""
    chosen = [shipment for shipment in facts.shipments if shipment.id in facts.to_announce] or list(facts.shipments)
    if not chosen:
        return {}
    newest = max(shipment.id for shipment in chosen)
    before = [shipment for shipment in facts.shipments if shipment not in chosen and shipment.id < newest]
    packages = [carriers.package(shipment) for shipment in chosen]
    return {
        "tracking_numbers": ", ".join(package.number for package in packages),
        "tracking_links": Links(packages),
        "tracking_url": next((package.url for package in packages if package.url), ""),
        "tracking_previous": ", ".join(shipment.tracking_number for shipment in before),
        "carrier": carriers.shared(packages),
    }


def _invoice(rule: Rule, facts: Facts, now: datetime, public_url: str, stripe_connected: bool) -> dict[str, str]:
    invoice = facts.invoice or facts.job_invoice
    if invoice is None or invoice.status not in ("sent", "paid"):
        return {}
    shop, event = facts.shop, facts.event
    sent_at = invoice.sent_at or (event.occurred_at if event.type == "invoice.sent" else invoice.created_at) or now
    paid_at = invoice.paid_at or (event.occurred_at if event.type == "invoice.paid" else None)
    payable = invoice.unpaid and invoice.balance_cents >= MIN_CARD_PAYMENT and not invoice.payment_pending_at
    return {
        "invoice_number": invoice.number,
        "po_number": invoice.po_number or "",
        "invoice_date": _local(sent_at, shop),
        "invoice_due_date": spoken.day(invoice.due_date, shop.locale),
        "invoice_total": spoken.money(invoice.total_cents, invoice.currency, shop.locale),
        "amount_due": _due(invoice, shop),
        "amount_paid": spoken.money(invoice.paid_cents, invoice.currency, shop.locale),
        "payment_date": _local(paid_at, shop) if paid_at and invoice.status == "paid" else "",
        "invoice_url": links.invoice(public_url, invoice.pay_token),
        "payment_url": links.pay(public_url, invoice.pay_token) if stripe_connected and payable else "",
    }


def _local(moment: datetime, shop: Shop) -> str:
    return spoken.day(spoken.local_day(moment, shop.timezone), shop.locale)


def _due(invoice: Invoice, shop: Shop) -> str:
    return spoken.money(invoice.balance_cents, invoice.currency, shop.locale) if invoice.unpaid else ""


def _overdue(rule: Rule, facts: Facts, now: datetime) -> dict[str, str]:
    """Days are of the message's own invoice; count, sum and table of all that the customer has overdue, or due soon."""
    invoice = facts.invoice
    if invoice is None or not rule.is_money:
        return {}
    today = spoken.local_day(now, facts.shop.timezone)
    days = (today - invoice.due_date).days if invoice.due_date else 0
    owed = (invoice, *facts.owed)
    if rule.dunning_tier == 0:
        debts = [one for one in owed if _is_due_soon(one, facts, today)]
    else:
        debts = [one for one in owed if _is_overdue(one, today)]
    listed = {one.id: one for one in debts if one.id == invoice.id or dunning.listed(one, now)}
    ordered = sorted(listed.values(), key=lambda one: (one.due_date or today, one.id))
    return {
        "days_overdue": str(max(days, 0)),
        "days_until_due": str(max(-days, 0)),
        "total_overdue": " + ".join(_totals(ordered, facts.shop)),
        "overdue_count": str(len(ordered)),
        "overdue_invoices": table(ordered, facts.shop),
        "reminders_sent": ", ".join(_reminded(facts)),
    }


def _reminded(facts: Facts) -> list[str]:
    shop = facts.shop
    return [
        f"{rules.rule(sent.rule_key).title} on {spoken.day(spoken.local_day(sent.at, shop.timezone), shop.locale)}"
        for sent in sorted(facts.reminded, key=lambda sent: sent.at, reverse=True)
    ]


def _is_overdue(invoice: Invoice, today: date) -> bool:
    return invoice.unpaid and invoice.due_date is not None and invoice.due_date < today


def _is_due_soon(invoice: Invoice, facts: Facts, today: date) -> bool:
    """The message's own, and those whose day for a reminder has come as well."""
    if not invoice.unpaid or invoice.due_date is None or invoice.due_date < today:
        return False
    own = facts.invoice is not None and invoice.id == facts.invoice.id
    return own or (invoice.due_date - today).days <= (facts.due_soon_days or 0)


def _totals(invoices: Sequence[Invoice], shop: Shop) -> list[str]:
    """Currencies don't add up, so there is a sum for each."""
    sums: dict[str, int] = {}
    for invoice in invoices:
        sums[invoice.currency] = sums.get(invoice.currency, 0) + invoice.balance_cents
    return [spoken.money(cents, currency, shop.locale) for currency, cents in sums.items()]


def table(invoices: Sequence[Invoice], shop: Shop) -> Table:
    return Table(
        ("Invoice", "Due", "Amount"),
        [(invoice.number, spoken.day(invoice.due_date, shop.locale), _due(invoice, shop)) for invoice in invoices],
    )


def _lead(facts: Facts) -> dict[str, str]:
    lead = facts.lead
    if lead is None:
        return {}
    return {
        "lead_name": lead.name,
        "lead_email": lead.email or "",
        "lead_phone": lead.phone or "",
        "lead_company": lead.company or "",
        "lead_source": lead.source,
        "lead_message": lead.message or "",
    }


def _reorder(facts: Facts) -> dict[str, str]:
    reorder = facts.reorder
    if reorder is None:
        return {}
    return {
        "reorder_job_number": reorder.job_number or "",
        "reorder_quantity": spoken.count(reorder.quantity or None, facts.shop.locale),
        "reorder_note": reorder.note or "",
    }


__all__ = ["build", "first_name", "of_shop", "sample", "situations", "table"]
