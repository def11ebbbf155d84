"""What Postgres writes as JSON is read quickly where it is ordinary, and read all the same where it is not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.store.documents import read, record


@dataclass(frozen=True, slots=True)
class Parcel:
    id: int
    number: str


@dataclass(frozen=True, slots=True)
class Order:
    id: int
    title: str
    payload: Mapping[str, Any]
    rush: bool = False
    due: date | None = None
    at: datetime | None = None
    opens: time = time(9)
    copies: tuple[str, ...] = ()
    parcel: Parcel | None = None
    parcels: tuple[Parcel, ...] = ()
    silent: frozenset[tuple[str, str]] = frozenset()


PARCELS = st.fixed_dictionaries({"id": st.integers(0, 2**63 - 1), "number": st.text()})
MOMENTS = st.datetimes(timezones=st.just(UTC))
PAYLOADS = st.dictionaries(st.text(), st.text() | st.integers())
ORDERS = st.fixed_dictionaries(
    {"id": st.integers(0, 2**63 - 1), "title": st.text(), "payload": PAYLOADS},
    optional={
        "rush": st.booleans(),
        "due": st.dates().map(date.isoformat),
        "at": MOMENTS.map(datetime.isoformat),
        "opens": st.times().map(time.isoformat),
        "copies": st.lists(st.text()),
        "parcel": PARCELS,
        "parcels": st.lists(PARCELS),
        "silent": st.lists(st.tuples(st.sampled_from(["email", "sms"]), st.text())),
        "a_column_of_the_shop_system": st.text(),
    },
)  # fmt: skip


@given(ORDERS)
def test_the_quick_way_and_the_lenient_way_find_the_same(order):
    document = json.dumps(order)

    assert read(Order, document) == record(Order, json.loads(document))


@pytest.mark.parametrize(
    ("written", "day"),
    [("infinity", date(9999, 12, 30)), ("-infinity", date(1, 1, 2)), ("20260-12-31", date(9999, 12, 30))],
)
def test_a_date_beyond_every_calendar_takes_the_rest_of_the_record_with_it(written, day):
    order = {"id": 7, "title": "Shirts", "payload": {}, "due": written, "parcels": [{"id": 1, "number": "1Z"}]}

    assert read(Order, json.dumps(order)) == Order(7, "Shirts", {}, due=day, parcels=(Parcel(1, "1Z"),))


def test_the_end_of_a_day_is_the_beginning_of_the_next():
    order = read(Order, '{"id": 1, "title": "", "payload": {}, "opens": "24:00:00"}')

    assert order.opens == time(0)


def test_a_moment_keeps_its_microseconds_and_its_zone():
    document = '{"id": 1, "title": "", "payload": {}, "at": "2026-11-29T18:52:23.56978+00:00"}'

    assert read(Order, document).at == datetime(2026, 11, 29, 18, 52, 23, 569780, tzinfo=UTC)


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_a_moment_at_the_edge_of_the_calendar_has_a_day_in_every_time_zone(edge):
    order = read(Order, json.dumps({"id": 1, "title": "", "payload": {}, "at": edge}))

    assert order.at is not None
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        assert order.at.astimezone(ZoneInfo(zone)).year in (1, 9999)
