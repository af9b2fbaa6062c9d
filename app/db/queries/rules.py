"""Organizations' own rules: the version that holds, and the events that a draft of a rule is held against."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import Session

from app.db.models import FailureEvent, Organization, RuleSet, Transaction


class RulesRow(NamedTuple):
    """Which version of an organization's rules holds, and the rules; None if it never had any."""

    version: int
    rules: list[dict[str, Any]] | None


def find_rules(session: Session, *, organization_id: str) -> RulesRow:
    """Return the rules of an organization as they hold now."""
    holds = and_(RuleSet.organization_id == Organization.id, RuleSet.version == Organization.rules_version)
    statement = select(Organization.rules_version, RuleSet.rules).outerjoin(RuleSet, holds)
    row = session.execute(statement.where(Organization.id == organization_id)).one()
    return RulesRow(row[0], row[1])


def newest_events(
    session: Session, *, organization_id: str, since: datetime, most: int
) -> list[Row[FailureEvent, Transaction]]:
    """Return the organization's newest failure events received since then, with their transactions, newest first."""
    statement = (
        select(
            FailureEvent.id,
            FailureEvent.recovery_id,
            FailureEvent.gateway,
            FailureEvent.failure_reason,
            FailureEvent.failure_code,
            FailureEvent.failure_message,
            FailureEvent.network_decline_code,
            FailureEvent.network_advice_code,
            FailureEvent.amount,
            FailureEvent.currency,
            FailureEvent.received_at,
            Transaction.transaction_ref,
            Transaction.payment_method,
            Transaction.customer,
        )
        .join(Transaction, Transaction.id == FailureEvent.transaction_id)
        .where(FailureEvent.organization_id == organization_id, FailureEvent.received_at >= since)
        .order_by(FailureEvent.id.desc())
        .limit(most)
    )
    return list(session.execute(statement))
