"""The states of a message, and which may follow which; the database refuses the others too."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class MessageStatus(StrEnum):
    """Where a message is on its way."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    """A provider took it over."""
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    """Taken over, and given back later."""
    FAILED = "failed"
    """Refused, or refused too often."""
    UNKNOWN = "unknown"
    """Nobody knows whether it went out; it is not sent again."""
    SUPPRESSED = "suppressed"
    """Not sent, because a rule said so."""


_S = MessageStatus
MESSAGE_TRANSITIONS: Final[Mapping[MessageStatus, frozenset[MessageStatus]]] = {
    _S.QUEUED: frozenset({_S.SENDING, _S.SUPPRESSED, _S.FAILED}),
    # Back to `queued` only when certainly nothing went out.
    _S.SENDING: frozenset({_S.SENT, _S.QUEUED, _S.FAILED, _S.UNKNOWN}),
    _S.SENT: frozenset({_S.DELIVERED, _S.BOUNCED, _S.FAILED}),
    # Receipts and late answers say what became of it.
    _S.UNKNOWN: frozenset({_S.SENT, _S.DELIVERED, _S.BOUNCED, _S.FAILED}),
    # Mail servers take mail first and bounce it later.
    _S.DELIVERED: frozenset({_S.BOUNCED}),
    _S.BOUNCED: frozenset(),
    _S.FAILED: frozenset(),
    _S.SUPPRESSED: frozenset(),
}

HANDED_OVER: Final = frozenset({_S.SENDING, _S.SENT, _S.DELIVERED, _S.BOUNCED, _S.UNKNOWN})
"""A message in one of these left us: its code is one of ours."""
MAY_HAVE_REACHED: Final = HANDED_OVER - {_S.BOUNCED}
"""A message in one of these may have reached the payer: it counts against the daily cap."""
GAVE_UP: Final = frozenset({_S.FAILED, _S.BOUNCED})
"""A message in one of these reached nobody, and never will."""


def may_become(before: str, after: MessageStatus) -> bool:
    """Tell whether a message may go from `before` to `after`."""
    return after in MESSAGE_TRANSITIONS[MessageStatus(before)]
