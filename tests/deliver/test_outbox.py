"""The outbox promises: no message is lost, a repeat is never silent, and who comes too late changes nothing."""

from dataclasses import replace

import pytest

from engine.deliver import channel, outbox
from engine.deliver.outcome import Accepted, ChannelFault, NotSent, Refused, Unknown
from engine.store import database
from tests import desk

WORDS = {"subject": "Order 1042 is in production", "body_text": "On press.", "body_html": "<p>On press.</p>"}
TO = {"to_address": "maya@example.com", "handed_to": "maya@example.com"}
CONTENT = WORDS | TO | {"wording_version_id": None, "dunning_on": None}
LEASE = outbox.LEASE_SECONDS


def claim(channel="email", most=1, **lapse):
    with database.transaction() as connection:
        return outbox.claim(connection, channel, desk.after(**lapse), most)


def unchanged():
    """What the desk looks like now."""
    with database.transaction() as connection:
        return channel.desk(connection, "email").unchanged


def begin(claimed, looked_at=None, **lapse):
    with database.transaction() as connection:
        return outbox.begin_attempt(connection, claimed, CONTENT, looked_at or unchanged(), desk.after(**lapse))


def settle(claimed, outcome, **lapse):
    with database.transaction() as connection:
        return outbox.settle_outcome(connection, claimed, outcome, desk.after(**lapse))


def recover(**lapse):
    with database.transaction() as connection:
        return outbox.recover(connection, desk.after(**lapse))


def hand_over(outcome, **lapse):
    """Claims the only message that is due, hands it over and settles it."""
    [claimed] = claim(**lapse)
    assert begin(claimed, **lapse)
    return settle(claimed, outcome, **lapse)


@pytest.fixture
def message(connection):
    return desk.queued(connection)


def test_a_claimed_message_is_nobody_else_s(connection, message):
    [claimed] = claim()

    assert (claimed.id, claimed.lease) == (message["id"], 1)
    assert claimed.leased_until == desk.after(seconds=LEASE)
    assert claim() == []
    assert desk.row(connection, message)["status"] == "sending"


def test_two_senders_at_the_same_moment_claim_different_messages(connection):
    one, two = desk.queued(connection), desk.queued(connection)

    with database.transaction() as first, database.transaction() as second:
        [mine] = outbox.claim(first, "email", desk.NOW)
        [theirs] = outbox.claim(second, "email", desk.NOW)

    assert [mine.id, theirs.id] == [one["id"], two["id"]]


def test_the_longest_due_is_claimed_first_and_what_is_not_due_stays(connection):
    desk.queued(connection, send_after=desk.after(seconds=1))
    backed_off = desk.queued(connection, try_after=desk.after(minutes=-1))
    due = desk.queued(connection, send_after=desk.after(hours=-1))
    desk.queued(connection, try_after=desk.after(minutes=1), send_after=desk.after(hours=-9))
    desk.queued(connection, status="held")
    desk.queued(connection, channel="sms", rfc_message_id=None)

    assert [claimed.id for claimed in claim(most=9)] == sorted([due["id"], backed_off["id"]])
    assert claim(most=9) == []


def test_a_sender_that_died_before_the_hand_off_leaves_no_loss_and_no_repeat(connection, message):
    claim()

    assert recover(seconds=LEASE - 1) == {}
    assert recover(seconds=LEASE) == {"recovered_queued": 1}
    row = desk.row(connection, message)
    assert (row["status"], row["attempts"], row["leased_until"]) == ("queued", 0, None)
    assert desk.attempts(connection, message["id"]) == []


def test_a_sender_that_died_in_the_hand_off_leaves_a_doubt_and_the_same_message_id(connection, message):
    [claimed] = claim()
    begin(claimed)

    assert recover(seconds=LEASE) == {"recovered_queued": 1}
    [again] = claim(seconds=LEASE)
    assert (again.lease, again.attempts, again.rfc_message_id) == (2, 1, message["rfc_message_id"])
    assert desk.attempts(connection, message["id"]) == ["unknown"]


def test_after_two_hand_offs_in_doubt_an_email_stays_unknown(connection, message):
    for times in (0, 1):
        [claimed] = claim(seconds=times * LEASE)
        begin(claimed, seconds=times * LEASE)
        recover(seconds=(times + 1) * LEASE)

    row = desk.row(connection, message)
    assert (row["status"], row["reason"]) == ("unknown", "outcome_unknown")
    assert claim(hours=24) == []


def test_a_text_in_doubt_is_not_repeated_blindly(connection):
    message = desk.queued(connection, channel="sms", rfc_message_id=None)
    [claimed] = claim("sms")
    begin(claimed)

    recover(seconds=LEASE)

    assert desk.row(connection, message)["status"] == "unknown"


def test_a_stale_sender_cannot_settle_a_message_that_was_claimed_again(connection, message):
    [slow] = claim()
    begin(slow)
    recover(seconds=LEASE)
    [quick] = claim(seconds=LEASE)
    begin(quick, seconds=LEASE)

    settle(quick, Accepted("smtp:1"), seconds=LEASE + 1)
    settle(slow, Refused("550 5.1.1 no such user"), seconds=LEASE + 2)

    row = desk.row(connection, message)
    assert (row["status"], row["reason"], row["provider_id"]) == ("sent", None, "smtp:1")
    assert desk.attempts(connection, message["id"]) == ["unknown", "accepted"]


def test_a_stale_sender_cannot_settle_while_another_is_sending(connection, message):
    [slow] = claim()
    recover(seconds=LEASE)
    claim(seconds=LEASE)

    settle(slow, Accepted("smtp:1"), seconds=LEASE + 1)

    assert desk.row(connection, message)["status"] == "sending"


def test_nothing_is_handed_over_under_a_lease_that_is_over_or_nearly_so(connection, message):
    [claimed] = claim()

    assert not begin(replace(claimed, lease=claimed.lease - 1))
    assert not begin(claimed, seconds=LEASE - outbox.PROVIDER_BUDGET_SECONDS)
    assert begin(claimed, seconds=LEASE - outbox.PROVIDER_BUDGET_SECONDS - 1)


def test_what_is_handed_over_is_written_down_first(connection, message):
    [claimed] = claim()

    begin(claimed)

    row = desk.row(connection, message)
    assert (row["subject"], row["to_address"]) == (CONTENT["subject"], "maya@example.com")
    assert desk.attempts(connection, message["id"]) == [None]


@pytest.mark.parametrize(
    ("outcome", "status", "reason", "attempt", "tried"),
    [
        (Accepted("smtp:1"), "sent", None, ["accepted"], 1),
        (Refused("550 5.1.1 no such user"), "failed", "refused", ["refused"], 1),
        (Refused("no address", "address_invalid"), "failed", "address_invalid", ["refused"], 1),
        (NotSent("451 4.3.0 try later"), "queued", None, ["not_sent"], 1),
        (Unknown("no answer"), "queued", None, ["unknown"], 1),
        # A fault of the channel is no attempt of a message.
        (ChannelFault("no connection", "smtp_connect"), "queued", None, [], 0),
    ],
)
def test_each_outcome_has_one_next_status(connection, message, outcome, status, reason, attempt, tried):
    hand_over(outcome)

    row = desk.row(connection, message)
    assert (row["status"], row["reason"], row["attempts"]) == (status, reason, tried)
    assert desk.attempts(connection, message["id"]) == attempt


def test_what_is_settled_once_is_settled_and_saying_it_again_changes_nothing(connection, message):
    [claimed] = claim()
    begin(claimed)
    settle(claimed, Accepted("smtp:1"))

    again = settle(claimed, Accepted("smtp:1"), seconds=5)

    row = desk.row(connection, message)
    assert again is None
    assert (row["status"], row["sent_at"], row["attempts"]) == ("sent", desk.NOW, 1)
    assert desk.attempts(connection, message["id"]) == ["accepted"]


def test_it_is_tried_eight_times_over_about_a_day_and_then_given_up(connection, message):
    waited = []
    while desk.row(connection, message)["status"] == "queued":
        due = desk.row(connection, message)["try_after"] or desk.NOW
        waited.append(due - desk.NOW)
        hand_over(NotSent("451 4.3.0 try later"), seconds=waited[-1].total_seconds())

    row = desk.row(connection, message)
    assert (row["status"], row["reason"], row["attempts"]) == ("failed", "gave_up", 8)
    assert 16 <= waited[-1].total_seconds() / 3600 <= 26
    assert waited == sorted(waited)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE shop SET sending_paused = true",
        "UPDATE shop SET delivery_mode = 'redirect'",
        "INSERT INTO connection (provider, last_error) VALUES ('smtp', 'no answer')",
    ],
)
def test_nothing_begins_at_a_desk_that_has_changed_since_the_last_look(connection, change):
    message = desk.queued(connection)
    [claimed] = claim()
    looked_at = unchanged()

    connection.execute(change)

    assert not begin(claimed, looked_at)
    assert desk.attempts(connection, message["id"]) == []


def test_one_commit_settles_an_accepted_message_and_begins_the_next(connection):
    one, two = desk.queued(connection), desk.queued(connection)
    mine, following = claim(most=2)
    begin(mine)

    with database.at_once() as at_once:
        settled, begun_at = outbox.settle_sent_and_begin(
            at_once, mine, Accepted("smtp:1"), following, CONTENT, unchanged(), desk.after()
        )

    assert (settled, begun_at) == (True, desk.after())
    assert (desk.row(connection, one)["status"], desk.attempts(connection, one["id"])) == ("sent", ["accepted"])
    assert (desk.row(connection, two)["status"], desk.attempts(connection, two["id"])) == ("sending", [None])
    assert desk.row(connection, two)["body_text"] == WORDS["body_text"]


@pytest.mark.parametrize("late", ["settled", "begun"])
def test_a_lease_that_has_passed_on_neither_settles_nor_begins_and_leaves_the_other_alone(connection, late):
    desk.queued(connection), desk.queued(connection)
    mine, following = claim(most=2)
    begin(mine)
    stale = {"settled": mine, "begun": following}[late]
    connection.execute("UPDATE message SET lease = lease + 1 WHERE id = %s", [stale.id])

    with database.at_once() as at_once:
        settled, begun_at = outbox.settle_sent_and_begin(
            at_once, mine, Accepted("smtp:1"), following, CONTENT, unchanged(), desk.after()
        )

    assert (settled, begun_at is None) == (late != "settled", late == "begun")
    assert desk.messages(connection, id=mine.id)[0]["status"] == ("sending" if late == "settled" else "sent")
    assert desk.attempts(connection, following.id) == ([] if late == "begun" else [None])
