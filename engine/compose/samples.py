"""Sample values for a preview: the registry's examples, and the situations that a wording has to have words for."""

from __future__ import annotations

from engine.catalog.facts import Shipment
from engine.catalog.rule import Rule
from engine.catalog.variables import VARIABLES
from engine.compose import carriers
from engine.compose.rich import Links, Table

_UPS = Shipment(1, 1, "1Z999AA10123456784", "UPS")
_USPS = Shipment(2, 1, "9400111899223100001234", "USPS")
_OTHER = Shipment(3, 1, "HL-20931", "Hudson Lines")
_HEAD = ("Invoice", "Due", "Amount")
_TWO = Table(_HEAD, [("2107", "November 3, 2026", "$480.00"), ("2131", "November 10, 2026", "$760.00")])
_ONE = Table(_HEAD, [("2107", "November 3, 2026", "$480.00")])

_EXAMPLES: dict[str, str] = {
    **{variable.name: variable.example for variable in VARIABLES},
    "shop_logo_url": "",
    "shop_notice": "",
    "tracking_previous": "",
    "days_overdue": "1",
    "total_overdue": "$480.00",
    "overdue_count": "1",
    "overdue_invoices": _ONE,
}

_TYPICAL_DAYS = {
    "invoice_30day_escalation": "32",
    "invoice_60day_escalation": "63",
    "invoice_90day_admin_alert": "93",
}

_Change = dict[str, str]

_SEVERAL: _Change = {"overdue_count": "2", "total_overdue": "$1,240.00", "overdue_invoices": _TWO}


def sample(rule: Rule, situation: str | None = None) -> dict[str, str]:
    """Raises KeyError for a situation that this rule does not have."""
    return {**_EXAMPLES, **_tracking(_UPS), **_usual(rule), **(situations(rule)[situation] if situation else {})}


def situations(rule: Rule) -> dict[str, _Change]:
    """By name, in the order in which a preview offers them."""
    made: dict[str, _Change] = {}
    if rule.key.startswith("job_complete"):
        for method in ("pickup", "ship", "deliver", ""):
            for state, change in _MONEY.items():
                made[f"{method or 'unknown'}, {state}"] = {"delivery_method": method, **change}
    elif rule.key.startswith("tracking"):
        made |= _packages()
    elif rule.dunning_tier:
        made |= _debts(_TYPICAL_DAYS.get(rule.key, "12"))
    elif rule.dunning_tier == 0:
        made |= {
            "due today": {"days_until_due": "0"},
            "due tomorrow": {"days_until_due": "1"},
            "several invoices": _SEVERAL,
        }
    elif rule.key == "invoice_paid_email":
        made |= _RECEIPTS
    made |= {name: change for name, (needs, change) in _ANYWHERE.items() if _uses(rule, needs)}
    return made


def _usual(rule: Rule) -> _Change:
    """An invoice that has just been sent is not half paid, and a paid one has nothing due."""
    if rule.key == "invoice_paid_email":
        return _RECEIPTS["in full"]
    if rule.key in _TYPICAL_DAYS:
        return {"days_overdue": _TYPICAL_DAYS[rule.key]}
    return (
        {} if rule.dunning_tier is not None or rule.subject == "job" else {"amount_due": "$960.00", "amount_paid": ""}
    )


def _uses(rule: Rule, needs: str) -> bool:
    return needs in rule.variables and (needs not in ("payment_url", "po_number") or rule.is_money)


_MONEY: dict[str, _Change] = {
    "balance": {},
    "paid": {"amount_due": "", "payment_url": "", "amount_paid": "$960.00"},
    "no invoice": {
        "amount_due": "", "amount_paid": "", "payment_url": "", "invoice_url": "", "invoice_number": "",
        "invoice_total": "", "invoice_date": "", "invoice_due_date": "", "po_number": "",
    },
}  # fmt: skip

_RECEIPTS: dict[str, _Change] = {
    "in full": {"amount_paid": "$960.00", "amount_due": "", "payment_url": ""},
    "after a deposit": {"amount_paid": "$480.00", "amount_due": "", "payment_url": ""},
    "elsewhere": {"amount_paid": "", "amount_due": "", "payment_url": "", "payment_date": ""},
}

_ANYWHERE: dict[str, tuple[str, _Change]] = {
    "no due date": ("due_date", {"due_date": ""}),
    "no sales rep": ("sales_rep_name", {"sales_rep_name": "", "sales_rep_email": ""}),
    "no first name": ("customer_first_name", {"customer_first_name": ""}),
    "accounts department": ("po_number", {"customer_first_name": "", "po_number": "PO-5531"}),
    "no purchase order": ("po_number", {"po_number": ""}),
    "card payments not connected": ("payment_url", {"payment_url": ""}),
    "bare shop": (
        "shop_phone",
        {"shop_phone": "", "shop_email": "", "shop_address": "", "shop_website": "", "shop_hours": ""},
    ),
    "holiday notice": ("shop_notice", {"shop_notice": "Closed 24–26 December."}),
}


def _packages() -> dict[str, _Change]:
    return {
        "first package": {},
        "another package": _tracking(_USPS, before="1Z999AA10123456784"),
        "several packages": _tracking(_UPS, _USPS),
        "carrier unknown": _tracking(_OTHER),
    }


def _debts(days: str) -> dict[str, _Change]:
    return {
        "one invoice, 1 day": {},
        f"one invoice, {days} days": {"days_overdue": days},
        "several invoices, 1 day": _SEVERAL,
        f"several invoices, {days} days": {**_SEVERAL, "days_overdue": days},
    }


def _tracking(*shipments: Shipment, before: str = "") -> _Change:
    packages = [carriers.package(shipment) for shipment in shipments]
    return {
        "tracking_numbers": ", ".join(package.number for package in packages),
        "tracking_links": Links(packages),
        "tracking_url": next((package.url for package in packages if package.url), ""),
        "tracking_previous": before,
        "carrier": carriers.shared(packages),
    }
