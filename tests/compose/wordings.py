"""Wordings as tests write them: a body, and only what else matters."""

from engine.catalog.rules import rule
from engine.compose import render, values
from engine.compose.check import Problem, check
from engine.compose.composed import Composed
from engine.compose.wording import Wording

EMAIL = "production_started_email"
SMS = "status_update_sms"
DEBT = "invoice_90day_admin_alert"
REMINDER = "invoice_overdue_email"


def email(body: str, subject: str = "Order {{ job_number }}", preheader: str = "") -> Wording:
    return Wording(subject, preheader, body)


def problems(body: str, key: str = EMAIL, **parts: str) -> tuple[Problem, ...]:
    wording = Wording("", "", body) if key.endswith("_sms") else email(body, **parts)
    return check(rule(key), wording)


def errors(body: str, key: str = EMAIL, **parts: str) -> list[str]:
    return [problem.message for problem in problems(body, key, **parts) if problem.severity == "error"]


def write(body: str, key: str = EMAIL, parts: dict[str, str] | None = None, **changes: str) -> Composed:
    """The body composed with sample values and these changes."""
    wording = Wording("", "", body) if key.endswith("_sms") else email(body, **(parts or {}))
    return render.compiled(rule(key), wording).render({**values.sample(rule(key)), **changes})
