"""The port to channels: what is handed over, and what comes back.

Every channel, the dispatcher and the fake in the tests speak these types; one contract suite holds
them to it. A failure is classified once, at the channel, into one of the four outcomes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Channel(StrEnum):
    """A way to write to a payer."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"


class SendOutcome(StrEnum):
    """How handing a message over ended."""

    SENT = "sent"
    """The provider took it over."""
    PERMANENT = "permanent"
    """Refused, and it would be refused again. Nothing went out."""
    TRANSIENT = "transient"
    """Not taken now; the same message may be taken later. Nothing went out."""
    UNKNOWN = "unknown"
    """Nobody knows whether it went out: it is not sent again, and is shown."""


class Effect(StrEnum):
    """What a provider's answer says of the address beyond this one message."""

    NONE = "none"
    DEAD = "dead"
    """Nobody can be reached there: no message goes there again."""
    OPTED_OUT = "opted_out"
    """Whoever reads there told the provider to stop."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message that is ready to leave. `repr` hides what it says and to whom.

    `values` are the plain facts of the text by name, for providers that fill in a text of their own
    (WhatsApp). `message_id` names the message in the provider's records where it lets us.
    """

    message_id: str
    channel: Channel
    event: str
    locale: str
    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    sender_name: str
    unsubscribe_url: str = field(repr=False)
    values: Mapping[str, str] = field(repr=False)
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class SendResult:
    """What a channel said, or did not say, of one message.

    `error_code` is a stable word or the provider's own number; `retry_after` the provider's own wish.
    """

    outcome: SendOutcome
    provider_id: str | None = None
    error_code: str | None = None
    detail: str | None = None
    effect: Effect = Effect.NONE
    retry_after: timedelta | None = None


class ChannelPort(Protocol):
    """One channel. It never raises for what a provider or a network does, and times out by itself."""

    def send(self, message: OutgoingMessage) -> SendResult:
        """Hand a message over, once."""


class ChannelsPort(Protocol):
    """All channels behind one door: what services take as an argument."""

    def available(self) -> frozenset[Channel]:
        """Return the channels that the operator has set up."""

    def send(self, message: OutgoingMessage) -> SendResult:
        """Hand a message over through its channel; a channel that is not set up is a permanent failure."""
