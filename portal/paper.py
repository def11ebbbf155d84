"""The pages' paper and ink: templates, and how money, days and moments are written on them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from babel.dates import format_skeleton, format_time
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse, Response

from engine.catalog.facts import Shop
from engine.catalog.locales import locale
from engine.compose import colours, spoken
from portal import safety

FOLDER = Path(__file__).parent.parent / "templates" / "portal"
KINDS = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

NOBODY = Shop(name="")
"""Stands in where the database can't be asked, or where a page must not tell that there is one."""


def page(
    template: str,
    shop: Shop,
    now: datetime,
    *,
    status: int = 200,
    pictures: Iterable[str | None] = (),
    leads_to_payment: bool = False,
    **values: Any,
) -> Response:
    html = _templates().get_template(template).render(shop=shop, write=Writing(shop, now), now=now, **values)
    headers = {"Content-Security-Policy": safety.policy((shop.logo_url, *pictures), leads_to_payment=leads_to_payment)}
    return HTMLResponse(html, status_code=status, headers=headers)


def notice(
    words: str, *, status: int, title: str = "", shop: Shop = NOBODY, headers: Mapping[str, str] | None = None
) -> Response:
    """A page of one sentence."""
    html = (
        _templates().get_template("notice.html").render(shop=shop, title=title or words, words=words if title else "")
    )
    policy = {"Content-Security-Policy": safety.policy([shop.logo_url])}
    return HTMLResponse(html, status_code=status, headers={**policy, **(headers or {})})


def missing(shop: Shop = NOBODY) -> Response:
    """The same for a token that is unknown, another's, mistyped or out of use."""
    words = (
        "The link may be incomplete, or a newer one has taken its place. Please use the link in our latest message"
        + (", or ask us." if shop.phone or shop.email else ".")
    )
    return notice(words, title="There is nothing here", status=404, shop=shop)


def file(name: str) -> Response:
    path = FOLDER / name
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(path.read_bytes(), media_type=KINDS[path.suffix], headers=headers)


def colour(path: str) -> Response:
    """The style sheet of one colour, which its address names, so that it may be kept for ever."""
    found = re.fullmatch(r"/portal/colour/([0-9a-f]{6})\.css", path)
    if found is None:
        return missing()
    shades = colours.shades(f"#{found[1]}")
    by_day = f"--press: {shades.link}; --accent: {shades.accent}; --on-accent: {shades.on_accent}"
    by_night = f"--press: {shades.dark_accent}; --accent: {shades.dark_accent}; --on-accent: {shades.on_dark_accent}"
    style = f":root {{ {by_day} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {by_night} }} }}\n"
    # On paper, ink is black.
    style = f"@media screen {{\n{style}}}\n"
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(style, media_type=KINDS[".css"], headers=headers)


class Writing:
    """How this shop writes money and time, at this moment."""

    def __init__(self, shop: Shop, now: datetime) -> None:
        self._shop, self._now = shop, now
        self._zone, self._locale = spoken.zone(shop.timezone), locale(shop.locale)

    def money(self, cents: int, currency: str) -> str:
        return spoken.money(cents, currency, self._shop.locale)

    def count(self, number: int) -> str:
        return spoken.count(number, self._shop.locale)

    def pieces(self, number: int) -> str:
        return "1 piece" if number == 1 else f"{self.count(number)} pieces"

    def day(self, day: date | datetime) -> str:
        """'Tue, Nov 3', with the year instead of the weekday where it is another year."""
        given = day.astimezone(self._zone).date() if isinstance(day, datetime) else day
        same_year = given.year == self._now.astimezone(self._zone).year
        return str(format_skeleton("MMMEd" if same_year else "yMMMd", given, locale=self._locale))

    def full_day(self, day: date | datetime) -> str:
        given = day.astimezone(self._zone).date() if isinstance(day, datetime) else day
        return spoken.day(given, self._shop.locale)

    def moment(self, moment: datetime) -> str:
        local = moment.astimezone(self._zone)
        clock = format_time(local, "short", locale=self._locale).replace("\u202f", " ")
        today = self._now.astimezone(self._zone).date()
        return f"today {clock}" if local.date() == today else f"{self.day(moment)}, {clock}"

    def is_past(self, day: date) -> bool:
        return day < self._now.astimezone(self._zone).date()

    def notice(self) -> str:
        shop = self._shop
        begun = shop.notice_from is None or shop.notice_from <= self._now
        over = shop.notice_until is not None and shop.notice_until <= self._now
        return (shop.notice or "") if begun and not over else ""


def is_picture(url: str | None) -> bool:
    """A PDF, say, is linked to and not drawn."""
    return not urlsplit(url or "").path.lower().endswith((".pdf", ".ai", ".eps", ".zip"))


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(web=safety.web_address, phone=safety.phone_address, mail=safety.mail_address)
    environment.tests["picture"] = is_picture
    environment.globals["style"] = f"/portal/paper.css?{sha256((FOLDER / 'paper.css').read_bytes()).hexdigest()[:12]}"
    return environment
