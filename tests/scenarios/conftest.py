"""A shop in the sandbox, where everything is written and nothing leaves."""

from tests.desk import admin, job, maya, open_desk, run

__all__ = ["admin", "job", "maya", "open_desk", "run"]
