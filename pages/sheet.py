"""The reference on one sheet of paper: every trigger and every variable, to print and pin beside the press."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from engine.catalog.rule import Rule
from engine.catalog.rules import RULES
from engine.catalog.variables import VARIABLES, Variable
from pages.cards import RECIPIENTS, SERVICES, fires
from pages.glossary import GROUPS

CHANNELS = {"Email to customers": ("email",), "In the app": ("in_app", "toast"), "Texts to customers": ("sms",)}

STYLE = """
/* A4 and Letter, whichever the printer has. */
@page { margin: 7mm 9mm; }
:root { color-scheme: light; }
body { font: 7.3pt/1.24 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; color: #1e1c19;
  background: #fff; margin: 0 auto; max-width: 198mm; }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 1.5pt solid #1e1c19; }
h1 { font-size: 12pt; margin: 0 0 2pt; }
h2 { font-size: 8.4pt; margin: 5pt 0 1.5pt; color: #1f4e8c; break-after: avoid; }
main { columns: 2; column-gap: 7mm; }
p { margin: 0 0 1.6pt; break-inside: avoid; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 6.9pt; }
.on, .off { display: inline-block; width: 5pt; height: 5pt; border: 0.8pt solid #1f4e8c; border-radius: 50%;
  margin-right: 3pt; }
.on { background: #1f4e8c; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
small { color: #756e62; font-size: inherit; }
@media screen and (max-width: 700px) { body { font-size: 11pt; padding: 4mm; } main { columns: 1; } }
"""


def sheet(shop: str, day: str, state: Mapping[str, bool], labels: dict[str, str]) -> str:
    """A page of HTML that needs nothing else; `day` says of when the switches are."""
    title = f"{shop}: what fires and what it may say" if shop else "What fires and what it may say"
    body = "".join(
        f"<h2>{heading}</h2>" + "".join(_rule(rule, state, labels) for rule in RULES if rule.by in channels)
        for heading, channels in CHANNELS.items()
    )
    for group, heading in GROUPS.items():
        inside = [variable for variable in VARIABLES if variable.group == group]
        body += f"<h2>{heading}</h2>" + _variables(inside)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><header><h1>{escape(title)}</h1><span>{escape(day)}</span></header>"
        f'<p style="margin-top:3pt"><span class="on"></span>on <span class="off"></span>off '
        f"<small>Each message may use the variables of its kind.</small></p><main>{body}</main></body></html>"
    )


def _rule(rule: Rule, state: Mapping[str, bool], labels: dict[str, str]) -> str:
    on = state.get(rule.key, rule.default)
    notes = [] if rule.default else ["off by default"]
    notes += [f"needs {SERVICES[rule.needs]}"] if rule.needs else []
    more = f" <small>({', '.join(notes)})</small>" if notes else ""
    mark = f'<span class="{"on" if on else "off"}" title="{"on" if on else "off"}"></span>'
    return f"<p>{mark}<b>{escape(rule.title)}</b>{more}: {escape(fires(rule, labels))}, to {RECIPIENTS[rule.to]}</p>"


def _variables(those: Iterable[Variable]) -> str:
    empty = " <small>May be empty.</small>"
    return "".join(
        f"<p><code>{{{{ {one.name} }}}}</code> {escape(one.meaning)}{empty if one.may_be_empty else ''}</p>"
        for one in those
    )
