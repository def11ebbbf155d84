"""Every package that runs with Inkbell is listed with its licence, and none forbids a shop to use it."""

from tests import licences

FORBIDS = ("AGPL", "SSPL", "Commons Clause", "Proprietary", "not named")


def test_the_list_of_licences_is_current():
    assert licences.LIST.read_text(encoding="utf-8") == licences.text(), "run `make licences`"


def test_no_licence_is_missing_or_forbids_a_shop_to_use_it():
    rows = licences.text().splitlines()[8:]

    assert len(rows) > 30
    assert [row for row in rows if any(word in row for word in FORBIDS)] == []
