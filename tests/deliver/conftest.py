"""The two providers, real servers on loopback, and a desk that writes to them."""

from tests.desk import admin, job, maya, open_desk, run
from tests.smtp_server import smtp_server
from tests.twilio_server import twilio_server

__all__ = ["admin", "job", "maya", "open_desk", "run", "smtp_server", "twilio_server"]
