"""Who hears of it, and at which address: read from the records at every look, never kept in a key."""

import re
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from engine.catalog.facts import Customer, Facts
from engine.catalog.reasons import NO_CONSENT
from engine.catalog.rule import BILLING, EMAIL, SMS, STAFF, Rule

# Valid whatever follows, and as it is written: of 64 characters at most (RFC 5321 4.5.3.1.1).
_plain = re.compile(r"(?=.{1,64}\Z)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*")

# What a copied address brings along. The statements that look for suppressed addresses take the same away, and what
# stands around one besides makes it invalid, so that nobody who wants silence is written to.
BLANKS = " \t\n\v\f\r\u00a0"


@dataclass(frozen=True, slots=True)
class Recipient:
    """`key` is `customer:ID`, `staff:ID` or `all`; `problem` a reason of the catalog, None when it can be reached."""

    key: str
    customer_id: int | None = None
    staff_id: int | None = None
    name: str = ""
    address: str | None = None
    copies: tuple[str, ...] = ()
    problem: str | None = None
    detail: str | None = None


def recipients(rule: Rule, facts: Facts) -> tuple[Recipient, ...]:
    """An in-app notice has one per active admin, or one for `all` when there is none; a toast is one for everybody."""
    if rule.to == STAFF:
        return (Recipient("all"),)
    if not rule.to_customer:
        return tuple(Recipient(f"staff:{p.id}", staff_id=p.id, name=p.name) for p in facts.admins) or (
            Recipient("all"),
        )
    if facts.customer is None:
        return ()
    return (_customer(rule, facts),)


def _customer(rule: Rule, facts: Facts) -> Recipient:
    customer = facts.customer
    assert customer is not None
    key = f"customer:{customer.id}"
    name = customer.name
    if rule.by == SMS:
        given = _written(facts.job.contact_phone if facts.job and rule.subject == "job" else None) or customer.phone
        return _reach(Recipient(key, customer.id, name=name), rule, facts, given, e164(given, facts.shop.country))
    if rule.to == BILLING:
        given = _written(customer.billing_email) or customer.email
        copies = customer.cc_emails
    else:
        given = _written(facts.job.contact_email if facts.job else None) or customer.email
        copies = ()
        if facts.job and _written(facts.job.contact_email) and facts.job.contact_name:
            name = facts.job.contact_name
    address = mailbox(given)
    # In any spelling: no mail server in use tells Ann@ from ann@.
    once = {copy.lower(): copy for copy in map(mailbox, copies) if copy}
    kept = tuple(
        copy for key, copy in once.items() if key != (address or "").lower() and (EMAIL, key) not in facts.suppressed
    )
    return _reach(Recipient(key, customer.id, name=name, copies=kept), rule, facts, given, address)


def to_accounts(rule: Rule, customer: Customer | None) -> bool:
    """Billing goes to another address than the customer's own, so nobody knows who reads it."""
    billing = _written(customer.billing_email).lower() if customer and rule.to == BILLING else ""
    return bool(billing and customer and billing != _written(customer.email).lower())


def _written(given: str | None) -> str:
    """A field of blanks is one that nobody filled in."""
    return (given or "").strip()


def _reach(who: Recipient, rule: Rule, facts: Facts, given: str | None, address: str | None) -> Recipient:
    problem = detail = None
    if not _written(given):
        problem = "no_address"
    elif address is None:
        problem = "address_invalid"
    elif (rule.by, address.lower()) in facts.suppressed:
        asked = rule.by == SMS or ("opted_out", address.lower()) in facts.suppressed
        problem = "opted_out" if asked else "bounced"
    elif rule.by == SMS and facts.shop.require_sms_consent and not (facts.customer and facts.customer.sms_consent_at):
        problem, detail = "opted_out", NO_CONSENT
    return Recipient(
        who.key, who.customer_id, name=who.name, address=address, copies=who.copies, problem=problem, detail=detail
    )


@lru_cache(maxsize=4096)
def mailbox(given: str | None) -> str | None:
    """The address as it may stand on an envelope, or None when it is none (RFC 5321 syntax; no DNS is asked).

    The domains that RFC 2606 sets aside for examples pass, so that a demo shop behaves like a real one.
    """
    if not given or len(given) > 254:
        return None
    address = given.strip(BLANKS)
    local, _, domain = address.rpartition("@")
    if not _plain.fullmatch(local):
        return _checked(address)
    known = _domain(domain)
    return f"{local}@{known}" if known else None


@lru_cache(maxsize=4096)
def _domain(given: str) -> str | None:
    """Customers share a few, and to check one is nearly all that checking an address costs."""
    checked = _checked(f"a@{given}")
    return checked.partition("@")[2] if checked else None


def _checked(address: str) -> str | None:
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None


@lru_cache(maxsize=4096)
def e164(given: str | None, country: str) -> str | None:
    """The number as `+12125550142`, read as one of `country` where it names none; None when it is no phone number."""
    if not given or len(given) > 40:
        return None
    # Much to load, for shops that send no texts.
    import phonenumbers

    try:
        number = phonenumbers.parse(given, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
