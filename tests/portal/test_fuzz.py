"""Whatever is sent, the portal has an answer, and it is never that something went wrong on our side."""

from __future__ import annotations

import json
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from portal import routes
from tests.desk import PUBLIC_URL
from tests.portal.conftest import hidden
from tests.portal.test_stripe_hook import sign as sign_event
from tests.portal.test_twilio_hook import sign as sign_text

# The pool's own thread rolls dice while inputs are drawn; none of ours depends on them.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the .random. module")

ROUTES = [route.path for route in routes() if isinstance(route, Route)]
METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"]
FORMS = ["/art/{art}/approve", "/art/{art}/decline", "/p/{p}/reorder", "/pay/{pay}", "/lead"]
FIELDS = ["name", "checked", "reason", "note", "version", "key", "job", "seen", "quantity", "email", "phone", "message"]
TEXTED = ["MessageSid", "MessageStatus", "ErrorCode", "From", "To", "Body", "OptOutType"]
HEADERS = [
    "accept", "authorization", "content-encoding", "content-length", "content-type", "cookie", "host", "origin",
    "referer", "sec-fetch-site", "stripe-signature", "transfer-encoding", "user-agent", "x-forwarded-for",
    "x-forwarded-host", "x-twilio-signature",
]  # fmt: skip
EVENTS = ["checkout.session.completed", "checkout.session.async_payment_failed", "checkout.session.expired", "x"]

texts = st.text(max_size=40) | st.sampled_from(
    ["1", "-1", "0", "9" * 30, "²", "٣", "\0", "\ud7ff", "'", "<b>", "yes", "%s", "{{7*7}}", "STOP", "+12125550123"]
)
fields = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), texts, max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
headers = st.dictionaries(
    st.sampled_from(HEADERS),
    st.binary(max_size=40)
    | st.sampled_from([b"application/json", b"cross-site", b"multipart/form-data; boundary=x", b"bytes=0-", b"gzip"])
    | st.sampled_from([b"-1", b"9" * 40, b"[::1", b"http://[", b"10.0.0.5, 198.51.100.1", b"Bearer \xff", b"chunked"]),
    max_size=5,
)
few = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def paths(maya, job, proof, invoice):
    return {"p": maya["portal_token"], "art": proof["review_token"], "pay": invoice["pay_token"]}


@pytest.fixture(autouse=True)
def open_doors(patient, stripe, twilio_token, monkeypatch):
    """Nothing is turned away for want of a setting, so that inputs get as far as they can."""
    monkeypatch.setenv("INKBELL_METRICS_TOKEN", "m" * 32)
    monkeypatch.setenv("INKBELL_TRUSTED_PROXIES", "203.0.113.0/24")


def fine(answer: httpx.Response) -> bool:
    """503 is a true answer where there is no sidecar, say; every other 5xx is a fault of ours."""
    return answer.status_code < 500 or answer.status_code == 503


def filled(route: str, paths: dict[str, str], name: str) -> str:
    kind = route.split("/")[1]
    return route.replace("{token}", paths.get({"invoice": "pay"}.get(kind, kind), "")).replace("{colour}", name)


@given(route=st.sampled_from(ROUTES), method=st.sampled_from(METHODS), given=headers, body=st.binary(max_size=300))
@few
def test_any_method_headers_and_body_on_every_route(client, paths, route, method, given, body):
    content = body if method in ("POST", "PUT", "PATCH") else None

    assert fine(client.request(method, filled(route, paths, "c8102e"), headers=given, content=content))


@given(route=st.sampled_from([r for r in ROUTES if "{" in r]), token=st.text(max_size=60), raw=st.booleans())
@few
def test_any_token_in_every_address_that_has_one(client, route, token, raw):
    part = quote(token, safe="" if raw else "/")
    path = route.replace("{token}", part).replace("{colour}", part)

    assert fine(client.get(path))
    assert fine(client.post(path, data={"key": token, "version": "1"}))


@given(route=st.sampled_from(ROUTES), tail=st.text(max_size=30), query=st.text(max_size=30))
@few
def test_any_tail_and_query(client, paths, route, tail, query):
    assert fine(client.get(f"{filled(route, paths, 'c8102e')}{quote(tail)}?look={quote(query)}&{quote(query)}"))


@given(form=st.sampled_from(FORMS), typed=fields, ours=st.booleans())
@few
def test_any_form_with_and_without_our_key(client, paths, form, typed, ours):
    path = form.format(**paths)
    kept = {}
    if ours and (page := client.get(path.rpartition("/")[0] if path.count("/") > 2 else path)).is_success:
        kept = hidden(page.text, path) if f'action="{path}"' in page.text else {}

    assert fine(client.post(path, data=typed | kept))


@given(given=st.dictionaries(st.sampled_from([*FIELDS, "company", "website"]) | texts, values, max_size=6) | values)
@few
def test_any_json_as_a_lead(client, given):
    body = json.dumps(given)

    assert fine(client.post("/lead", content=body, headers={"content-type": "application/json"}))


@given(object=values, type=st.sampled_from(EVENTS) | texts, id=values)
@few
def test_any_event_that_stripe_has_signed(client, object, type, id):
    body = json.dumps({"id": id, "object": "event", "type": type, "data": {"object": object}}).encode()

    assert fine(client.post("/hooks/stripe", content=body, headers={"stripe-signature": sign_event(body)}))


@given(
    changes=st.dictionaries(
        st.sampled_from(["id", "status", "payment_status", "payment_intent", "amount_total", "currency", "metadata"]),
        values,
        max_size=3,
    ),
    type=st.sampled_from(EVENTS),
    number=st.integers(0, 10**6),
)
@few
def test_any_session_of_ours_that_stripe_has_signed(client, paths, stripe, changes, type, number):
    if not stripe.sessions:
        page = f"/pay/{paths['pay']}"
        client.post(page, data=hidden(client.get(page).text, page))
    session = {**stripe.newest, "status": "complete", **changes}
    event = {"id": f"evt_{number}", "object": "event", "type": type, "data": {"object": session}}
    body = json.dumps(event).encode()

    assert fine(client.post("/hooks/stripe", content=body, headers={"stripe-signature": sign_event(body)}))


@given(
    path=st.sampled_from(["/hooks/twilio/status", "/hooks/twilio/inbound"]),
    form=st.dictionaries(st.sampled_from(TEXTED) | st.text(max_size=8), texts, min_size=1, max_size=7),
)
@few
def test_any_form_that_twilio_has_signed(client, twilio_token, path, form):
    signature = sign_text(twilio_token, PUBLIC_URL + path, form)

    assert fine(client.post(path, data=form, headers={"x-twilio-signature": signature}))


def test_the_fuzz_knows_every_route():
    """As it reads them from the portal itself; those with a token or a colour get true ones too."""
    assert len(ROUTES) == len(routes())
    assert {"/healthz", "/metrics", "/lead", "/hooks/stripe", "/portal/colour/{colour}.css"} <= set(ROUTES)
