"""The desk and both providers, as the tests of outages need them."""

from tests.desk import admin, job, maya, run
from tests.smtp_server import smtp_server
from tests.twilio_server import twilio_server

__all__ = ["admin", "job", "maya", "run", "smtp_server", "twilio_server"]
