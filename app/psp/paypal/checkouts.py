"""A hosted page: an order that the payer approves at PayPal. Approved, it is captured by the next look-up."""

from datetime import timedelta
from typing import Any, Final

from app.domain.payments.errors import CheckoutFailedError
from app.domain.payments.port import Checkout, CheckoutRequest, Outcome
from app.domain.payments.problems import Problem
from app.psp import hosted
from app.psp.lenient import iso_time, text_of
from app.psp.paypal import orders
from app.psp.paypal.charges import ATTEMPT_ID, ORDER_ID, ORDERS
from app.psp.paypal.client import Account
from app.psp.paypal.failures import as_failure, is_good
from app.psp.paypal.names import names_of, unit_of
from app.psp.paypal.shapes import link_of
from app.psp.paypal.units import AmountUnfitError, money_of
from app.psp.verdicts import MALFORMED
from app.psp.wire import Failure, Reply

LONGEST: Final = timedelta(hours=3)
"""How long PayPal lets a payer approve an order; it cannot be asked for less."""


def open_checkout(account: Account, request: CheckoutRequest) -> Checkout:
    """Open a page once per key; raises `CheckoutFailedError`."""
    if not ATTEMPT_ID.fullmatch(request.attempt_id):
        raise _failed(Failure(Outcome.ERROR, Problem.REQUEST_INVALID, detail="not an attempt id"))
    try:
        body = orders.checkout_order(request)
    except AmountUnfitError as unfit:
        raise _failed(Failure(Outcome.ERROR, Problem.REQUEST_INVALID, detail=unfit.detail)) from None
    order = _order(account, account.post(ORDERS, body, request_id=request.idempotency_key))
    if names_of(unit_of(order)).attempt_id != request.attempt_id or (
        money_of(unit_of(order).get("amount")) != request.money
    ):
        raise _failed(Failure(Outcome.ERROR, Problem.IDEMPOTENCY_CONFLICT, detail="the key belongs to another order"))
    order_id, created_at = text_of(order.get("id")), iso_time(order.get("create_time"))
    expires_at = created_at + min(request.expires_in, LONGEST) if created_at is not None else None
    page = hosted.checkout_of(order_id, link_of(order, "payer-action", "approve"), expires_at)
    if page is None:
        raise _failed(MALFORMED)
    return page


def _order(account: Account, reply: Reply | Failure) -> dict[str, Any]:
    if not is_good(reply):
        raise _failed(reply)
    if unit_of(reply.body) and link_of(reply.body, "payer-action", "approve") and reply.body.get("create_time"):
        return dict(reply.body)
    # A repeated request may get the short form.
    order_id = text_of(reply.body.get("id"))
    if order_id is None or not ORDER_ID.fullmatch(order_id):
        raise _failed(MALFORMED)
    now = account.get(f"{ORDERS}/{order_id}")
    if not is_good(now):
        raise _failed(now)
    return dict(now.body)


def _failed(reply: Reply | Failure) -> CheckoutFailedError:
    failure = as_failure(reply)
    detail = f" ({failure.detail})" if failure.problem is Problem.REQUEST_INVALID and failure.detail else ""
    return hosted.no_checkout(f"PayPal did not open a payment page{detail}.", failure)
