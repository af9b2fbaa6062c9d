"""What network rules leave of a recovery's charges, for staff."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.queries.recovery_views import find_recovery
from app.domain.errors import NotFoundError
from app.domain.network_rules import Budget, Hold, Level, budgets, first_lawful, hold
from app.services.network_rules.history import charge_of, history_of


@dataclass(frozen=True, slots=True)
class RuleBudget:
    """What is left of each rule for another charge now.

    `hold` forbids a charge now, also to a person; `charge_allowed_at` is the first moment at which no
    rule does, None if there is none.
    """

    recovery_id: str
    charge_allowed_at: datetime | None
    hold: Hold | None
    rules: tuple[Budget, ...]


def get_budget(session: Session, *, organization_id: str, recovery_id: str, now: datetime) -> RuleBudget:
    """Return what network rules leave for charges of a recovery's saved method; raises `NotFoundError`."""
    brief = find_recovery(session, organization_id=organization_id, recovery_id=recovery_id)
    if brief is None:
        raise NotFoundError("There is no such recovery.")
    charge, history = charge_of(brief.transaction), history_of(session, transaction=brief.transaction)
    return RuleBudget(
        recovery_id=recovery_id,
        charge_allowed_at=first_lawful(charge, history, at=now, level=Level.STOP).at,
        hold=hold(charge, history, at=now, level=Level.STOP),
        rules=budgets(charge, history, at=now),
    )
