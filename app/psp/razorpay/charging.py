"""Charging a token exactly once per attempt, at a provider without idempotency keys for charges.

An attempt is one order, found again by its receipt, and all its charges are made on that order. Razorpay takes no
payment of an order that is paid, and gives back at once a second one that slips through: at most one is captured.
The order also decides who may charge:

- The call that made the order charges it at once. It knows its order by a random note, and makes sure that
  it is the only one: `unique_receipt` gives parallel calls the same order, and where an account does not know
  that parameter, each call lists the orders again after making its own, so at most one sees no other.
- Any other call answers from the order's payments. If there are none, it is `unknown` while the order is young:
  its maker may be charging at this moment. Later the maker's call is over, and the order may be charged again.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from app.domain.payments.port import ChargeRequest, Outcome, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from app.psp.lenient import dict_of, int_of
from app.psp.razorpay.api import Api, Told
from app.psp.razorpay.declines import INVALID_TOKEN, decline_of_error
from app.psp.razorpay.failures import (
    description_of,
    error_of,
    failed_read,
    is_good,
    is_unknown_id,
    nothing_moved,
    without_verdict,
)
from app.psp.razorpay.lookup import Lookup, Orders, ReadFailedError
from app.psp.razorpay.mapping import (
    CALL_NOTE,
    can_be_asked,
    deciding,
    matches,
    order_body,
    payment_of,
    recurring_body,
    token_of,
)
from app.psp.razorpay.values import Raw, note, text_of, time_of
from app.psp.verdicts import MALFORMED
from app.psp.wire import Failure

CLAIM: Final = timedelta(seconds=30)
"""How long an order belongs to the call that made it: longer than a charge may take (3 s and 20 s)."""
LONGEST_RECEIPT: Final = 40
_OURS: Final = frozenset({None, "business", "internal"})
_UNKNOWN_PARAMETER: Final = "unique_receipt"
_NO_CUSTOMER: Final = PaymentResult(
    Outcome.ERROR,
    error_code=Problem.REQUEST_INVALID,
    detail="Razorpay does not know the customer whose token is to be charged.",
)


class Charging:
    """An account's charges."""

    def __init__(self, api: Api, lookup: Lookup) -> None:
        self._api = api
        self._lookup = lookup

    def charge(self, request: ChargeRequest) -> PaymentResult:
        """Charge a token, once per attempt."""
        refusal = _refusal(request)
        if refusal is not None:
            return refusal
        try:
            found = self._lookup.orders_of(request.attempt_id)
            if found.items:
                return self._again(request, found)
            return self._first(request)
        except ReadFailedError as failed:
            return nothing_moved(failed.reply)

    def _first(self, request: ChargeRequest) -> PaymentResult:
        """Make the attempt's order, and charge it if nobody else made it; raises `ReadFailedError`."""
        customer = self._customer(request)
        if customer is None:
            return _NO_CUSTOMER
        call = secrets.token_hex(8)
        made = self._make_order(request, call)
        found = self._lookup.orders_of(request.attempt_id)
        if len(found.items) == 1 and note(found.items[0].get("notes"), CALL_NOTE) == call:
            return self._charge(request, found.items[0], customer)
        if found.items:
            return self._again(request, found)
        if is_good(made):
            made = replace(MALFORMED, detail="an order that was made is not listed")
        return nothing_moved(made)

    def _again(self, request: ChargeRequest, orders: Orders) -> PaymentResult:
        """Answer for an attempt whose order was there already; raises `ReadFailedError` before any charge."""
        if not all(matches(order, request.money) for order in orders.items):
            return _unknown(Problem.IDEMPOTENCY_CONFLICT, "The attempt was sent before with another amount.")
        known = self._of_orders(orders.items)
        if known is not None:
            return known
        if orders.at is None or any(_is_young(order, orders.at) for order in orders.items):
            return _unknown(Problem.IN_PROGRESS, "Another call may be charging this attempt's order.")
        customer = self._customer(request)
        if customer is None:
            return _NO_CUSTOMER
        oldest = min(orders.items, key=lambda order: (int_of(order.get("created_at")) or 0, str(order["id"])))
        return self._charge(request, oldest, customer)

    def _charge(self, request: ChargeRequest, order: Raw, customer: Raw) -> PaymentResult:
        order_id = str(order["id"])
        body = recurring_body(request, order_id=order_id, customer=customer)
        reply = self._api.call(lambda sdk: sdk.payment.createRecurring(body))
        if isinstance(reply, Failure):
            return without_verdict(reply)
        made = text_of(dict_of(reply.body).get("razorpay_payment_id")) if is_good(reply) else None
        failed = text_of(dict_of(error_of(reply).get("metadata")).get("payment_id"))
        if made or failed:
            return self._read(str(made or failed), order)
        if is_good(reply):
            return without_verdict(replace(MALFORMED, detail="a charge without a payment's id"))
        return self._refused(reply, order)

    def _read(self, payment_id: str, order: Raw) -> PaymentResult:
        """Read what a charge made; that it could not be read says nothing against it."""
        try:
            found = self._lookup.payment(payment_id, notes=order.get("notes"))
        except ReadFailedError as failed:
            found = failed_read(failed.reply)
        if found is not None and found.status is not None:
            return found
        problem = found.error_code if found is not None else MALFORMED.problem
        return replace(_unknown(problem, "The charge was taken, and cannot be read yet."), psp_payment_id=payment_id)

    def _refused(self, reply: Told, order: Raw) -> PaymentResult:
        """Read a refusal that names no payment."""
        result = without_verdict(reply)
        if result.transient:
            # Who comes back sooner finds the order still claimed.
            return replace(result, retry_after=max(result.retry_after or CLAIM, CLAIM))
        if result.outcome is Outcome.UNKNOWN or result.error_code == Problem.CREDENTIALS_INVALID:
            return result
        if "already" in description_of(reply):  # paid, or being paid, by another call
            return self._of_orders([order]) or _unknown(Problem.IN_PROGRESS, "The order is being paid.")
        error = error_of(reply)
        if is_unknown_id(reply):
            # The customer and the order were there a moment ago: it is the token.
            error = {**error, "reason": INVALID_TOKEN}
        elif text_of(error.get("source")) in _OURS:
            return result
        return PaymentResult(Outcome.DECLINED, status=PaymentStatus.DECLINED, decline=decline_of_error(error))

    def _of_orders(self, orders: Sequence[Raw]) -> PaymentResult | None:
        """Read what became of an attempt's orders; None if nothing was ever paid on them."""
        try:
            found = deciding([each for order in orders for each in self._lookup.payments_of(str(order["id"]))])
        except ReadFailedError as failed:
            result = failed_read(failed.reply)  # there may be a payment: no licence to charge again
            return _unknown(result.error_code, result.detail)
        return None if found is None else payment_of(found, notes=orders[0].get("notes"))

    def _customer(self, request: ChargeRequest) -> Raw | None:
        """Read the customer, whose e-mail address and phone number a charge must repeat; raises `ReadFailedError`."""
        reply = self._api.call(lambda sdk: sdk.customer.fetch(request.method.psp_customer_id))
        if is_unknown_id(reply):
            return None
        if isinstance(reply, Failure) or not is_good(reply):
            raise ReadFailedError(reply)
        return dict_of(reply.body)

    def _make_order(self, request: ChargeRequest, call: str) -> Told | Failure:
        body = order_body(request, call=call)
        made = self._api.call(lambda sdk: sdk.order.create({**body, "unique_receipt": True}))
        if isinstance(made, Told) and not is_good(made) and _UNKNOWN_PARAMETER in description_of(made):
            return self._api.call(lambda sdk: sdk.order.create(body))
        return made


def _is_young(order: Raw, now: datetime) -> bool:
    made_at = time_of(order.get("created_at"))
    return made_at is None or now - made_at < CLAIM


def _refusal(request: ChargeRequest) -> PaymentResult | None:
    """Refuse what Razorpay could not do; None if it can be asked."""
    if not token_of(request) or not request.method.psp_customer_id:
        return _invalid("Razorpay charges a saved method by its token and its customer's id.")
    if not can_be_asked(request.money):
        return _invalid(f"Razorpay takes {request.money.currency} in steps of ten minor units.")
    if len(request.attempt_id) > LONGEST_RECEIPT:
        return _invalid("An order's receipt has at most 40 characters.")
    return None


def _invalid(detail: str) -> PaymentResult:
    return PaymentResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail=detail)


def _unknown(problem: str | None, detail: str | None) -> PaymentResult:
    return PaymentResult(Outcome.UNKNOWN, error_code=problem, detail=detail)
