"""Payment links: Razorpay's hosted pages. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from app.domain.payments.errors import CheckoutFailedError
from app.domain.payments.facts import PaymentFacts
from app.domain.payments.outcomes import OUTCOME_OF
from app.domain.payments.port import Checkout, CheckoutRequest, Decline, Outcome, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from app.psp import hosted
from app.psp.lenient import dict_of, minor_money
from app.psp.razorpay.declines import UNSAID
from app.psp.razorpay.failures import failure_of
from app.psp.razorpay.mapping import REF_NOTES, normalize_status, notes_of
from app.psp.razorpay.values import Raw, items_of, note, text_of, time_of
from app.psp.verdicts import MALFORMED
from app.psp.wire import Failure, Reply

LONGEST_REFERENCE: Final = 40
_SHORTEST: Final = timedelta(minutes=16)  # Razorpay wants 15 minutes from when it gets the call
_LONGEST: Final = timedelta(days=180)  # "six months"
_ENDED: Final[Mapping[str, Decline]] = {
    "expired": Decline(code="payment_session_expired", message="The payment link expired unpaid."),
    "cancelled": Decline(code="payment_cancelled", message="The payment link was cancelled."),
}


def link_body(request: CheckoutRequest, *, now: datetime) -> dict[str, Any]:
    """Write a payment link; `now` is Razorpay's own time. Tinko writes to payers itself, so Razorpay shall not."""
    lifetime = max(_SHORTEST, min(request.expires_in, _LONGEST))
    return {
        "amount": request.money.minor,
        "currency": request.money.currency,
        "accept_partial": False,
        "reference_id": request.idempotency_key,
        "description": request.transaction_ref[:255],
        "expire_by": int((now + lifetime).timestamp()),
        "notify": {"sms": False, "email": False},
        "reminder_enable": False,
        "notes": notes_of(request.attempt_id, request.transaction_ref),
        "callback_url": request.success_url,
        "callback_method": "get",
    }


def links_of(reply: Reply | Failure, reference_id: str) -> list[Raw] | None:
    """Return the links with exactly this reference; None if the reply is no listing of links."""
    links = items_of(reply.body, "payment_links") if isinstance(reply, Reply) else None
    return None if links is None else [link for link in links if link.get("reference_id") == reference_id]


def paid_by(link: Raw) -> str | None:
    """Return the payment that paid a link in full, if one did."""
    if link.get("status") != "paid":
        return None
    payments = items_of(link, "payments") or []
    return next((paid for each in payments if (paid := text_of(each.get("payment_id")))), None)


def link_of(link: Raw) -> PaymentResult:
    """Read a link that names no payment: it waits for the payer, or ended unpaid."""
    link_id, word = text_of(link.get("id")), text_of(link.get("status"))
    if not link_id or not word or word == "paid":
        return PaymentResult(
            MALFORMED.outcome, error_code=MALFORMED.problem, detail="a payment link without id, status or payment"
        )
    status = PaymentStatus.REQUIRES_ACTION if word == "created" else normalize_status(word)
    outcome = OUTCOME_OF[status]
    return PaymentResult(
        outcome=outcome,
        psp_payment_id=link_id,
        status=status,
        decline=_ENDED.get(word, Decline(code=UNSAID)) if outcome is Outcome.DECLINED else None,
        error_code=Problem.PENDING if outcome is Outcome.UNKNOWN else None,
        facts=PaymentFacts(
            asked=minor_money(link.get("amount"), link.get("currency")),
            transaction_ref=note(link.get("notes"), *REF_NOTES),
            attempt_id=note(link.get("notes"), "attempt_id"),
            created_at=time_of(link.get("created_at")),
        ),
    )


def checkout_of(link: object, request: CheckoutRequest) -> Checkout:
    """Read a link as a page for the payer; raises `CheckoutFailedError` if it is not this request's."""
    raw = dict_of(link)
    link_id, url, expires_at = text_of(raw.get("id")), text_of(raw.get("short_url")), time_of(raw.get("expire_by"))
    page = hosted.checkout_of(link_id, url, expires_at)
    if page is None:
        raise no_page(MALFORMED)
    if minor_money(raw.get("amount"), raw.get("currency")) != request.money:
        raise no_page(Failure(Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT))
    return page


def no_page(reply: Reply | Failure) -> CheckoutFailedError:
    """Say that no page was opened, and why."""
    failure = failure_of(reply)
    if failure.problem is Problem.IDEMPOTENCY_CONFLICT:  # the link of this reference will be no other later
        failure = replace(failure, outcome=Outcome.ERROR)
    return hosted.no_checkout("Razorpay did not open a payment link.", failure)
