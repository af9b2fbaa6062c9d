"""Recoveries with what decides about acts: one or many, in a handful of statements whatever their number."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.db.models import Attempt, Charge, PolicyVersion, Recovery, Transaction
from app.domain.recovery.states import IN_FLIGHT, AttemptStatus


class Around(NamedTuple):
    """A recovery, and the rows around it that decide what may be done.

    `planned` are its scheduled attempts, the earliest first; `in_flight` holds the transaction's charge
    lease, for whichever of its recoveries.
    """

    recovery: Recovery
    transaction: Transaction
    version: PolicyVersion
    is_newest: bool
    is_paid: bool
    planned: Sequence[Attempt]
    in_flight: Attempt | None


def find_around(
    session: Session, *, organization_id: str, recovery_ids: Collection[str], lock: bool = False
) -> dict[str, Around]:
    """Return an organization's recoveries with what is around them, by id; ids that are not theirs are left out.

    With `lock`, transactions are locked first and in one order, then the recoveries, as everywhere.
    """
    transactions = _transactions(session, organization_id, recovery_ids, lock=lock)
    recoveries = _recoveries(session, organization_id, recovery_ids, lock=lock)
    ids = [transaction.id for transaction in transactions.values()]
    planned, in_flight = _planned(session, recoveries), _in_flight(session, ids)
    paid, newest, versions = _paid(session, ids), _newest(session, ids), _versions(session, recoveries)
    return {
        recovery.id: Around(
            recovery,
            transactions[recovery.transaction_id],
            versions[recovery.policy_id, recovery.policy_version],
            newest[recovery.transaction_id] == recovery.id,
            recovery.transaction_id in paid,
            planned[recovery.id],
            in_flight.get(recovery.transaction_id),
        )
        for recovery in recoveries
    }


def _transactions(
    session: Session, organization_id: str, recovery_ids: Collection[str], *, lock: bool
) -> dict[str, Transaction]:
    wanted = select(Recovery.transaction_id).where(
        Recovery.organization_id == organization_id, Recovery.id.in_(recovery_ids)
    )
    statement = select(Transaction).where(Transaction.id.in_(wanted)).order_by(Transaction.id)
    if lock:
        statement = statement.with_for_update()
    found = session.scalars(statement.execution_options(populate_existing=True))
    return {transaction.id: transaction for transaction in found}


def _recoveries(
    session: Session, organization_id: str, recovery_ids: Collection[str], *, lock: bool
) -> Sequence[Recovery]:
    statement = select(Recovery).where(Recovery.organization_id == organization_id, Recovery.id.in_(recovery_ids))
    if lock:
        statement = statement.with_for_update()
    return session.scalars(statement.order_by(Recovery.id).execution_options(populate_existing=True)).all()


def _planned(session: Session, recoveries: Sequence[Recovery]) -> dict[str, list[Attempt]]:
    planned: dict[str, list[Attempt]] = {recovery.id: [] for recovery in recoveries}
    statement = select(Attempt).where(Attempt.recovery_id.in_(list(planned)), Attempt.status == AttemptStatus.SCHEDULED)
    for attempt in session.scalars(statement.order_by(Attempt.due_at).execution_options(populate_existing=True)):
        planned[attempt.recovery_id].append(attempt)
    return planned


def _in_flight(session: Session, transaction_ids: Sequence[str]) -> dict[str, Attempt]:
    statement = select(Attempt).where(
        Attempt.transaction_id.in_(transaction_ids), Attempt.status.in_(sorted(IN_FLIGHT))
    )
    found = session.scalars(statement.execution_options(populate_existing=True))
    return {attempt.transaction_id: attempt for attempt in found}


def _paid(session: Session, transaction_ids: Sequence[str]) -> set[str]:
    statement = select(Charge.transaction_id).where(
        Charge.transaction_id.in_(transaction_ids), Charge.is_duplicate.is_(False)
    )
    return set(session.scalars(statement))


def _newest(session: Session, transaction_ids: Sequence[str]) -> dict[str, str]:
    statement = (
        select(Recovery.transaction_id, func.max(Recovery.id))
        .where(Recovery.transaction_id.in_(transaction_ids))
        .group_by(Recovery.transaction_id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def _versions(session: Session, recoveries: Sequence[Recovery]) -> dict[tuple[str, int], PolicyVersion]:
    wanted = {(recovery.policy_id, recovery.policy_version) for recovery in recoveries}
    statement = select(PolicyVersion).where(tuple_(PolicyVersion.policy_id, PolicyVersion.version).in_(wanted))
    return {(version.policy_id, version.version): version for version in session.scalars(statement)}
