"""The demo shop: loaded once into an empty database, as a past that nobody is told of."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from engine import demo_data as data
from engine.errors import Conflict
from engine.store import queries
from engine.store.database import Connection

BEFORE_ART = ("quote", "quote_sent", "art_requested")
AFTER_ART = ("films", "screen_burned", "in_production", "bagging", "completed_order", "shipped", "delivered")


def load(connection: Connection, *, actor: str, now: datetime) -> str:
    """Loads the shop unless it is there already, and says which; raises Conflict when other customers are."""
    q = queries.load("demo")
    shop = _one(connection, q.shop)
    there = _one(connection, q.contents)
    if there["loaded"] and there["customers"]:
        return "the demo shop is loaded already; nothing changed"
    if there["customers"] or there["jobs"]:
        raise Conflict(
            f"this database has {_count(there['customers'], 'customer')} and {_count(there['jobs'], 'job')} "
            "that are not the demo's; name an empty database in DATABASE_URL"
        )
    _Loader(connection, now, ZoneInfo(shop["timezone"])).everything()
    connection.execute(q.record_load, {"actor": actor, "customers": len(data.CUSTOMERS), "jobs": len(data.JOBS)})
    return (
        f"loaded the demo shop {data.SHOP['name']}: {len(data.CUSTOMERS)} customers, {len(data.JOBS)} jobs; "
        "grace_seconds is 0, so messages go out at once (a shop of your own waits 120 seconds)"
    )


def is_empty(connection: Connection) -> bool:
    there = _one(connection, queries.load("demo").contents)
    return not there["customers"] and not there["jobs"]


def history(job: data.Job) -> tuple[str, ...]:
    """The statuses that the job went through, its present one last."""
    path = list(BEFORE_ART)
    for proof in job.proofs:
        decided = {"approved": ["art_approved"], "sent": []}.get(proof, ["art_revision_requested"])
        path += ["art_approval_sent", *decided]
    path += AFTER_ART
    if job.status in path:
        last = len(path) - path[::-1].index(job.status)
        return tuple(path[:last])
    return (*path[: path.index("art_approved") + 1 if job.proofs else 2], job.status)


@dataclass(frozen=True, slots=True)
class _Loader:
    """Writes one row after the other, and after each puts the events it caused behind us."""

    connection: Connection
    now: datetime
    zone: ZoneInfo

    def everything(self) -> None:
        q = queries.load("demo")
        self.connection.execute(q.name_shop, data.SHOP)
        for person in data.STAFF:
            self.connection.execute(q.add_staff, asdict(person))
        for month, day, label in data.CLOSED_DAYS:
            self.connection.execute(q.add_closed_day, {"day": self.next_on(month, day), "label": label})
        customers = {customer.key: self.customer(customer) for customer in data.CUSTOMERS}
        by_age = sorted(data.JOBS, key=lambda job: -job.ago)  # numbers rise with time
        jobs = {(job.customer, job.title): self.job(job, customers[job.customer]) for job in by_age}
        for key, invoice in data.OTHER_INVOICES:
            self.invoice(invoice, customers[key], None)
        for lead in data.LEADS:
            self.write(q.add_lead, self.at(lead.ago), **asdict(lead))
        for reorder in data.REORDERS:
            self.write(
                q.add_reorder,
                self.at(reorder.ago),
                customer_id=customers[reorder.customer],
                job_id=jobs[reorder.customer, reorder.title],
                quantity=reorder.quantity,
                note=reorder.note,
            )
        for key, rule_key, reason in data.OVERRIDES:
            self.write(q.add_override, self.now, customer_id=customers[key], rule_key=rule_key, reason=reason)
        for channel, address, note in data.OPTED_OUT:
            self.write(q.add_suppression, self.now, channel=channel, address=address, since=self.at(12), note=note)

    def customer(self, customer: data.Customer) -> int:
        return self.write(
            queries.load("demo").add_customer,
            self.at(200),
            name=customer.name,
            company=customer.company,
            email=customer.email,
            billing=customer.billing,
            cc=list(customer.cc) or None,
            phone=customer.phone,
            consent=None if customer.consent is None else self.at(customer.consent),
            method=customer.method,
            paused=None if customer.paused is None else self.at(-customer.paused),
        )

    def job(self, job: data.Job, customer_id: int) -> int:
        q = queries.load("demo")
        contact = job.contact or (None, None, None)
        path = list(zip(history(job), self.moments(job), strict=True))
        job_id = self.write(
            q.add_job,
            path[0][1],
            title=job.title,
            customer_id=customer_id,
            rep=job.rep,
            status=path[0][0],
            source=job.source,
            quantity=job.quantity,
            due_date=self.day(job.due),
            method=job.method,
            **dict(zip(("contact_name", "contact_email", "contact_phone"), contact, strict=True)),
        )
        asked = iter(job.proofs)
        version = 0
        for (_, _), (status, at) in pairwise(path):
            if status == "art_approval_sent":
                version += 1
                proof_id = self.write(q.add_proof, at, job_id=job_id, version=version)
                verdict = next(asked)
            elif status in ("art_approved", "art_revision_requested"):
                decision = "approved" if status == "art_approved" else "declined"
                reason = None if decision == "approved" else verdict
                by = contact[0] or _name(job.customer)
                self.write(q.decide_proof, at, id=proof_id, status=decision, reason=reason, by=by)
            elif status == "shipped":
                for carrier, number in job.packages:
                    self.write(q.add_shipment, at, job_id=job_id, carrier=carrier, tracking_number=number)
            self.write(q.move_job, at, id=job_id, status=status)
        for invoice in job.invoices:
            self.invoice(invoice, customer_id, job_id)
        return job_id

    def invoice(self, invoice: data.Invoice, customer_id: int, job_id: int | None) -> None:
        q = queries.load("demo")
        sent = None if invoice.status == "draft" else self.at(invoice.ago)
        invoice_id = self.write(
            q.add_invoice,
            self.at(invoice.ago),
            customer_id=customer_id,
            job_id=job_id,
            status="draft" if invoice.status == "draft" else "sent",
            cents=invoice.cents,
            po=invoice.po,
            due_date=self.day(invoice.due),
            sent_at=sent,
            disputed=invoice.disputed,
        )
        for payment in invoice.payments:
            self.write(
                q.add_payment,
                self.at(payment.ago),
                invoice_id=invoice_id,
                cents=payment.cents,
                method=payment.method,
                reference=payment.reference,
                received_on=self.day(-payment.ago),
                recorded_by=data.MAYA,
            )
        if invoice.payments or invoice.status in ("paid", "void"):
            closed = self.at(min((payment.ago for payment in invoice.payments), default=1))
            self.write(
                q.close_invoice,
                closed,
                id=invoice_id,
                status=invoice.status,
                paid=sum(payment.cents for payment in invoice.payments),
                paid_at=closed if invoice.status == "paid" else None,
            )

    def write(self, statement: Any, at: datetime, **values: Any) -> int:
        """Returns the new row's id, or 0 where the statement returns none."""
        cursor = self.connection.execute(statement, {"at": at, "created_at": at, **values})
        row = cursor.fetchone() if cursor.description else None
        self.connection.execute(queries.load("demo").settle_events, {"at": at, "now": self.now})
        return int(row["id"]) if row else 0

    def moments(self, job: data.Job) -> list[datetime]:
        """Evenly from the day of the order to the day it was wanted, or to these last days; never today."""
        count = len(history(job))
        last = min(max(1, job.ago // 8, -(job.due or 0)), job.ago)
        days = [job.ago - (job.ago - last) * step // max(1, count - 1) for step in range(count)]
        return [self.at(ago, minute=step * 480 // count) for step, ago in enumerate(days)]

    def at(self, ago: int, minute: int = 150) -> datetime:
        """That many days ago, in opening hours on the shop's clock."""
        opening = datetime.combine(self.today - timedelta(days=ago), time(9), self.zone)
        return opening + timedelta(minutes=minute)

    def day(self, days: int | None) -> date | None:
        return None if days is None else self.today + timedelta(days=days)

    def next_on(self, month: int, day: int) -> date:
        this_year = self.today.replace(month=month, day=day)
        return this_year if this_year >= self.today else this_year.replace(year=this_year.year + 1)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _name(key: str) -> str:
    return next(customer.name for customer in data.CUSTOMERS if customer.key == key)


def _one(connection: Connection, statement: Any) -> dict[str, Any]:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return row
