"""A copied database says so on every page, and becomes a shop of its own by an admin's word only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import shop
from tests.pages.conftest import Visit, words

SignedIn = Callable[[str], dict[str, Any]]


@pytest.fixture(autouse=True)
def copied(connection: shop.Connection) -> None:
    connection.execute("UPDATE shop SET fingerprint = 'of another server'")


def test_every_page_says_that_this_is_a_copy(visit: Visit) -> None:
    for page in ("reference", "messages", "shop", "health"):
        assert "This is a copy of another database" in words(visit(page)), page


def test_an_admin_adopts_it_after_being_asked(visit: Visit, connection: shop.Connection) -> None:
    at = visit("health")
    at.button(key="adopt").click().run()
    at.button(key="adopt_confirm").click().run()

    assert "This is a copy" not in words(visit("health"))
    assert connection.execute("SELECT fingerprint <> 'of another server' AS own FROM shop").fetchone() == {"own": True}


def test_others_read_it_and_have_no_button(visit: Visit, signed_in: SignedIn) -> None:
    for role in ("sales", "production"):
        at = visit("shop", user=signed_in(role))

        assert "This is a copy" in words(at), role
        assert "adopt" not in [button.key for button in at.button], role
