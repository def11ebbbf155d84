"""Inside the staff app the portal keeps its own promises, behind the app's door."""

import pytest
from starlette.testclient import TestClient

from portal import routes


@pytest.fixture
def staff_app(database_url):
    from app import app

    return lambda address: TestClient(app, base_url="http://localhost:8501", client=(address, 50000))


def test_the_staff_app_serves_customers_links_with_the_portal_s_own_headers(staff_app, proof):
    page = staff_app("127.0.0.1").get(f"/art/{proof['review_token']}")

    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"


def test_without_sign_in_customers_elsewhere_are_kept_out(staff_app, proof):
    assert staff_app("203.0.113.7").get(f"/art/{proof['review_token']}").status_code == 403


def test_no_route_is_in_the_way_of_the_app_itself():
    first = {route.path.split("/")[1] for route in routes()}

    assert first == {"p", "art", "invoice", "pay", "lead", "hooks", "healthz", "metrics", "portal"}
