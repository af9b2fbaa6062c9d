"""A list of recoveries as CSV, page by page: no transaction is open while whoever reads it takes their time."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.queries.recovery_lists import Filters, count_recoveries
from app.db.queries.recovery_views import Brief, list_recoveries
from app.db.session import Begin
from app.domain.identity.masking import mask_text
from app.domain.money import exponent_of
from app.services.audit import record_audit

MOST: Final = 100_000
"""How many rows one file has at most: the newest."""
_PAGE: Final = 1000
_OWN: Final = (
    "status",
    "category",
    "reason",
    "hardness",
    "charges_made",
    "needs_attention",
    "recovered_via",
    "opened_at",
    "window_ends_at",
    "ended_at",
)
_COLUMNS: Final = ("id", "transaction_id", "transaction_ref", "gateway", "currency", "amount_minor", "amount", *_OWN)
_CUSTOMER: Final = ("ref",)
_CONTACTS: Final = ("name", "email", "phone")
# A spreadsheet takes what begins so for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Export:
    """What a file will hold: how many rows, and whether there are more than it may hold."""

    rows: int
    is_truncated: bool


def begin_export(
    session: Session,
    *,
    organization_id: str,
    filters: Filters,
    said: Mapping[str, Any],
    contacts: bool,
    actor: str,
    request_id: str | None,
    now: datetime,
) -> Export:
    """Count what a file will hold, and write down who takes it; `said` are the filters in plain words."""
    count = count_recoveries(session, organization_id=organization_id, filters=filters, most=MOST)
    export = Export(min(count, MOST), count > MOST)
    record_audit(
        session,
        organization_id=organization_id,
        actor=actor,
        action="recovery.export",
        subject=organization_id,
        after={"filters": dict(said), "rows": export.rows, "truncated": export.is_truncated, "contacts": contacts},
        request_id=request_id,
        now=now,
    )
    return export


def write_csv(
    begin: Begin, *, organization_id: str, filters: Filters, contacts: bool, most: int = MOST, page: int = _PAGE
) -> Iterator[str]:
    """Yield the file in parts (RFC 4180): a header, then the newest `most` recoveries.

    A last line says if there are more. Each page is a transaction of its own, ended before it is handed on.
    """
    yield _lines([[*_COLUMNS, *(f"customer_{name}" for name in _of_customer(contacts=contacts))]])
    left, after = most, None
    while left > 0:
        with begin() as session:
            rows = list_recoveries(
                session, organization_id=organization_id, filters=filters, after=after, limit=min(page, left)
            )
            shown = rows[: min(page, left)]
            part = _lines(_row(brief, contacts=contacts) for brief in shown)
        yield part
        if len(rows) == len(shown):
            return
        left, after = left - len(shown), shown[-1].recovery.id
    yield _lines([[f"Only the newest {most} recoveries are here: narrow the filters for the others."]])


def _of_customer(*, contacts: bool) -> tuple[str, ...]:
    return (*_CUSTOMER, *(_CONTACTS if contacts else ()))


def _row(brief: Brief, *, contacts: bool) -> list[str]:
    recovery, transaction = brief.recovery, brief.transaction
    exact = Decimal(transaction.amount).scaleb(-exponent_of(transaction.currency))
    values = [
        recovery.id,
        transaction.id,
        transaction.transaction_ref,
        transaction.gateway,
        transaction.currency,
        transaction.amount,
        f"{exact:f}",
        *(getattr(recovery, name) for name in _OWN),
        *_customer(transaction.customer, contacts=contacts),
    ]
    return [_cell(value) for value in values]


def _customer(customer: Mapping[str, Any], *, contacts: bool) -> list[Any]:
    values = [customer.get(name) for name in _of_customer(contacts=contacts)]
    # Merchants call payers what they like, often by their address.
    return values if contacts else [value and mask_text(value) for value in values]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _lines(rows: Iterable[list[str]]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue()
