"""Deciding promises: every message that is not queued has its reason, and the first that applies is the one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.catalog.facts import Override
from engine.catalog.rules import RULES
from engine.catalog.switch import Switch
from engine.decide.decision import decide
from tests.decide.known import MAYA, SHOP, about_invoice, decided, fate, job, moved, resubmitted, told
from tests.desk import NOW

QUEUED = ("queued", None)
TOMORROW = NOW + timedelta(days=1)
YESTERDAY = NOW - timedelta(days=1)


def skipped(reason):
    return ("skipped", reason)


def test_a_rule_that_is_off_writes_nothing():
    switches = {rule.key: Switch(False) for rule in RULES}

    assert decide(moved(), switches, NOW) == ()


def test_a_rule_that_is_unknown_to_the_shop_writes_nothing():
    assert decide(moved(), {}, NOW) == ()


def test_an_event_older_than_the_rule_s_switch_is_not_its_business():
    assert fate(moved(), "production_started_email", since=NOW) is None
    assert fate(moved(), "production_started_email", since=YESTERDAY) == QUEUED


def test_a_rule_fires_only_where_its_condition_holds():
    keys = set(decided(moved("in_production")))

    assert keys == {"production_started_email", "status_change_email", "status_change_toast", "status_update_sms"}


def test_a_status_that_the_shop_does_not_announce_is_told_to_staff_alone():
    assert set(decided(moved("films"))) == {"status_change_toast"}


def test_a_general_message_yields_to_a_specific_one_of_its_channel():
    decisions = decided(moved("completed_order"))

    assert (decisions["status_change_email"].status, decisions["status_change_email"].reason) == skipped("covered")
    assert decisions["status_change_email"].detail == "job_complete_email"
    assert decisions["status_update_sms"].detail == "job_complete_sms"


def test_a_specific_message_that_is_itself_skipped_still_covers_the_general_one():
    facts = moved(told=(told("production_started_email"),))

    assert fate(facts, "production_started_email") == skipped("already_told")
    assert fate(facts, "status_change_email", "production_started_email") == skipped("covered")


def test_an_email_does_not_cover_a_text():
    assert fate(moved(), "status_update_sms", "production_started_email") == QUEUED


def test_a_change_made_with_dont_notify_tells_staff_and_no_customer():
    facts = moved(payload={"quiet": "customers"})

    assert fate(facts, "production_started_email") == skipped("quiet")
    assert fate(facts, "status_change_toast") == QUEUED


def test_a_quiet_import_tells_nobody():
    assert fate(moved(payload={"quiet": "all"}), "status_change_toast") == skipped("quiet")


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"customer": replace(MAYA, messages_paused_until=TOMORROW)}, "customer_paused"),
        ({"job": job(messages_paused=True)}, "job_paused"),
        ({"overrides": (Override("production_started_email", False),)}, "off_for_customer"),
        ({"overrides": (Override("production_started_email", False, TOMORROW),)}, "off_for_customer"),
    ],
)
def test_what_is_paused_or_switched_off_for_one_customer_is_skipped(known, reason):
    facts = moved(**known)

    assert fate(facts, "production_started_email") == skipped(reason)
    assert fate(facts, "status_change_toast") == QUEUED


@pytest.mark.parametrize(
    "known",
    [
        {"customer": replace(MAYA, messages_paused_until=NOW)},
        {"overrides": (Override("production_started_email", False, NOW),)},
        {"overrides": (Override("production_started_email", True),)},
        {"overrides": (Override("job_complete_email", False),)},
    ],
)
def test_a_pause_that_has_ended_or_is_about_something_else_skips_nothing(known):
    assert fate(moved(**known), "production_started_email") == QUEUED


def test_a_paused_job_still_sends_its_invoice():
    facts = about_invoice(job=job(messages_paused=True))

    assert fate(facts, "invoice_sent_email") == QUEUED


def test_an_address_that_is_none_is_named_for_what_it_is():
    def to(**values):
        return fate(moved(customer=replace(MAYA, **values)), "production_started_email")

    assert to(email=None) == skipped("no_address")
    assert to(email="  ") == skipped("no_address")
    assert to(email="maya@") == skipped("address_invalid")
    assert to(email="maya@example.com\nBcc: all@example.com") == skipped("address_invalid")


def test_a_phone_that_is_none_is_named_for_what_it_is():
    def to(**values):
        return fate(moved(customer=replace(MAYA, **values)), "status_update_sms")

    assert to(phone=None) == skipped("no_address")
    assert to(phone="call the office") == skipped("address_invalid")
    assert to(phone="+49 30 901820") == QUEUED


def test_a_suppressed_address_is_not_written_to():
    mail = moved(suppressed=frozenset({("email", "maya@example.com")}))
    text = moved(suppressed=frozenset({("sms", "+12125550123")}))

    assert fate(mail, "production_started_email") == skipped("bounced")
    assert fate(mail, "status_update_sms") == QUEUED
    assert fate(text, "status_update_sms") == skipped("opted_out")


def test_a_shop_that_wants_consent_texts_only_who_gave_it():
    shop = replace(SHOP, require_sms_consent=True)

    assert fate(moved(shop=shop), "status_update_sms") == skipped("opted_out")
    assert fate(moved(shop=shop, customer=replace(MAYA, sms_consent_at=YESTERDAY)), "status_update_sms") == QUEUED
    assert fate(moved(shop=shop), "production_started_email") == QUEUED


def test_old_news_is_skipped_and_an_old_document_waits_for_a_person():
    days_ago = NOW - timedelta(hours=73)
    old_invoice = about_invoice()
    old_invoice = replace(old_invoice, event=replace(old_invoice.event, occurred_at=days_ago))

    assert fate(moved(at=days_ago), "production_started_email") == skipped("stale")
    assert fate(moved(at=NOW - timedelta(hours=7)), "status_update_sms") == skipped("stale")
    assert fate(moved(at=NOW - timedelta(hours=7)), "production_started_email") == QUEUED
    assert fate(old_invoice, "invoice_sent_email") == ("held", "stale")
    assert fate(moved(at=days_ago), "status_change_toast") == QUEUED


def test_the_first_reason_in_order_is_the_one_that_is_told():
    facts = moved(
        payload={"quiet": "customers"},
        customer=replace(MAYA, email=None, messages_paused_until=TOMORROW),
        told=(told("production_started_email"),),
    )

    assert fate(facts, "production_started_email") == skipped("quiet")
    assert fate(replace(facts, event=moved().event), "production_started_email") == skipped("customer_paused")


def test_an_event_without_a_customer_tells_staff_alone():
    assert set(decided(moved(customer=None, job=None))) == {"status_change_toast"}


def test_the_key_names_rule_subject_occasion_and_recipient_and_never_an_address():
    keys = {
        key: decision.dedupe_key
        for facts in (moved(), resubmitted(2), about_invoice(), about_invoice("invoice.paid", "paid"))
        for key, decision in decided(facts).items()
    }

    assert keys["production_started_email"] == "production_started_email:job:7:100:customer:3"
    assert keys["status_change_toast"] == "status_change_toast:job:7:100:all"
    assert keys["art_resubmit_email"] == "art_resubmit_email:job:7:v2:customer:3"
    assert keys["invoice_sent_email"] == "invoice_sent_email:invoice:9:100:customer:3"
    assert keys["invoice_paid_email"] == "invoice_paid_email:invoice:9:once:customer:3"
