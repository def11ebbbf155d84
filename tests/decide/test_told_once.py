"""Deciding promises: nobody is told the same thing twice, and a message that told nobody does not count."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.decide.known import MAYA, decided, event, fate, moved, proof, resubmitted, told
from tests.desk import NOW

QUEUED = ("queued", None)
ALREADY = ("skipped", "already_told")
V1 = "art_approval_email:job:7:v1:customer:3"


def test_production_started_is_told_once_per_job_however_long_ago():
    facts = moved(told=(told("production_started_email", created_at=NOW - timedelta(days=90)),))

    assert fate(facts, "production_started_email") == ALREADY
    assert decided(facts)["production_started_email"].detail == "message 40"


@pytest.mark.parametrize("status", ["skipped", "cancelled", "expired", "failed"])
def test_a_message_that_never_went_out_told_nobody(status):
    assert fate(moved(told=(told("production_started_email", status),)), "production_started_email") == QUEUED


@pytest.mark.parametrize("status", ["queued", "held", "sending", "sent", "delivered", "unknown"])
def test_a_message_that_went_out_or_still_may_has_told(status):
    assert fate(moved(told=(told("production_started_email", status),)), "production_started_email") == ALREADY


def test_another_status_is_told_once_within_a_day():
    recent = told("job_complete_email", to_status="completed_order", created_at=NOW - timedelta(hours=23))
    old = replace(recent, created_at=NOW - timedelta(hours=25))

    assert fate(moved("completed_order", told=(recent,)), "job_complete_email") == ALREADY
    assert fate(moved("completed_order", told=(old,)), "job_complete_email") == QUEUED


def test_a_general_message_about_one_status_says_nothing_about_another():
    facts = moved("delivered", told=(told("status_change_email", to_status="shipped"),))

    assert fate(facts, "status_change_email") == QUEUED


def test_the_first_proof_and_the_next_one_are_different_messages():
    first = moved("art_approval_sent", artworks=(proof(1),))
    announced = told("art_approval_email", to_status="art_approval_sent", dedupe_key=V1)
    second = moved("art_approval_sent", artworks=(proof(1, "declined"), proof(2)), told=(announced,))

    assert set(decided(first)) & {"art_approval_email", "art_resubmit_email"} == {"art_approval_email"}
    assert set(decided(second)) & {"art_approval_email", "art_resubmit_email"} == {"art_resubmit_email"}
    assert fate(second, "art_resubmit_email") == QUEUED


def test_a_first_proof_that_reached_nobody_leaves_the_next_one_the_first():
    skipped = told("art_approval_email", "skipped", dedupe_key=V1)
    facts = moved("art_approval_sent", artworks=(proof(1), proof(2)), told=(skipped,))

    assert "art_approval_email" in decided(facts)


def test_a_version_that_was_announced_is_not_announced_again_by_another_rule():
    announced = told("art_approval_email", to_status="art_approval_sent", dedupe_key=V1)
    facts = moved("art_approval_sent", artworks=(proof(1),), told=(announced,))

    assert fate(facts, "art_resubmit_email") == ALREADY


@pytest.mark.parametrize("rule_key", ["art_resubmit_email", "art_approval_sms"])
def test_a_version_that_was_announced_is_not_announced_again_when_the_job_comes_back(rule_key):
    announced = told(rule_key, dedupe_key=f"{rule_key}:job:7:v2:customer:3")
    facts = moved("art_approval_sent", artworks=(proof(1, "declined"), proof(2)), told=(announced,))

    assert fate(facts, rule_key) == ALREADY


def test_a_version_has_one_key_whether_the_upload_or_the_status_brings_it():
    announced = told("art_approval_email", dedupe_key=V1)
    uploaded = decided(resubmitted(2, told=(announced,)))
    sent = decided(moved("art_approval_sent", artworks=(proof(1, "declined"), proof(2)), told=(announced,)))

    assert uploaded["art_resubmit_email"].dedupe_key == sent["art_resubmit_email"].dedupe_key
    assert uploaded["art_approval_sms"].dedupe_key == sent["art_approval_sms"].dedupe_key


def test_a_job_sent_for_approval_without_a_proof_asks_about_the_first_to_come():
    assert decided(moved("art_approval_sent"))["art_approval_email"].dedupe_key == V1


def test_a_package_joins_the_message_that_still_waits():
    happened = event("job.tracking_added", shipment_ids=[12])
    waiting = told("tracking_shipped_email", "queued", event_type="job.tracking_added", shipment_ids=(11,))

    decision = decided(replace(moved(), event=happened, told=(waiting,)))["tracking_shipped_email"]

    assert (decision.status, decision.reason, decision.joins) == ("skipped", "covered", 40)
    assert decision.detail == "message 40"


@pytest.mark.parametrize("status", ["sending", "sent", "delivered", "failed", "cancelled"])
def test_a_package_entered_later_has_a_message_of_its_own(status):
    happened = event("job.tracking_added", shipment_ids=[12])
    earlier = told("tracking_shipped_email", status, event_type="job.tracking_added", shipment_ids=(11,))

    assert fate(replace(moved(), event=happened, told=(earlier,)), "tracking_shipped_email") == QUEUED


def test_a_text_about_a_package_does_not_join_an_email():
    happened = event("job.tracking_added", shipment_ids=[12])
    waiting = told("tracking_shipped_email", "queued", event_type="job.tracking_added", shipment_ids=(11,))

    assert fate(replace(moved(), event=happened, told=(waiting,)), "tracking_shipped_sms") == QUEUED


def test_the_customer_who_gets_it_is_named_by_id():
    [decision] = decided(moved(), "production_started_email").values()

    assert (decision.to.key, decision.to.customer_id, decision.to.address) == ("customer:3", MAYA.id, MAYA.email)
