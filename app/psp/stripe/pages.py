"""Checkout Sessions, Stripe's hosted pages, in the words of the port. Pure."""

from dataclasses import replace
from typing import Final

from app.domain.payments.errors import CheckoutFailedError
from app.domain.payments.outcomes import OUTCOME_OF
from app.domain.payments.port import Checkout, Decline, Outcome, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from app.psp import hosted
from app.psp.lenient import dict_of, text_of, unix_time
from app.psp.stripe.facts import facts_of
from app.psp.stripe.failures import failure_of
from app.psp.stripe.mapping import SETTLED, normalize_status, payment_of
from app.psp.verdicts import MALFORMED, without_verdict
from app.psp.wire import Failure, Reply

_UNPAID: Final = Decline(
    code="payment_intent_payment_attempt_expired", message="The payment page expired before anybody paid."
)
_OK: Final = 200


def payment_of_session(body: object) -> PaymentResult:
    """Read a hosted page: its payment once there is a verdict, else that it waits for the payer, or expired.

    A decline on an open page is no verdict: the payer may take another card.
    """
    session = dict_of(body)
    session_id, word = text_of(session.get("id")), text_of(session.get("status"))
    if not session_id or not word:
        return without_verdict(replace(MALFORMED, detail="a session without id or status"))
    intent = payment_of(session["payment_intent"]) if dict_of(session.get("payment_intent")) else None
    if intent is not None and intent.status in SETTLED:
        return _also_known_as(intent, session_id)
    status = normalize_status(word)
    return PaymentResult(
        outcome=OUTCOME_OF[status],
        psp_payment_id=session_id,
        status=status,
        decline=_UNPAID if status is PaymentStatus.CANCELLED else None,
        error_code=Problem.PENDING if OUTCOME_OF[status] is Outcome.UNKNOWN else None,
        facts=facts_of({**session, "amount": session.get("amount_total"), "status": None}),
    )


def _also_known_as(result: PaymentResult, *names: str) -> PaymentResult:
    if result.facts is None:
        return result
    return replace(result, facts=replace(result.facts, other_ids=(*result.facts.other_ids, *names)))


def checkout_of(body: object) -> Checkout | None:
    """Read a page that was opened; None if it is none."""
    session = dict_of(body)
    expires_at = unix_time(session.get("expires_at"))
    return hosted.checkout_of(text_of(session.get("id")), text_of(session.get("url")), expires_at)


def no_checkout(reply: Reply | Failure) -> CheckoutFailedError:
    """Say why no page was opened."""
    opened = isinstance(reply, Reply) and reply.status == _OK
    return hosted.no_checkout("Stripe did not open a payment page.", MALFORMED if opened else failure_of(reply))
