"""Customers, jobs and invoices from a CSV file: read, matched to what is there, and written at once or not at all."""

from engine.imports.mapping import COLUMNS, NEEDED, Kind, Mapped, guess, guess_statuses, remembered, statuses
from engine.imports.preview import Line, Plan, Progress, plan
from engine.imports.sheet import MOST_BYTES, MOST_LINES, Sheet, read
from engine.imports.writing import carry_out

__all__ = [
    "COLUMNS",
    "MOST_BYTES",
    "MOST_LINES",
    "NEEDED",
    "Kind",
    "Line",
    "Mapped",
    "Plan",
    "Progress",
    "Sheet",
    "carry_out",
    "guess",
    "guess_statuses",
    "plan",
    "read",
    "remembered",
    "statuses",
]
