"""Which planned attempts still have something to do at their time."""

from app.db.models import Attempt
from app.domain.recovery.states import AttemptKind


def waits_for_its_time(attempt: Attempt) -> bool:
    """Tell whether a planned attempt is to be woken when it is due: a link whose payer was asked is not."""
    return attempt.kind == AttemptKind.CHARGE or attempt.started_at is None
