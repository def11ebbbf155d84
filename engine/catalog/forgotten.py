"""Addresses of people who were forgotten: only a digest is kept, enough to go on leaving them alone."""

from collections.abc import Iterable
from hashlib import sha256

from engine.catalog.facts import Customer, Job
from engine.catalog.recipients import e164, mailbox

MARK = "sha256:"


def digest(address: str) -> str:
    """What stands for the address in the suppression list; `forgotten_address` in the database says the same."""
    return MARK + sha256(address.lower().encode()).hexdigest()


def reached(
    digests: frozenset[tuple[str, str]], customer: Customer | None, job: Job | None, country: str
) -> Iterable[tuple[str, str]]:
    """Which of the addresses in these records are known by their digest, as (channel, address)."""
    if not digests:
        return ()
    mails: list[str | None] = [job.contact_email] if job else []
    phones: list[str | None] = [job.contact_phone] if job else []
    if customer:
        mails += [customer.email, customer.billing_email, *customer.cc_emails]
        phones.append(customer.phone)
    given = [("email", mailbox(mail)) for mail in mails] + [("sms", e164(phone, country)) for phone in phones]
    known = [(channel, address.lower()) for channel, address in given if address]
    return [(channel, address) for channel, address in known if (channel, digest(address)) in digests]
