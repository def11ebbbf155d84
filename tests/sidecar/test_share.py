"""Senders share what is due, and what a share leaves is nobody's for a moment only."""

import threading

import pytest

from engine.decide.run import decide_all
from engine.deliver.pace import Pace
from sidecar.loop import Sidecar
from tests import desk, shop
from tests.chaos.storm import until

RULE = "production_started_email"


@pytest.fixture(autouse=True)
def live(connection, smtp_server, monkeypatch):
    monkeypatch.setenv("INKBELL_DELIVERY", "live")
    monkeypatch.setenv("SMTP_URL", smtp_server.url)
    monkeypatch.setattr(Pace, "fit_into", lambda *_: 10)
    desk.only(connection, RULE)
    connection.execute("UPDATE shop SET grace_seconds = 0")


def test_a_sender_that_had_its_share_goes_on_with_what_the_busy_ones_left(connection, smtp_server):
    for _ in range(6):
        shop.move_job(connection, shop.make_job(connection), "in_production")
    decide_all()
    sidecar = Sidecar(senders=4)
    # One of the four, and nobody to tell it each second what is left.
    sender = threading.Thread(target=sidecar._send, daemon=True)
    sender.start()
    sidecar._work.ring()

    try:
        assert until(lambda: len(smtp_server.mails) == 6, 20)
    finally:
        sidecar._finish()
        sender.join(10)
