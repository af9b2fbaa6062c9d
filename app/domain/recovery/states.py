"""The state machines of recovery and attempt, as data. The database refuses the same transitions."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from app.domain.errors import ConflictError


class RecoveryStatus(StrEnum):
    """Where the case stands."""

    OPEN = "open"
    RECOVERED = "recovered"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"


class AttemptStatus(StrEnum):
    """Where one planned step stands."""

    SCHEDULED = "scheduled"
    EXECUTING = "executing"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    REQUIRES_ACTION = "requires_action"
    UNKNOWN = "unknown"
    ERROR = "error"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    AWAITING_PAYER = "awaiting_payer"
    """A link whose payer has a payment page open at a provider."""


class AttemptKind(StrEnum):
    """Who acts: Tinko through a provider, or the payer through a link."""

    CHARGE = "charge"
    LINK = "link"


RECOVERY_TRANSITIONS: Final[Mapping[RecoveryStatus, frozenset[RecoveryStatus]]] = {
    RecoveryStatus.OPEN: frozenset({RecoveryStatus.RECOVERED, RecoveryStatus.EXHAUSTED, RecoveryStatus.CANCELLED}),
    # The dead letter can be opened again; money that arrives late is still money.
    RecoveryStatus.EXHAUSTED: frozenset({RecoveryStatus.OPEN, RecoveryStatus.RECOVERED}),
    RecoveryStatus.CANCELLED: frozenset({RecoveryStatus.RECOVERED}),
    RecoveryStatus.RECOVERED: frozenset(),
}

ATTEMPT_TRANSITIONS: Final[Mapping[AttemptStatus, frozenset[AttemptStatus]]] = {
    # Straight to `succeeded` when a call that was thought lost did arrive after all.
    AttemptStatus.SCHEDULED: frozenset(
        {
            AttemptStatus.EXECUTING,
            AttemptStatus.AWAITING_PAYER,
            AttemptStatus.SUCCEEDED,
            AttemptStatus.CANCELLED,
            AttemptStatus.EXPIRED,
            AttemptStatus.ERROR,
        }
    ),
    # Back to `scheduled` only when the provider was not called.
    AttemptStatus.EXECUTING: frozenset(
        {
            AttemptStatus.SUCCEEDED,
            AttemptStatus.DECLINED,
            AttemptStatus.REQUIRES_ACTION,
            AttemptStatus.UNKNOWN,
            AttemptStatus.ERROR,
            AttemptStatus.SCHEDULED,
            AttemptStatus.CANCELLED,
        }
    ),
    # Back to `scheduled` only when the provider says that it knows no such payment.
    AttemptStatus.UNKNOWN: frozenset(
        {
            AttemptStatus.SUCCEEDED,
            AttemptStatus.DECLINED,
            AttemptStatus.REQUIRES_ACTION,
            AttemptStatus.ERROR,
            AttemptStatus.SCHEDULED,
        }
    ),
    # Back to `scheduled` when the payment page ended unpaid: the link can be tried again.
    AttemptStatus.AWAITING_PAYER: frozenset(
        {AttemptStatus.SUCCEEDED, AttemptStatus.SCHEDULED, AttemptStatus.CANCELLED}
    ),
    # Providers capture late what they had declined (up to days): the attempt follows the money.
    AttemptStatus.DECLINED: frozenset({AttemptStatus.SUCCEEDED}),
    AttemptStatus.REQUIRES_ACTION: frozenset({AttemptStatus.SUCCEEDED}),
    AttemptStatus.ERROR: frozenset({AttemptStatus.SUCCEEDED}),
    AttemptStatus.SUCCEEDED: frozenset(),
    AttemptStatus.CANCELLED: frozenset({AttemptStatus.SUCCEEDED}),
    AttemptStatus.EXPIRED: frozenset({AttemptStatus.SUCCEEDED}),
}

IN_FLIGHT: Final = frozenset({AttemptStatus.EXECUTING, AttemptStatus.UNKNOWN, AttemptStatus.AWAITING_PAYER})
"""While one attempt of a transaction is in one of these, no other may charge it."""


class IllegalTransitionError(ConflictError):
    """The state machine has no such step."""

    default_code = "illegal_transition"


def check_recovery(before: RecoveryStatus, after: RecoveryStatus) -> None:
    """Raise `IllegalTransitionError` unless a recovery may go from `before` to `after`."""
    if after not in RECOVERY_TRANSITIONS[before]:
        raise IllegalTransitionError(f"A recovery that is {before} cannot become {after}.")


def check_attempt(before: AttemptStatus, after: AttemptStatus) -> None:
    """Raise `IllegalTransitionError` unless an attempt may go from `before` to `after`."""
    if after not in ATTEMPT_TRANSITIONS[before]:
        raise IllegalTransitionError(f"An attempt that is {before} cannot become {after}.")
