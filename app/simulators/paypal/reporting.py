"""The Transaction Search: payments by time, 31 days at most. Here it is never late."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.simulators.books.core import InAccount, InBooks
from app.simulators.books.database import Row
from app.simulators.books.errors import invalid
from app.simulators.books.unit import Unit
from app.simulators.paypal.amounts import written
from app.simulators.paypal.views import custom_id_of, moment
from app.simulators.paypal.words import processor_code

router = APIRouter()

_LONGEST: Final = timedelta(days=31)
_STATUSES: Final = {"captured": "S", "pending": "P", "declined": "D", "refunded": "V"}
_PAYMENT: Final = "T0006"
_SELECT: Final = """
SELECT *, count(*) OVER () AS total FROM payments
WHERE account_id = %(account_id)s AND created_at >= %(since)s AND created_at < %(until)s
  AND status IN ('captured', 'pending', 'declined', 'refunded')
ORDER BY seq
"""


@router.get("/v1/reporting/transactions")
def search(
    books: InBooks,
    account: InAccount,
    start_date: datetime,
    end_date: datetime,
    page: Annotated[int, Query(ge=1)] = 1,
    page_size: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """List payments, oldest first."""
    if not start_date <= end_date <= start_date + _LONGEST:
        raise invalid("Date range is greater than 31 days.", param="INVALID_REQUEST")

    def work(unit: Unit) -> dict[str, Any]:
        rows = [row for row in unit.rows(_SELECT, since=start_date, until=end_date) if _is_seen(row)]
        shown = rows[(page - 1) * page_size : page * page_size]
        return {
            "transaction_details": [_view(row) for row in shown],
            "page": page,
            "total_items": len(rows),
            "total_pages": -(-len(rows) // page_size),
            "last_refreshed_datetime": moment(unit.now),
        }

    return books.read(account, work)


def _is_seen(row: Row) -> bool:
    return row["status"] != "declined" or processor_code(row["decline"] or "") is not None


def _view(row: Row) -> dict[str, Any]:
    return {
        "transaction_info": {
            "transaction_id": row["id"],
            "transaction_event_code": _PAYMENT,
            "transaction_initiation_date": moment(row["created_at"]),
            "transaction_updated_date": moment(row["updated_at"]),
            "transaction_amount": written(row["amount"], row["currency"]),
            "transaction_status": _STATUSES[row["status"]],
            "invoice_id": row["data"].get("invoice_id"),
            "custom_field": custom_id_of(row),
            "paypal_reference_id": row["parent"],
        },
        "payer_info": {"email_address": "payer@example.com", "payer_name": {"alternate_full_name": "Simulated Payer"}},
    }
