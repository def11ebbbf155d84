"""The account after the storm: what the shop wrote against what the providers took, and what Inkbell says of both."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from tests import desk, shop
from tests.chaos import writers
from tests.chaos.storm import SENDERS, Losses
from tests.chaos.witness import Witness

OPEN = {"queued", "sending"}
EMAILED = ("press", "finish", "invoice")


@dataclass
class Account:
    events: int
    expected: Counter[str]
    taken: Counter[str]
    refused: set[str]
    in_doubt: set[str]
    lost: set[str]
    invented: set[str]
    repeats: int
    broken_repeats: int
    """Emails that the mail server took without saying so, and that were rightly sent once more."""
    repeated_texts: int
    two_names: set[str]
    here: Counter[str]
    here_expected: Counter[str]
    stuck: int
    undecided: int

    def check(self, losses: Losses, confirmed: list[str]) -> None:
        written = {name.partition(":")[2] for name in self.expected}
        leads = self.here_expected["in_app"]
        assert all(name in written or (name.startswith("lead-") and leads) for name in confirmed)
        assert not self.lost, sorted(self.lost)
        assert not self.invented, sorted(self.invented)
        assert not self.two_names, sorted(self.two_names)
        assert self.here == self.here_expected
        assert (self.stuck, self.undecided) == (0, 0)
        assert self.repeats <= losses.kills.total() * SENDERS
        assert self.broken_repeats <= losses.broken_lines
        # A text in doubt is looked up in Twilio's list first.
        assert self.repeated_texts == 0
        assert all(name.startswith("email:") for name in self.refused)
        assert len(self.refused) <= losses.refusals
        assert len(self.in_doubt) <= losses.kills.total() + losses.interruptions + losses.broken_lines


def draw(url: str, witness: Witness) -> Account:
    """What was expected comes from the shop's own tables, so that a commit nobody could confirm counts as well."""
    taken = witness.taken()
    heard = {f"email:{to.partition('@')[0]}" for to, _ in taken["email"]}
    ids: dict[str, set[str]] = {}
    for to, message_id in taken["email"]:
        ids.setdefault(to, set()).add(message_id)
    again = Counter(message_id for _, message_id in taken["email"]) - Counter(set().union(*ids.values()))
    unanswered = again & Counter(message_id for message_id, _ in taken["broken"])
    texts = Counter(f"sms:{_named(body)}" for _, body in taken["sms"])
    with writers.connect(url) as connection:
        names = [row["name"] for row in connection.execute("SELECT name FROM customer")]
        leads = [row["name"] for row in connection.execute("SELECT name FROM lead")]
        rows = desk.messages(connection)
        events = shop.events(connection)
        admins = len(connection.execute("SELECT FROM staff WHERE active AND role = 'admin'").fetchall())
        owners = {row["id"]: row["name"] for row in connection.execute("SELECT id, name FROM customer")}
    expected = {f"email:{name}" for name in names} | {f"sms:{name}" for name in names if name.startswith("finish")}
    outward = {f"{row['channel']}:{owners[row['customer_id']]}": row for row in rows if row["customer_id"]}
    refused = {name for name, row in outward.items() if row["status"] == "failed"}
    in_doubt = {name for name, row in outward.items() if row["status"] == "unknown"}
    reached = heard | set(texts)
    settled = {name for name, row in outward.items() if row["status"] in ("sent", "delivered")}
    ours = {name: row["rfc_message_id"] for name, row in outward.items() if row["channel"] == "email"}
    return Account(
        events=len(events),
        expected=Counter(expected),
        taken=Counter(name.partition(":")[0] for name in reached),
        refused=refused,
        in_doubt=in_doubt,
        # Neither with the provider nor told to a person; or called sent and not there.
        lost=(expected - reached - refused - in_doubt) | (settled - reached),
        invented=(reached | set(outward)) - expected,
        repeats=again.total() - unanswered.total(),
        broken_repeats=unanswered.total(),
        repeated_texts=texts.total() - len(texts),
        two_names={to for to, known in ids.items() if known != {ours.get(f"email:{to.partition('@')[0]}")}},
        here=Counter(row["channel"] for row in rows if row["status"] == "sent" and _about_the_shop(row)),
        here_expected=Counter(
            in_app=len(leads) * admins, toast=sum(name.startswith(("press", "finish")) for name in names)
        ),
        stuck=sum(row["status"] in OPEN for row in rows),
        undecided=sum(event["handled_at"] is None for event in events),
    )


def report(account: Account, losses: Losses, recovery: str) -> str:
    deaths = ", ".join(f"{number} {step.replace('_', ' ')}" for step, number in sorted(losses.kills.items()))
    restarts = ", ".join(f"{number} {kind}" for kind, number in sorted(losses.restarts.items())) or "none"
    back = ", ".join(f"{seconds:.1f} s" for seconds in losses.back_after) or "not measured"
    lines = {
        "events": f"{account.events}, undecided {account.undecided}",
        "kills": f"{losses.kills.total()} ({deaths})",
        "back ends ended": f"{losses.back_ends}",
        "Postgres": f"{restarts}; next email after {back}",
        "lines broken": f"up to {losses.broken_lines} after the final dot",
        "expected": f"{account.expected.total()} emails and texts, {account.here_expected.total()} notices and toasts",
        "taken": f"{account.taken['email']} emails, {account.taken['sms']} texts, {account.here.total()} here",
        "refused": f"{len(account.refused)}, as the mail server was told to",
        "left in doubt": f"{len(account.in_doubt)}, shown to a person",
        "lost": f"{len(account.lost)}",
        "invented": f"{len(account.invented)}",
        "repeats": f"{account.repeats} emails (allowed {losses.kills.total()} kills x {SENDERS} senders); "
        f"{account.repeated_texts} texts; not under the first Message-ID: {len(account.two_names)}",
        "sent once more": f"{account.broken_repeats} emails that the mail server took without an answer",
        "stuck": f"{account.stuck}",
        "recovery": recovery,
    }
    return "\n".join(f"{name:16}{said}" for name, said in lines.items())


def _named(body: str) -> str:
    found = re.search(r"finish-\d+", body)
    assert found, body
    return found[0]


def _about_the_shop(row: shop.Row) -> bool:
    return row["channel"] == "toast" or row["rule_key"] == "lead_new_notification"
