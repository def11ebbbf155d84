"""A dry run says what would have been sent and what not, and leaves no trace."""

from datetime import timedelta

from engine.decide import dry_run, explain
from engine.decide import run as deciding
from engine.store import database
from tests import desk, shop
from tests.desk import admin, job, maya, open_desk, run

__all__ = ["admin", "job", "maya", "open_desk", "run"]


def preview(connection, *rule_keys, days=30):
    with database.transaction() as opened:
        return dry_run.last_days(opened, days, database.now(opened) + timedelta(seconds=1), rule_keys or None)


def verdicts(of, id):
    with database.transaction() as opened:
        return {v.rule.key: v for v in of(opened, id, database.now(opened))}


def test_a_rule_that_is_off_tells_what_it_would_have_sent_and_to_whom(connection, maya, job):
    shop.move_job(connection, job, "quote_sent", "films", "shipped")

    found = preview(connection, "status_change_email")["status_change_email"]

    assert found.would_send == 2
    assert found.recipients == {"Maya Ortiz": 2}


def test_what_would_have_been_skipped_comes_with_its_reason(connection, job):
    shop.move_job(connection, job, "in_production")
    paused = shop.make_job(connection, customer_id=shop.make_customer(connection, email=None)["id"])
    shop.move_job(connection, paused, "shipped")

    found = preview(connection, "status_change_email")["status_change_email"]

    assert found.reasons == {"covered": 1, "no_address": 1}


def test_the_same_news_twice_is_counted_once(connection, job):
    shop.move_job(connection, job, "in_production", "bagging", "in_production")

    found = preview(connection, "production_started_email")["production_started_email"]

    assert (found.would_send, found.reasons) == (1, {"already_told": 1})


def test_a_new_proof_that_comes_with_its_move_is_counted_once(connection, job, run):
    shop.make_artwork(connection, job_id=job["id"])
    shop.move_job(connection, job, "art_approval_sent")
    run()
    shop.make_artwork(connection, job_id=job["id"], version=2)
    shop.move_job(connection, job, "art_revision_requested", "art_approval_sent")

    found = preview(connection, "art_resubmit_email")["art_resubmit_email"]

    run()
    assert found.would_send == len(desk.messages(connection, rule_key="art_resubmit_email")) == 1


def test_events_before_the_span_are_left_out(connection, job):
    shop.move_job(connection, job, "in_production")
    connection.execute("UPDATE event SET occurred_at = occurred_at - interval '40 days'")

    assert preview(connection)["production_started_email"].messages == []


def test_a_dry_run_writes_nothing(connection, job):
    shop.move_job(connection, job, "in_production", "completed_order")

    preview(connection)

    assert desk.messages(connection) == []
    assert all(event["handled_at"] is None for event in shop.events(connection))


def test_a_dry_run_agrees_with_what_the_rule_then_really_does(connection, job, run):
    desk.only(connection, "status_change_toast", "production_started_email", "job_complete_email")
    shop.move_job(connection, job, "in_production", "completed_order")
    foretold = {key: found.would_send for key, found in preview(connection).items() if found.would_send}

    run()

    made = [row["rule_key"] for row in desk.messages(connection)]
    assert {key: foretold.get(key) for key in set(made)} == {key: made.count(key) for key in set(made)}


def test_every_rule_about_a_job_says_why_it_did_or_did_not_send(connection, job, run):
    shop.move_job(connection, job, "in_production")
    run()

    found = verdicts(explain.job, job["id"])

    assert found["production_started_email"].answer == "sent"
    assert found["status_change_email"].answer == "off"
    assert "would have fired" in found["status_change_email"].sentence
    assert found["job_complete_email"].answer == "did not fire"
    assert "completed_order" in found["job_complete_email"].sentence


def test_a_message_that_was_stopped_is_explained_by_its_reason(connection, run):
    silent = shop.make_job(connection, customer_id=shop.make_customer(connection, email=None)["id"])
    shop.move_job(connection, silent, "in_production")
    run()

    verdict = verdicts(explain.job, silent["id"])["production_started_email"]

    assert (verdict.answer, verdict.reason) == ("stopped", "no_address")
    assert verdict.message_id is not None


def test_what_the_sandbox_kept_is_not_told_as_gone_out(connection, job, run, monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "sandbox")
    shop.move_job(connection, job, "in_production")
    run()

    verdict = verdicts(explain.job, job["id"])["production_started_email"]

    assert verdict.sentence == "Made and kept here; in sandbox mode nothing leaves the shop."


def test_what_waits_for_a_broken_channel_says_so(connection, job):
    shop.move_job(connection, job, "in_production")
    shop.insert(connection, "connection", provider="smtp", last_error="535 bad password", failing_since=desk.NOW)
    deciding.decide_all(desk.NOW)
    connection.execute("UPDATE message SET mode = 'live'")

    verdict = verdicts(explain.job, job["id"])["production_started_email"]

    assert verdict.answer == "waits"
    assert "535 bad password" in verdict.sentence


def test_the_rules_of_an_invoice_are_explained_too(connection, maya, run):
    invoice = shop.make_invoice(connection, customer_id=maya["id"], status="sent")
    run()

    found = verdicts(explain.invoice, invoice["id"])

    assert found["invoice_sent_email"].answer == "sent"
    assert found["invoice_overdue_email"].answer == "did not fire"
    assert "job_complete_email" not in found
