"""An off-session charge in two steps, so that what became of it can always be found out.

1. The order is made under `PayPal-Request-Id` = the attempt's id, without a payment source: it moves no
   money. Asked again, PayPal gives the same order, so a lost process finds it (`lookups.by_attempt`).
2. The order is captured with the saved method, under an id of its own. An order is captured once.

A single call with the payment source would charge when a look-up repeats it and the first never arrived.
"""

import re
from dataclasses import replace
from typing import Any, Final

from app.domain.payments.port import ChargeRequest, Decline, Outcome, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from app.psp.lenient import text_of
from app.psp.paypal import orders
from app.psp.paypal.client import Account
from app.psp.paypal.declines import Issue, kind_of
from app.psp.paypal.failures import HTTP_CREATED, HTTP_UNPROCESSABLE, as_failure, is_good, words_of
from app.psp.paypal.mapping import captures_of, payment_of_order
from app.psp.paypal.names import Names, names_of, unit_of
from app.psp.paypal.units import AmountUnfitError, money_of
from app.psp.verdicts import without_verdict
from app.psp.wire import Failure, Reply

ORDERS: Final = "/v2/checkout/orders"
ORDER_ID: Final = re.compile(r"[A-Z0-9]{1,36}")
ATTEMPT_ID: Final = re.compile(r"[\x21-\x7b\x7d\x7e]{1,100}")  # fits a Request-Id with room for "-capture"; no bar
_AGAIN: Final = frozenset({Problem.IDEMPOTENCY_CONFLICT, Problem.IN_PROGRESS})
_PAYER_MUST_ACT: Final = "PAYER_ACTION_REQUIRED"
_NO_CONTENT: Final = 204


def charge(account: Account, request: ChargeRequest) -> PaymentResult:
    """Charge a saved method, exactly once per attempt; see the module."""
    source = orders.payment_source(request.method)
    if source is None or not ATTEMPT_ID.fullmatch(request.attempt_id):
        return refused("not an attempt id" if source else "the payment has no vaulted method, and no agreement")
    try:
        wanted, filling = orders.charge_order(request), orders.filling(request)
    except AmountUnfitError as unfit:
        return refused(unfit.detail)
    made = _order_of(account, account.post(ORDERS, wanted, request_id=request.attempt_id))
    if isinstance(made, PaymentResult):
        return made
    ended = _prepared(account, made, request, filling)
    return ended or capture(account, str(made["id"]), source, request_id=f"{request.attempt_id}-capture")


def capture(account: Account, order_id: str, source: dict[str, Any], *, request_id: str) -> PaymentResult:
    """Capture an order, with a payment source or as the payer approved it; once, whoever asks how often."""
    reply = account.post(f"{ORDERS}/{order_id}/capture", source, request_id=request_id)
    if is_good(reply):
        if reply.status == HTTP_CREATED and unit_of(reply.body):
            return payment_of_order(reply.body)
        return _read_back(account, order_id)  # an earlier answer, perhaps a short or an outdated one
    if isinstance(reply, Reply) and reply.status == HTTP_UNPROCESSABLE:
        told = _refusal(reply, order_id)
        if told is not None:
            return told
    failure = as_failure(reply)
    if failure.problem is Problem.IDEMPOTENCY_CONFLICT:
        return _after_conflict(account, order_id, failure)
    result = without_verdict(failure)
    # Somebody else is at it: their answer names the payment.
    keeps_id = failure.outcome is Outcome.UNKNOWN and failure.problem not in _AGAIN
    return replace(result, psp_payment_id=order_id) if keeps_id else result


def refused(detail: str) -> PaymentResult:
    """Say that a request was not sent, because PayPal would never take it."""
    return PaymentResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail=detail)


def _order_of(account: Account, reply: Reply | Failure) -> dict[str, Any] | PaymentResult:
    """Return the attempt's order as it is now; or that there is none, which moved no money."""
    if not is_good(reply):
        failure = as_failure(reply)
        if failure.problem in _AGAIN:
            return without_verdict(failure)
        unclear = failure.outcome is Outcome.UNKNOWN
        # Without an order nothing can be captured: the same attempt may simply be sent again.
        return without_verdict(replace(failure, outcome=Outcome.ERROR, transient=failure.transient or unclear))
    order_id = text_of(reply.body.get("id"))
    if order_id is None or not ORDER_ID.fullmatch(order_id):
        return without_verdict(Failure(Outcome.ERROR, Problem.MALFORMED_REPLY, transient=True, detail="no order id"))
    if reply.status == HTTP_CREATED and unit_of(reply.body):
        return dict(reply.body)
    now = account.get(f"{ORDERS}/{order_id}")
    if is_good(now):
        return dict(now.body)
    failure = as_failure(now)
    return replace(without_verdict(replace(failure, outcome=Outcome.UNKNOWN)), transient=False, psp_payment_id=order_id)


def _prepared(
    account: Account, order: dict[str, Any], request: ChargeRequest, filling: list[dict[str, Any]]
) -> PaymentResult | None:
    """Make sure that the order is the attempt's, and waits to be captured; None if so, else what it came to."""
    names = names_of(unit_of(order))
    if names.blank:
        return _fill(account, order, filling)
    if not _is_asked(order, names, request):
        other = Failure(
            Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT, detail="the attempt's order asks for another sum"
        )
        return without_verdict(other)
    waits = text_of(order.get("status")) == "CREATED" and not captures_of(order)
    return None if waits else payment_of_order(order)


def _is_asked(order: dict[str, Any], names: Names, request: ChargeRequest) -> bool:
    return names.attempt_id == request.attempt_id and money_of(unit_of(order).get("amount")) == request.money


def _fill(account: Account, shell: dict[str, Any], filling: list[dict[str, Any]]) -> PaymentResult | None:
    """Make the attempt's order of a shell; None if that worked. Nothing is captured otherwise."""
    reply = account.patch(f"{ORDERS}/{shell['id']}", filling)
    if isinstance(reply, Reply) and reply.status == _NO_CONTENT:
        return None
    failure = as_failure(reply)
    unclear = failure.outcome is Outcome.UNKNOWN
    return without_verdict(replace(failure, outcome=Outcome.ERROR, transient=failure.transient or unclear))


def _refusal(reply: Reply, order_id: str) -> PaymentResult | None:
    """Read a 422 of a capture: a decline by its issue, or that the payer must act; None if it is neither."""
    issue = next(iter(words_of(reply.body)), "")
    if issue == _PAYER_MUST_ACT:
        return PaymentResult(Outcome.REQUIRES_ACTION, order_id, PaymentStatus.REQUIRES_ACTION)
    failure = as_failure(reply)
    kind = kind_of(issue)
    if failure.problem is not Problem.REQUEST_INVALID or kind is Issue.MISTAKE:
        return None
    if kind is Issue.UNCLEAR:
        pending = Failure(Outcome.UNKNOWN, Problem.PENDING, detail=failure.detail)
        return replace(without_verdict(pending), psp_payment_id=order_id)
    decline = Decline(code=issue, message=failure.detail)
    return PaymentResult(Outcome.DECLINED, order_id, PaymentStatus.DECLINED, decline=decline)


def _after_conflict(account: Account, order_id: str, failure: Failure) -> PaymentResult:
    """Read an order that was captured before; one that was not is refused as a second payment of its invoice."""
    now = account.get(f"{ORDERS}/{order_id}")
    if is_good(now):
        found = payment_of_order(now.body)
        if found.outcome is not Outcome.REQUIRES_ACTION:
            return found
        names, reference = names_of(unit_of(now.body)), text_of(unit_of(now.body).get("reference_id"))
        if names.attempt_id and reference and "'" not in reference:
            account.patch(f"{ORDERS}/{order_id}", orders.marking(names.attempt_id, reference))
    return replace(without_verdict(failure), psp_payment_id=order_id)


def _read_back(account: Account, order_id: str) -> PaymentResult:
    now = account.get(f"{ORDERS}/{order_id}")
    if is_good(now):
        found = payment_of_order(now.body)
        if found.outcome is not Outcome.REQUIRES_ACTION:
            return found
    pending = Failure(Outcome.UNKNOWN, Problem.PENDING, detail="the capture is not seen on its order yet")
    return replace(without_verdict(pending), psp_payment_id=order_id)
