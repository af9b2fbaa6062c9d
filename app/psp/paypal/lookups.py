"""Finds a payment by any of PayPal's names for it, or by the attempt alone.

By the attempt alone (a process died before it wrote PayPal's id down), the order's creation is repeated
under the attempt's `PayPal-Request-Id`. While PayPal remembers the id (6 hours; 72 by arrangement) it
gives the attempt's order, which is then read. Otherwise it makes a shell: an order with a mark of its own
that moves no money, and that the attempt's charge fills in if it is sent again. A shell means that the
attempt never arrived, or that PayPal forgot it. The age of the attempt's own id decides; else the
Transaction Search does, which by then has everything that could be forgotten. If it cannot be asked, the
answer is `unknown`, never None.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from app.domain.ids import ATTEMPT, is_id
from app.domain.payments.port import Outcome, PaymentResult
from app.domain.payments.problems import Problem
from app.psp.lenient import iso_time, text_of
from app.psp.paypal import orders
from app.psp.paypal.charges import ATTEMPT_ID, ORDER_ID, ORDERS, capture
from app.psp.paypal.client import Account
from app.psp.paypal.failures import is_good, is_not_found
from app.psp.paypal.mapping import captures_of, failed_read, order_id_of, payment_of_capture, payment_of_order
from app.psp.paypal.names import names_of, unit_of
from app.psp.paypal.searches import LONGEST_WINDOW, MOST_PER_PAGE, Found, search
from app.psp.paypal.subscriptions import CYCLE_ID, payment_of_cycle

CAPTURES: Final = "/v2/payments/captures"
_SALES: Final = "/v1/payments/sale"
_SUBSCRIPTIONS: Final = "/v1/billing/subscriptions"
_REMEMBERED: Final = timedelta(hours=6)
_MOST_PAGES: Final = 10
_DIGITS: Final = "0123456789abcdefghjkmnpqrstvwxyz"


def by_id(account: Account, psp_payment_id: str) -> PaymentResult | None:
    """Read a payment by the id of its capture, order, sale, subscription or cycle; None if PayPal knows none.

    An order that the payer approved on a page of ours is captured: approving it is the payer's consent,
    and PayPal waits for exactly this call.
    """
    cycle = CYCLE_ID.fullmatch(psp_payment_id)
    if cycle:
        return _cycle(account, cycle[1], int(cycle[2]) if cycle[2] else None)
    if not ORDER_ID.fullmatch(psp_payment_id):
        return None
    for read in (_capture, _order, _sale):
        found = read(account, psp_payment_id)
        if found is not _NOBODY:
            return found
    return None


def by_attempt(account: Account, attempt_id: str) -> PaymentResult | None:
    """Read an attempt's payment without PayPal's id; see the module. None only if it certainly never arrived."""
    if not ATTEMPT_ID.fullmatch(attempt_id):
        return None  # nothing was ever sent under it
    reply = account.post(ORDERS, orders.shell_order(attempt_id), request_id=attempt_id)
    order_id = text_of(reply.body.get("id")) if is_good(reply) else None
    if order_id is None or not ORDER_ID.fullmatch(order_id):
        return failed_read(reply)
    # What was answered then may be older than what is true now.
    now = account.get(f"{ORDERS}/{order_id}")
    if not is_good(now):
        return failed_read(now)
    names = names_of(unit_of(now.body))
    if names.blank:
        return _never_arrived_or_forgotten(account, attempt_id, now.body)
    if names.attempt_id != attempt_id:
        return _unclear(Problem.IDEMPOTENCY_CONFLICT, "the attempt's request id belongs to another order")
    return _told(account, now.body)


def _capture(account: Account, capture_id: str) -> PaymentResult | None:
    reply = account.get(f"{CAPTURES}/{capture_id}")
    if is_not_found(reply):
        return _NOBODY
    if not is_good(reply):
        return failed_read(reply)
    order_id = order_id_of(reply.body)
    order = account.get(f"{ORDERS}/{order_id}") if order_id and ORDER_ID.fullmatch(order_id) else None
    if order is not None and is_good(order):
        # The order knows the payer and the refunds; the capture is the newer truth about itself.
        own = next((one for one in captures_of(order.body) if one.get("id") == capture_id), {})
        return payment_of_capture({**own, **reply.body}, order=order.body)
    return payment_of_capture(reply.body)


def _order(account: Account, order_id: str) -> PaymentResult | None:
    reply = account.get(f"{ORDERS}/{order_id}")
    if is_not_found(reply):
        return _NOBODY
    if not is_good(reply):
        return failed_read(reply)
    return _told(account, reply.body)


def _told(account: Account, order: dict[str, Any]) -> PaymentResult | None:
    """Read an order; None if it is a charge of ours that was made and never captured."""
    status, names = text_of(order.get("status")), names_of(unit_of(order))
    made_at = iso_time(order.get("create_time"))
    if names.paid_elsewhere and names.attempt_id and made_at is not None:
        earlier = _searched(account, names.attempt_id, start=made_at - LONGEST_WINDOW, end=made_at)
        return earlier or _unclear(Problem.IDEMPOTENCY_CONFLICT, "an earlier order of this attempt was paid")
    if names.blank or (names.ours and status == "CREATED" and not captures_of(order)):
        return None
    if names.ours and status == "APPROVED" and not captures_of(order):
        result = capture(account, str(order["id"]), {}, request_id=f"{order['id']}-capture")
        refused = result.outcome is Outcome.ERROR
        # An error from a read must say nothing of the payment.
        return replace(result, outcome=Outcome.UNKNOWN, transient=False) if refused else result
    return payment_of_order(order)


def _sale(account: Account, sale_id: str) -> PaymentResult | None:
    reply = account.get(f"{_SALES}/{sale_id}")
    if is_not_found(reply):
        return _NOBODY
    return payment_of_capture(reply.body) if is_good(reply) else failed_read(reply)


def _cycle(account: Account, subscription_id: str, cycle: int | None) -> PaymentResult | None:
    reply = account.get(f"{_SUBSCRIPTIONS}/{subscription_id}")
    if is_not_found(reply):
        return None
    if not is_good(reply):
        return failed_read(reply)
    return payment_of_cycle(reply.body, subscription_id=subscription_id, cycle=cycle)


def _never_arrived_or_forgotten(account: Account, attempt_id: str, shell: dict[str, Any]) -> PaymentResult | None:
    asked_at, planned_at = iso_time(shell.get("create_time")), _time_in(attempt_id)
    if asked_at is None:
        return _unclear(Problem.MALFORMED_REPLY, "an order without a time")
    earliest = asked_at - LONGEST_WINDOW
    if planned_at is not None and planned_at <= asked_at:
        if planned_at > asked_at - _REMEMBERED:
            return None  # PayPal would still remember anything that came
        earliest = max(earliest, planned_at)
    return _searched(account, attempt_id, start=earliest, end=asked_at)


def _searched(account: Account, attempt_id: str, *, start: datetime, end: datetime) -> PaymentResult | None:
    for page in range(1, _MOST_PAGES + 1):
        found = search(account, start=start, end=end, page=page, size=MOST_PER_PAGE)
        if not isinstance(found, Found):
            return failed_read(found)
        for item in found.items:
            if item.facts and item.facts.attempt_id == attempt_id and item.psp_payment_id:
                return by_id(account, item.psp_payment_id)
        if found.fresh_until is None or found.fresh_until < end - _REMEMBERED:
            return _unclear(Problem.PENDING, "PayPal's search does not know the time in question yet")
        if page >= found.pages:
            return None
    return _unclear(Problem.PENDING, "there are too many payments to find this one among them")


def _time_in(attempt_id: str) -> datetime | None:
    """Return when an attempt was planned, which its id tells: no call is older."""
    if not is_id(attempt_id, ATTEMPT):
        return None
    value = 0
    for digit in attempt_id.partition("_")[2][:10]:
        value = value * 32 + _DIGITS.index(digit)
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _unclear(problem: Problem, detail: str) -> PaymentResult:
    return PaymentResult(Outcome.UNKNOWN, error_code=problem, detail=detail)


_NOBODY: Final = PaymentResult(Outcome.UNKNOWN, detail="no such thing under this kind of name")
