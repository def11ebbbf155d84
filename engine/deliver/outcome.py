"""What a provider's answer means for the message that was handed to it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it: `sent`. `detail` names what it accepted only in part, such as a refused copy."""

    provider_id: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A permanent no for this recipient: `failed`.

    `reason` is a key of catalog/reasons.py. `suppress` is written to the suppression list. `policy` marks a no that may
    mean the sender instead (5.7.x, 5.4.5, 5.3.x; Twilio's 21606, 21659): three recipients of those within ten minutes
    are a channel fault. `asked` is False where the provider was not even asked, so that it shows nothing about it.
    """

    detail: str
    reason: str = "refused"
    suppress: Literal["bounced", "opted_out"] | None = None
    policy: bool = False
    asked: bool = True


@dataclass(frozen=True, slots=True)
class NotSent:
    """Surely not sent, and worth another try: `queued` again with backoff."""

    detail: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have left and it may not: look it up (SMS), or send once more under the same Message-ID (email)."""

    detail: str


@dataclass(frozen=True, slots=True)
class ChannelFault:
    """Nothing was sent and the recipient is not to blame: no attempt of the message, the channel stops and probes.

    `cause` is a short stable slug (`smtp_auth`, `twilio_credentials`) that alerts are counted by; `detail` is a
    sentence for admins, without secrets or customers' addresses.
    """

    detail: str
    cause: str


Outcome = Accepted | Refused | NotSent | Unknown | ChannelFault
