"""Which recoveries a list shows: filters and search, in pages by id, quick whatever the table's size."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal_column, select, text, union, union_all
from sqlalchemy.orm import Session, aliased

from app.db.models import Charge, PspAccount, PspPayment, Recovery, Transaction
from app.db.queries.scoped import newest_first, owned
from app.domain.ids import RECOVERY, TRANSACTION, first_id, is_id

COUNTED: Final = 10_000
"""More recoveries than these are not counted one by one."""

# A plan that fits every value knows neither a beginning's place in the index nor how many rows a filter leaves.
_PLAN_EACH: Final = text("SET LOCAL plan_cache_mode = force_custom_plan")
# As many transactions may have a reference's beginning in common to be listed first.
_FEW: Final = 10_000
# As the index has it: a hash of what is searched for, so that their entries are small.
_EMAIL: Final[ColumnElement[int]] = literal_column("hashtextextended(lower(transactions.customer ->> 'email'), 0)")
_REF: Final[ColumnElement[int]] = literal_column("hashtextextended(transactions.customer ->> 'ref', 0)")


class Filters(NamedTuple):
    """What a list of recoveries is narrowed to.

    `opened_to` is exclusive; amounts are in the currency's minor unit, inclusive, and need a currency.
    """

    status: str | None = None
    category: str | None = None
    text: str | None = None
    opened_from: datetime | None = None
    opened_to: datetime | None = None
    needs_attention: bool | None = None
    reason: str | None = None
    gateway: str | None = None
    currency: str | None = None
    min_amount: int | None = None
    max_amount: int | None = None


def list_recoveries(
    session: Session, *, organization_id: str, filters: Filters, after: str | None, limit: int
) -> list[Recovery]:
    """Return an organization's recoveries, the newest first, one more than `limit`."""
    session.execute(_PLAN_EACH)
    statement = _filtered(organization_id, filters)
    if filters.text is not None:
        branches = _branches(session, organization_id, filters)
        pages = [_newest(each, after=after, limit=limit).subquery() for each in branches]
        ids = _newest(union(*(select(page.c.id) for page in pages)).subquery().select(), after=None, limit=limit)
        statement = owned(Recovery, organization_id).where(Recovery.id.in_(session.scalars(ids).all()))
    return list(session.scalars(newest_first(statement, Recovery.id, after=after, limit=limit)))


def _newest(ids: Select[Any], *, after: str | None, limit: int) -> Select[Any]:
    (column,) = ids.selected_columns
    return newest_first(ids, column, after=after, limit=limit)


def count_recoveries(session: Session, *, organization_id: str, filters: Filters, most: int = COUNTED) -> int:
    """Count an organization's recoveries, up to one more than `most`."""
    session.execute(_PLAN_EACH)
    if filters.text is not None:
        branches = _branches(session, organization_id, filters)
        chosen = union(*(each.limit(most + 1) for each in branches)).subquery()
    else:
        chosen = _filtered(organization_id, filters).with_only_columns(Recovery.id).limit(most + 1).subquery()
    return min(session.scalars(select(func.count()).select_from(chosen)).one(), most + 1)


def _filtered(organization_id: str, filters: Filters) -> Select[Any]:
    statement = owned(Recovery, organization_id)
    for column, wanted in (
        (Recovery.status, filters.status),
        (Recovery.category, filters.category),
        (Recovery.reason, filters.reason),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if filters.opened_from is not None:
        # Ids begin with the moment of opening, so that one index serves every range.
        since = first_id(RECOVERY, at=filters.opened_from)
        statement = statement.where(Recovery.id >= since, Recovery.opened_at >= filters.opened_from)
    if filters.opened_to is not None:
        until = first_id(RECOVERY, at=filters.opened_to + timedelta(milliseconds=1))
        statement = statement.where(Recovery.id < until, Recovery.opened_at < filters.opened_to)
    if filters.needs_attention is not None:
        flagged = Recovery.needs_attention.is_not(None)
        statement = statement.where(flagged if filters.needs_attention else ~flagged)
    narrowing = list(_of_transaction(filters))
    if narrowing:
        statement = statement.join(Transaction, Transaction.id == Recovery.transaction_id).where(*narrowing)
    return statement


def _of_transaction(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.gateway is not None:
        yield Transaction.gateway == filters.gateway
    if filters.currency is not None:
        yield Transaction.currency == filters.currency
    if filters.min_amount is not None:
        yield Transaction.amount >= filters.min_amount
    if filters.max_amount is not None:
        yield Transaction.amount <= filters.max_amount


def _branches(session: Session, organization_id: str, filters: Filters) -> list[Select[Any]]:
    """Return selects of the ids that a search finds, one for each way to find.

    What is named whole, and a reference's beginning that few have, leads from the transactions to their
    recoveries: a list that is made first, since the planner would rather walk through all recoveries. A beginning
    that many have is met soon by walking.
    """
    wanted = filters.text or ""
    mine = select(Transaction.id).where(Transaction.organization_id == organization_id)
    begins = Transaction.transaction_ref.like(_literal(wanted) + "%")
    many = session.scalars(mine.where(begins).offset(_FEW).limit(1)).one_or_none() is not None
    ways = [*_named(organization_id, wanted)] + ([] if many else [mine.where(begins)])
    named = union_all(*ways).cte("named").prefix_with("MATERIALIZED")
    ids = _filtered(organization_id, filters).with_only_columns(Recovery.id)
    hits = ids.where(Recovery.transaction_id.in_(select(named.c.id))).cte("hits").prefix_with("MATERIALIZED")
    branches = [select(hits.c.id)]
    if is_id(wanted, RECOVERY):
        branches.append(ids.where(Recovery.id == wanted))
    if many:
        of_many = aliased(Transaction)
        begins = of_many.transaction_ref.like(_literal(wanted) + "%")
        branches.append(ids.join(of_many, of_many.id == Recovery.transaction_id).where(begins))
    return branches


def _named(organization_id: str, wanted: str) -> Iterator[Select[Any]]:
    """Yield selects of the ids of transactions that have this name: each with an index of its own."""
    mine = select(Transaction.id).where(Transaction.organization_id == organization_id)
    if is_id(wanted, TRANSACTION):
        yield mine.where(Transaction.id == wanted)
    yield mine.where(Transaction.psp_payment_id == wanted)
    yield mine.where(func.hashtextextended(wanted, 0) == _REF, Transaction.customer["ref"].astext == wanted)
    yield mine.where(
        func.hashtextextended(func.lower(wanted), 0) == _EMAIL,
        func.lower(Transaction.customer["email"].astext) == func.lower(wanted),
    )
    yield select(PspPayment.transaction_id).where(
        PspPayment.organization_id == organization_id,
        PspPayment.psp_id == wanted,
        PspPayment.transaction_id.is_not(None),
    )
    accounts = select(PspAccount.id).where(PspAccount.organization_id == organization_id)
    yield select(Charge.transaction_id).where(Charge.psp_account_id.in_(accounts), Charge.psp_payment_id == wanted)


def _literal(wanted: str) -> str:
    return wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
