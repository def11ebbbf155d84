"""Whatever is sent, the portal has an answer, and it is never that something went wrong on our side."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from tests.desk import PUBLIC_URL
from tests.portal.conftest import hidden

# The pool's own thread rolls dice while inputs are drawn; none of ours depends on them.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the .random. module")

FORMS = ["/art/{art}/approve", "/art/{art}/decline", "/p/{p}/reorder", "/pay/{pay}", "/lead"]
HOOKS = ["/hooks/stripe", "/hooks/twilio/status", "/hooks/twilio/inbound"]
PAGES = [
    "/p/{p}",
    "/art/{art}",
    "/invoice/{pay}",
    "/pay/{pay}/thanks",
    "/lead",
    "/healthz",
    "/metrics",
    "/portal/paper.css",
    "/portal/colour/",
    "/portal/mark.svg",
]
FIELDS = ["name", "checked", "reason", "note", "version", "key", "job", "seen", "quantity", "email", "phone", "message"]

SIGNED = ["MessageSid", "MessageStatus", "ErrorCode", "From", "To", "Body", "OptOutType"]

texts = st.text(max_size=40) | st.sampled_from(["1", "-1", "0", "9" * 30, "²", "٣", "\0", "\ud7ff", "'", "<b>", "yes"])
fields = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), texts, max_size=6)
kinds = st.sampled_from(
    ["application/x-www-form-urlencoded", "application/json", "text/plain", "", "multipart/form-data; boundary=x"]
)
few = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def paths(maya, job, proof, invoice):
    return {"p": maya["portal_token"], "art": proof["review_token"], "pay": invoice["pay_token"]}


@given(form=st.sampled_from(FORMS), typed=fields, ours=st.booleans())
@few
def test_any_form(client, patient, paths, form, typed, ours):
    path = form.format(**paths)
    kept = {}
    if ours and (page := client.get(path.rpartition("/")[0] if path.count("/") > 2 else path)).is_success:
        kept = hidden(page.text, path) if f'action="{path}"' in page.text else {}

    assert client.post(path, data=typed | kept).status_code != 500


@given(
    path=st.sampled_from([*FORMS, *HOOKS]),
    body=st.binary(max_size=300),
    kind=kinds,
    signature=st.text("abt=,1", max_size=30),
)
@few
def test_any_body(client, patient, paths, path, body, kind, signature):
    headers = {"content-type": kind, "stripe-signature": signature, "x-twilio-signature": signature}

    assert client.post(path.format(**paths), content=body, headers=headers).status_code != 500


@given(hook=st.sampled_from(HOOKS[1:]), typed=st.dictionaries(st.sampled_from(SIGNED), texts, max_size=7))
@few
def test_any_report_that_twilio_signs(client, patient, twilio_token, hook, typed):
    typed = {name: value.encode(errors="replace").decode() for name, value in typed.items()}
    signature = RequestValidator(twilio_token).compute_signature(f"{PUBLIC_URL}{hook}", typed)

    assert client.post(hook, data=typed, headers={"x-twilio-signature": signature}).status_code != 500


@given(page=st.sampled_from(PAGES), tail=st.text(max_size=30), query=st.text(max_size=30))
@few
def test_any_address(client, patient, paths, page, tail, query):
    answer = client.get(f"{page.format(**paths)}{quote(tail)}?look={quote(query)}&{quote(query)}")

    assert answer.status_code != 500
