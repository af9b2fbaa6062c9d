"""What was tried on one instrument of an organization, for the network rules; and their rows."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import Attempt, FailureEvent, RuleAttempt
from app.domain.network_rules import Made

MOST: Final = 200
"""How many of the newest reports and charges of one instrument are read: more than any rule counts."""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


class Reported(NamedTuple):
    """A failure that was reported, as far as rules read it."""

    transaction_id: str
    occurred_at: datetime
    amount: int
    currency: str
    gateway: str
    failure_reason: str
    failure_code: str | None
    failure_message: str | None
    network_decline_code: str | None
    network_advice_code: str | None
    psp_payment_id: str | None


class Tried(NamedTuple):
    """A charge that Tinko made, with the provider's name for it."""

    charge: RuleAttempt
    psp_payment_id: str | None


def lock_instrument(session: Session, *, organization_id: str, instrument: str) -> None:
    """Wait until nobody else counts this instrument's charges, and keep it so until the transaction ends."""
    session.execute(_LOCK, {"name": f"rule_attempts/{organization_id}/{instrument}"})


def keep_charge(session: Session, *, values: dict[str, Any]) -> None:
    """Write a charge's row down, or bring the one that it has up to date."""
    statement = insert(RuleAttempt).values(values)
    changed = {name: statement.excluded[name] for name in values if name != "attempt_id"}
    session.execute(statement.on_conflict_do_update(index_elements=[RuleAttempt.attempt_id], set_=changed))


def charge_row(session: Session, *, attempt_id: str) -> RuleAttempt | None:
    """Return the row of an attempt's charge, if it was counted."""
    return session.get(RuleAttempt, attempt_id, populate_existing=True)


def charges_of(session: Session, *, organization_id: str, instrument: str) -> list[Tried]:
    """Return the newest charges that Tinko made, or is making, on an instrument."""
    statement = (
        select(RuleAttempt, Attempt.psp_payment_id)
        .join(Attempt, Attempt.id == RuleAttempt.attempt_id)
        .where(
            RuleAttempt.organization_id == organization_id,
            RuleAttempt.instrument == instrument,
            RuleAttempt.made != Made.NOT_MADE,
        )
        .order_by(RuleAttempt.attempted_at.desc())
        .limit(MOST)
        .execution_options(populate_existing=True)
    )
    return [Tried(*row) for row in session.execute(statement)]


def reports_of(session: Session, *, organization_id: str, instrument: str, transaction_id: str) -> list[Reported]:
    """Return the newest failures that were reported of an instrument, and of the transaction where none was named.

    Reports that carry a network's ban are found however old they are.
    """
    columns = [getattr(FailureEvent, name) for name in Reported._fields]
    mine = select(FailureEvent.id, *columns).where(FailureEvent.organization_id == organization_id)
    named = mine.where(FailureEvent.instrument == instrument).order_by(FailureEvent.occurred_at.desc()).limit(MOST)
    unnamed = mine.where(FailureEvent.transaction_id == transaction_id, FailureEvent.instrument.is_(None))
    rows = list(session.execute(named))
    if len(rows) == MOST:
        banned = named.where(FailureEvent.classification["network_rule"].astext.is_not(None))
        rows += session.execute(banned)
    rows += session.execute(unnamed.order_by(FailureEvent.id.desc()).limit(MOST))
    return [Reported(*row[1:]) for row in {row[0]: row for row in rows}.values()]
