"""Tenancy in one place: every query for an organization's rows starts here."""

from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain.errors import NotFoundError


class OwnedRow(Protocol):
    """A table whose rows belong to one organization."""

    # Any: mapped attributes are columns on the class and values on its rows.
    id: Any
    organization_id: Any


Row = TypeVar("Row", bound=OwnedRow)


def owned(model: type[Row], organization_id: str) -> Select[Row]:
    """Start a select of that organization's rows, and nobody else's."""
    return select(model).where(model.organization_id == organization_id)


def get_owned(session: Session, model: type[Row], *, organization_id: str, row_id: str, lock: bool = False) -> Row:
    """Return one row of the organization; raises NotFoundError, also when it is somebody else's."""
    statement = owned(model, organization_id).where(model.id == row_id)
    row = session.scalars(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no such thing: {row_id[:64]}.")
    return row


def newest_first(
    statement: Select[Row],
    column: InstrumentedAttribute[str] | ColumnElement[str],
    *,
    after: str | None,
    limit: int,
) -> Select[Row]:
    """Order by id, newest first, from after that id; one row more than `limit`, to know whether more follow."""
    if after is not None:
        statement = statement.where(column < after)
    return statement.order_by(column.desc()).limit(limit + 1)
