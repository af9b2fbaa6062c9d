"""PayPal's Transaction Search: the only list of payments there is. Up to three hours late, 31 days at a time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from app.domain.payments.facts import CustomerFacts, PaymentFacts
from app.domain.payments.outcomes import OUTCOME_OF
from app.domain.payments.port import Decline, Outcome, PaymentResult, PaymentsPage, PaymentStatus
from app.domain.payments.problems import Problem
from app.psp.lenient import dict_of, iso_time, list_of, text_of
from app.psp.paypal.client import Account
from app.psp.paypal.failures import as_failure, is_good
from app.psp.paypal.names import names_of
from app.psp.paypal.people import name_of
from app.psp.paypal.shapes import count_of
from app.psp.paypal.units import money_of
from app.psp.verdicts import failed_page
from app.psp.wire import Failure, Reply

TRANSACTIONS: Final = "/v1/reporting/transactions"
LONGEST_WINDOW: Final = timedelta(days=31)
MOST_PER_PAGE: Final = 500
_PAYMENT_CODES: Final = "T00"  # T00xx are payments; T11xx refunds and reversals, the rest no payments at all
_CURSOR: Final = re.compile(r"([0-9]{1,11})-([0-9]{1,5})")
_STATUSES: Final = {
    "S": PaymentStatus.CAPTURED,
    "P": PaymentStatus.PENDING,
    "D": PaymentStatus.DECLINED,
    "V": PaymentStatus.REFUNDED,
}


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search: the payments in it, how many pages there are, and up to when PayPal knows them."""

    items: tuple[PaymentResult, ...]
    pages: int
    fresh_until: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list stands: the window that begins at `start`, and the page in it (from 1)."""

    start: datetime
    page: int = 1

    def __str__(self) -> str:
        """Write it as a cursor."""
        return f"{int(self.start.timestamp())}-{self.page}"


def place_of(cursor: str | None, *, since: datetime) -> Place | None:
    """Read a cursor; the beginning without one, and None if it is not of this list."""
    if cursor is None:
        return Place(since.replace(microsecond=0))  # PayPal's times have whole seconds
    match = _CURSOR.fullmatch(cursor)
    return Place(datetime.fromtimestamp(int(match[1]), since.tzinfo), int(match[2])) if match else None


def search(account: Account, *, start: datetime, end: datetime, page: int, size: int) -> Found | Reply | Failure:
    """Read one page of a window of at most `LONGEST_WINDOW`."""
    params: dict[str, str | int] = {
        "start_date": start.isoformat(timespec="seconds"),
        "end_date": end.isoformat(timespec="seconds"),
        "fields": "transaction_info,payer_info",
        "page": page,
        "page_size": max(1, min(size, MOST_PER_PAGE)),
    }
    reply = account.get(TRANSACTIONS, params)
    if not is_good(reply):
        return reply
    details = [dict_of(one) for one in list_of(reply.body.get("transaction_details"))]
    items = [item for item in map(_payment_of, details) if item is not None]
    items.sort(key=lambda item: (str(item.facts and item.facts.created_at), item.psp_payment_id or ""))
    fresh_until = iso_time(reply.body.get("last_refreshed_datetime"))
    return Found(tuple(items), count_of(reply.body.get("total_pages")), fresh_until)


def page_of(account: Account, *, since: datetime, until: datetime, cursor: str | None, limit: int) -> PaymentsPage:
    """Read one page of the payments made in `[since, until)`."""
    place = place_of(cursor, since=since)
    if place is None:
        return PaymentsPage(error_code=Problem.REQUEST_INVALID, detail="not a cursor of this list")
    if place.start >= until:
        return PaymentsPage()
    end = min(until, place.start + LONGEST_WINDOW)
    found = search(account, start=place.start, end=end, page=place.page, size=limit)
    if not isinstance(found, Found):
        return failed_page(as_failure(found))
    later = Place(place.start, place.page + 1) if place.page < found.pages else Place(end) if end < until else None
    items = tuple(item for item in found.items if _is_within(item, place.start, end))
    return PaymentsPage(items=items, next_cursor=str(later) if later else None)


def _is_within(item: PaymentResult, start: datetime, end: datetime) -> bool:
    made_at = item.facts.created_at if item.facts else None
    return made_at is None or start <= made_at < end


def _payment_of(detail: Mapping[str, Any]) -> PaymentResult | None:
    """Read a payment to the account; None of all other movements."""
    info, payer = dict_of(detail.get("transaction_info")), dict_of(detail.get("payer_info"))
    money, psp_payment_id = money_of(info.get("transaction_amount")), text_of(info.get("transaction_id"))
    code = text_of(info.get("transaction_event_code")) or ""
    if not code.startswith(_PAYMENT_CODES) or money is None or psp_payment_id is None:
        return None
    status = _STATUSES.get(text_of(info.get("transaction_status")) or "", PaymentStatus.PENDING)
    outcome, names = OUTCOME_OF[status], names_of(info)
    order_id = text_of(info.get("paypal_reference_id"))
    return PaymentResult(
        outcome=outcome,
        psp_payment_id=psp_payment_id,
        status=status,
        money=money if outcome is Outcome.SUCCEEDED else None,
        decline=Decline("capture:DECLINED") if outcome is Outcome.DECLINED else None,
        error_code=Problem.PENDING if outcome is Outcome.UNKNOWN else None,
        facts=PaymentFacts(
            asked=money,
            transaction_ref=names.transaction_ref,
            attempt_id=names.attempt_id,
            created_at=iso_time(info.get("transaction_initiation_date")),
            customer=CustomerFacts(
                email=text_of(payer.get("email_address")),
                name=text_of(dict_of(payer.get("payer_name")).get("alternate_full_name"))
                or name_of(payer.get("payer_name")),
                country=text_of(payer.get("country_code")),
            ),
            other_ids=(order_id,) if order_id else (),
            refunded=money if status is PaymentStatus.REFUNDED else None,
        ),
    )
