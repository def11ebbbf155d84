"""The stand-in promises: what it takes from the real SDK, Stripe would take, and what it refuses, Stripe refuses."""

import pytest
import stripe as sdk

PRICE = {"currency": "usd", "unit_amount": 5_000, "product_data": {"name": "Invoice 1"}}
GOOD = {
    "mode": "payment",
    "success_url": "https://example.com/",
    "line_items": [{"quantity": 1, "price_data": PRICE}],
}


@pytest.fixture
def sessions(stripe_server):
    http = sdk.RequestsClient(timeout=5)
    client = sdk.StripeClient(
        stripe_server.api_key, base_addresses={"api": stripe_server.url}, http_client=http, max_network_retries=0
    )
    yield client.v1.checkout.sessions
    http.close()


def priced(**values):
    return GOOD | {"line_items": [{"quantity": 1, "price_data": PRICE | values}]}


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({}, "parameter_missing", "mode"),
        (GOOD | {"mode": "gift"}, None, "mode"),
        (GOOD | {"success_url": "thanks"}, "url_invalid", "success_url"),
        (GOOD | {"line_items": []}, "parameter_missing", "line_items"),
        (GOOD | {"colour": "blue"}, "parameter_unknown", "colour"),
        (priced(weight=3), "parameter_unknown", "line_items[0][price_data][weight]"),
        (priced(currency="xxx"), None, "line_items[0][price_data][currency]"),
        (priced(currency="USD"), None, "line_items[0][price_data][currency]"),
        (priced(unit_amount="50.00"), "parameter_invalid_integer", "line_items[0][price_data][unit_amount]"),
        (priced(unit_amount=49), "amount_too_small", "line_items"),
        (priced(currency="kwd", unit_amount=5_124), "parameter_invalid_integer", "line_items[0][price_data]"),
        (priced(currency="isk", unit_amount=700_050), "parameter_invalid_integer", "line_items[0][price_data]"),
    ],
)
def test_wrong_parameters_are_refused_by_name(sessions, stripe_server, params, code, param):
    with pytest.raises(sdk.InvalidRequestError) as caught:
        sessions.create(params)

    assert (caught.value.code, caught.value.param) == (code, param)
    assert not stripe_server.sessions


def test_a_repeated_key_gets_the_first_answer_again_even_when_that_session_is_dead(sessions, stripe_server):
    first = sessions.create(GOOD, {"idempotency_key": "k"})
    stripe_server.time_out()

    again = sessions.create(GOOD, {"idempotency_key": "k"})

    assert (again.id, again.status) == (first.id, "open")
    assert again.last_response.headers["idempotent-replayed"] == "true"


def test_a_key_belongs_to_its_parameters(sessions):
    sessions.create(GOOD, {"idempotency_key": "k"})

    with pytest.raises(sdk.IdempotencyError):
        sessions.create(priced(unit_amount=6_000), {"idempotency_key": "k"})


def test_a_server_error_is_kept_for_its_key_and_a_refusal_is_not(sessions, stripe_server):
    stripe_server.fail(500, times=1)
    with pytest.raises(sdk.APIError):
        sessions.create(GOOD, {"idempotency_key": "broken"})
    stripe_server.fail(429, times=1)
    with pytest.raises(sdk.RateLimitError):
        sessions.create(GOOD, {"idempotency_key": "busy"})

    with pytest.raises(sdk.APIError):
        sessions.create(GOOD, {"idempotency_key": "broken"})
    assert sessions.create(GOOD, {"idempotency_key": "busy"}).status == "open"


def test_only_an_open_session_can_be_expired(sessions, stripe_server):
    session = sessions.create(GOOD)
    assert sessions.expire(session.id).status == "expired"

    with pytest.raises(sdk.InvalidRequestError, match="can be expired"):
        sessions.expire(session.id)


def test_sessions_are_listed_by_status_with_the_newest_first(sessions):
    first, second, third = (sessions.create(GOOD) for _ in range(3))
    sessions.expire(second.id)

    listed = sessions.list({"status": "open", "limit": 1})

    assert [session.id for session in listed.data] == [third.id]
    assert listed.has_more
    assert sessions.retrieve(first.id).payment_status == "unpaid"


def test_a_wrong_key_is_refused(stripe_server):
    http = sdk.RequestsClient(timeout=5)
    client = sdk.StripeClient("sk_test_wrong", base_addresses={"api": stripe_server.url}, http_client=http)

    with pytest.raises(sdk.AuthenticationError):
        client.v1.checkout.sessions.list()
    http.close()
