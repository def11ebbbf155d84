"""The providers, in a process of their own that outlives every kill: what they took is the truth of a chaos run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.smtp_server import SmtpServer
from tests.twilio_server import TwilioServer

ROOT = Path(__file__).parent.parent.parent


class Witness:
    """`smtp("on", "end", DROP, times=1)` and `twilio("lie", times=2)` tell them to misbehave."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.witness"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # where an HTTP server tells at length that a killed client hung up
            text=True,
        )
        self._turn = threading.Lock()
        self.environment: dict[str, str] = self._ask("who", "")

    def smtp(self, name: str, *args: Any, **kwargs: Any) -> None:
        self._ask("smtp", name, *args, **kwargs)

    def twilio(self, name: str, *args: Any, **kwargs: Any) -> None:
        self._ask("twilio", name, *args, **kwargs)

    def taken(self) -> dict[str, list[tuple[str, str]]]:
        """Emails as (address, Message-ID) and texts as (number, body), in order of arrival, repeats and all.

        `broken` names the emails that were taken without an answer, once for each time.
        """
        taken = self._ask("taken", "")
        return {kind: [(to, said) for to, said in pairs] for kind, pairs in taken.items()}

    def count(self) -> int:
        """Of emails, cheaply."""
        return int(self._ask("count", ""))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()

    def _ask(self, whom: str, name: str, *args: Any, **kwargs: Any) -> Any:
        with self._turn:
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.write(json.dumps([whom, name, args, kwargs]) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())


def _answer(smtp: SmtpServer, twilio: TwilioServer, whom: str) -> Any:
    if whom == "who":
        return {
            "SMTP_URL": smtp.url,
            "TWILIO_ACCOUNT_SID": twilio.account_sid,
            "TWILIO_AUTH_TOKEN": twilio.auth_token,
            "TWILIO_FROM": twilio.sender,
            "TWILIO_API_BASE": twilio.url,
        }
    if whom == "taken":
        return {
            "email": [(mail.recipients[0], mail.message_id) for mail in list(smtp.mails)],
            "sms": [(text["to"], text["body"]) for text in list(twilio.texts)],
            "broken": [(message_id, "") for message_id in list(smtp.broken)],
        }
    return len(smtp.mails)


def main() -> None:
    with SmtpServer() as smtp, TwilioServer() as twilio:
        servers = {"smtp": smtp, "twilio": twilio}
        for line in sys.stdin:
            whom, name, args, kwargs = json.loads(line)
            if server := servers.get(whom):
                getattr(server, name)(*args, **kwargs)
                print("null", flush=True)
            else:
                print(json.dumps(_answer(smtp, twilio, whom)), flush=True)


if __name__ == "__main__":
    main()
