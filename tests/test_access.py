"""Access promises: an account opens one staff row, and a role is what the database says at that moment."""

from __future__ import annotations

from typing import Any

import pytest

from engine import access, staff
from engine.errors import NotAllowed
from engine.store import database
from tests import shop

ISSUER = "https://login.example.com"


def claims(address: str, **changed: Any) -> dict[str, Any]:
    return {"email": address, "email_verified": True, "iss": ISSUER, "sub": "one"} | changed


def sign_in(said: dict[str, Any], **options: Any) -> access.Person:
    with database.transaction() as connection:
        return access.sign_in(connection, said, **options)


def test_the_first_sign_in_ties_the_row_to_the_account(connection: shop.Connection) -> None:
    row = shop.make_staff(connection, email="ada@example.com", role="sales")

    person = sign_in(claims("Ada@Example.com "))

    assert person == access.Person(row["id"], row["name"], "sales", "ada@example.com")
    tied = connection.execute("SELECT oidc_issuer, oidc_subject FROM staff").fetchone()
    assert tied == {"oidc_issuer": ISSUER, "oidc_subject": "one"}


def test_the_same_account_is_let_in_again(connection: shop.Connection) -> None:
    shop.make_staff(connection, email="ada@example.com")

    assert sign_in(claims("ada@example.com")) == sign_in(claims("ada@example.com"))


def test_anybody_else_is_refused_with_the_next_step(connection: shop.Connection) -> None:
    shop.make_staff(connection, email="ada@example.com")
    sign_in(claims("ada@example.com"))
    others: list[tuple[dict[str, Any], str]] = [
        ({"sub": "another"}, "another account"),
        ({"iss": "https://elsewhere.example.com"}, "another account"),
        ({"email_verified": False}, "not verified"),
        ({"email_verified": None}, "not verified"),
        ({"email": ""}, "did not say who you are"),
        ({"sub": ""}, "did not say who you are"),
        ({"email": "eve@example.com"}, "not on the staff"),
    ]

    for changed, why in others:
        with pytest.raises(NotAllowed, match=why):
            sign_in(claims("ada@example.com", **changed))


def test_an_address_that_only_its_single_tenant_issuer_vouches_for_is_good_enough(connection: shop.Connection) -> None:
    shop.make_staff(connection, email="ada@example.com")

    person = sign_in(claims("ada@example.com", email_verified=None), trusted_issuer=ISSUER)

    assert person.email == "ada@example.com"


def test_one_account_opens_one_row(connection: shop.Connection) -> None:
    shop.make_staff(connection, email="ada@example.com")
    shop.make_staff(connection, email="bob@example.com")
    sign_in(claims("ada@example.com"))

    with pytest.raises(NotAllowed, match="another account"):
        sign_in(claims("bob@example.com"))


def test_somebody_deactivated_is_not_on_the_staff(connection: shop.Connection) -> None:
    shop.make_staff(connection, email="ada@example.com", active=False)

    with pytest.raises(NotAllowed, match="not on the staff"):
        sign_in(claims("ada@example.com"))


def test_somebody_added_anew_after_they_left_may_bring_another_account(connection: shop.Connection) -> None:
    ada = shop.make_staff(connection, email="ada@example.com")
    shop.make_staff(connection)
    sign_in(claims("ada@example.com"))

    with database.transaction() as own:
        staff.add(own, "ada@example.com", "Ada Finch", "admin", actor=access.LOCAL)
    with pytest.raises(NotAllowed, match="deactivate you and add you anew"):
        sign_in(claims("ada@example.com", sub="two"))
    with database.transaction() as own:
        staff.deactivate(own, ada["id"], actor=access.LOCAL)
        staff.add(own, "ada@example.com", "Ada Finch", "admin", actor=access.LOCAL)

    assert sign_in(claims("ada@example.com", sub="two")).actor == ada["id"]


def test_a_write_needs_the_role_that_the_database_has_now(connection: shop.Connection) -> None:
    production = shop.make_staff(connection, role="production")["id"]

    with database.transaction() as own, pytest.raises(NotAllowed, match="ask an admin or a sales person"):
        access.require(own, production, "admin", "sales")


def test_nobody_is_refused_like_somebody_without_the_role(connection: shop.Connection) -> None:
    with database.transaction() as own, pytest.raises(NotAllowed, match="999"):
        access.require(own, 999, "admin")


@pytest.mark.parametrize("actor", list(access.Outsider))
def test_who_sits_at_the_server_may_do_what_an_admin_may(database_url: str, actor: access.Outsider) -> None:
    with database.transaction() as own:
        person = access.require(own, actor, "admin")

    assert person.role == "admin"
    assert access.name(person.actor) == actor.value


@pytest.mark.parametrize(
    ("host", "address", "headers", "local"),
    [
        ("localhost:8501", "127.0.0.1", [], True),
        ("127.0.0.1", "127.0.0.5", ["accept"], True),
        ("[::1]:8501", "::1", [], True),
        ("evil.example", "127.0.0.1", [], False),
        ("localhost.evil.example", "127.0.0.1", [], False),
        ("localhost@evil.example", "127.0.0.1", [], False),
        (None, "127.0.0.1", [], False),
        ("[", "127.0.0.1", [], False),
        ("localhost", "192.168.1.7", [], False),
        ("localhost", None, [], False),
        ("localhost", "127.0.0.1", ["X-Forwarded-For"], False),
        ("localhost", "127.0.0.1", ["x-forwarded-host"], False),
        ("localhost", "127.0.0.1", ["Forwarded"], False),
        *[
            ("localhost", "127.0.0.1", [name], False)
            for name in ("Via", "X-Real-IP", "True-Client-IP", "X-Original-Host", "CF-Ray", "Fly-Client-IP")
        ],
    ],
)
def test_only_a_browser_on_this_machine_is_local(
    host: str | None, address: str | None, headers: list[str], local: bool
) -> None:
    assert (access.not_local(host, address, headers) is None) is local
