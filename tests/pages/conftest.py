"""What the page tests share: the app as somebody of a role sees it, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests import shop
from tests.page_scripts import compiled_once, components_found_once

ROOT = Path(__file__).parents[2]
FRAME = ROOT / "pages" / "frame.py"
AUTH = {"auth": {"redirect_uri": "http://localhost/oauth2callback", "cookie_secret": "s" * 32, "client_id": "inkbell"}}

Visit = Callable[..., AppTest]


@pytest.fixture(autouse=True, scope="session")
def as_in_the_app() -> Iterator[None]:
    with compiled_once(), components_found_once():
        yield


@pytest.fixture
def visit(database_url: str) -> Visit:
    """Opens a page: `visit("messages", status="held")`; without `user` as the local admin."""

    def open_page(page: str = "reference", *, user: dict[str, Any] | None = None, **query: str) -> AppTest:
        at = AppTest.from_file(FRAME, default_timeout=30)
        if user is not None:
            at.secrets = AUTH
            at.user = user
        if page != "reference":
            at.switch_page(f"{page}.py")
        at.query_params.update(query)
        return at.run()

    return open_page


@pytest.fixture
def signed_in(connection: shop.Connection) -> Callable[[str], dict[str, Any]]:
    """What the sign-in service says of a new member of staff with this role."""

    def claims(role: str) -> dict[str, Any]:
        staff = shop.make_staff(connection, role=role)
        return {
            "is_logged_in": True,
            "email": staff["email"],
            "email_verified": True,
            "iss": "https://login.example.com",
            "sub": f"account-{staff['id']}",
        }

    return claims


def words(at: AppTest) -> str:
    """All that stands on the page, labels of buttons and links included."""
    kinds = ("title", "subheader", "markdown", "caption", "text", "info", "warning", "error", "code")
    said = [str(element.value) for kind in kinds for element in at.get(kind)]
    said += [element.proto.label for element in at.get("page_link")]
    said += [button.label for button in at.button]
    return "\n".join(said).replace("\\", "").replace("\u2060", "")
