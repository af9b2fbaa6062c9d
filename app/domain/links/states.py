"""In which state a link is, and what the payer who opens it is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.domain.links.errors import LinkGoneError
from app.domain.recovery.states import AttemptStatus, RecoveryStatus

DEFAULT_TTL: Final = timedelta(minutes=15)
CHECKOUT_TTL: Final = timedelta(minutes=30)
"""How long an open checkout holds automatic retries off."""
MOST_CHECKOUTS_PER_LINK: Final = 10
MOST_CHECKOUTS_PER_RECOVERY: Final = 30


class LinkState(StrEnum):
    """What has become of a link."""

    VALID = "valid"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


class Situation(StrEnum):
    """What the payer is shown. All but `ready` and `checkout_open` offer no way to pay."""

    READY = "ready"
    CHECKOUT_OPEN = "checkout_open"
    AMOUNT_CHANGED = "amount_changed"
    """A payment page is open that asks for what was wanted before; it cannot be called back, only waited for."""
    BEING_RETRIED = "being_retried"
    PAID = "paid"
    USED = "used"
    CANCELLED = "cancelled"
    ENDED = "ended"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What decides on a link; times are the organization's. `in_flight` is the charge lease's holder, if any.

    `page_outdated` says that the payment page which is open asks for another amount than is wanted now.
    """

    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    superseded_at: datetime | None
    recovery: RecoveryStatus
    in_flight: AttemptStatus | None
    page_outdated: bool = False


def _has_page(facts: LinkFacts) -> bool:
    return facts.in_flight is AttemptStatus.AWAITING_PAYER


_Test = Callable[[LinkFacts, datetime], bool]

_SITUATIONS: Final[tuple[tuple[Situation, _Test], ...]] = (
    (Situation.USED, lambda facts, _: facts.used_at is not None),
    (Situation.PAID, lambda facts, _: facts.recovery is RecoveryStatus.RECOVERED),
    (Situation.CANCELLED, lambda facts, _: facts.recovery is RecoveryStatus.CANCELLED),
    (Situation.ENDED, lambda facts, _: facts.recovery is RecoveryStatus.EXHAUSTED),
    (Situation.REVOKED, lambda facts, _: facts.revoked_at is not None),
    (Situation.SUPERSEDED, lambda facts, _: facts.superseded_at is not None),
    (Situation.EXPIRED, lambda facts, now: now >= facts.expires_at),
    (Situation.AMOUNT_CHANGED, lambda facts, _: _has_page(facts) and facts.page_outdated),
    (Situation.CHECKOUT_OPEN, lambda facts, _: _has_page(facts)),
    (Situation.BEING_RETRIED, lambda facts, _: facts.in_flight is not None),
)

_STATES: Final = {
    Situation.USED: LinkState.USED,
    Situation.PAID: LinkState.USED,
    Situation.CANCELLED: LinkState.REVOKED,
    Situation.ENDED: LinkState.EXPIRED,
    Situation.REVOKED: LinkState.REVOKED,
    Situation.SUPERSEDED: LinkState.SUPERSEDED,
    Situation.EXPIRED: LinkState.EXPIRED,
}

_WORDS: Final = {
    Situation.USED: "This link was used: the payment is made.",
    Situation.PAID: "The payment is made already; nothing is left to pay.",
    Situation.CANCELLED: "The merchant no longer asks for this payment.",
    Situation.ENDED: "The time for this payment is over.",
    Situation.REVOKED: "The merchant has revoked this link.",
    Situation.SUPERSEDED: "A newer link was sent in place of this one.",
    Situation.EXPIRED: "This link has expired.",
}

REISSUABLE: Final = frozenset({Situation.EXPIRED, Situation.SUPERSEDED})
"""Where a fresh link may be asked for."""


def situation_of(facts: LinkFacts, *, now: datetime) -> Situation:
    """Return what the payer is shown; the first that fits, and money before everything else."""
    return next((situation for situation, fits in _SITUATIONS if fits(facts, now)), Situation.READY)


def state_of(situation: Situation) -> LinkState:
    """Return the link's state, of which several situations may be the reason."""
    return _STATES.get(situation, LinkState.VALID)


def refuse_gone(situation: Situation) -> None:
    """Raise `LinkGoneError` unless the link is valid."""
    state = state_of(situation)
    if state is not LinkState.VALID:
        raise LinkGoneError(_WORDS[situation], code=f"link_{state}")
