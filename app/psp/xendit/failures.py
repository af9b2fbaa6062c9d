"""What Xendit's refusals mean: `{error_code, message}`, else the HTTP status.

Source: docs.xendit.co, API reference of payment requests and refunds, "Error scenarios", "Rate limits".
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from app.domain.classification import FailureSignals, Recommendation, classify
from app.domain.payments.port import Decline, Outcome, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from app.psp import verdicts
from app.psp.lenient import dict_of, text_of
from app.psp.verdicts import KEY_REFUSED, RATE_LIMITED, failure_of_status, without_verdict
from app.psp.wire import Failure, Reply

CONFLICT: Final = Failure(
    Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT, detail="The attempt's payment asks for something else."
)
DUPLICATE: Final = 409
_PSP: Final = "xendit"
_AWAY: Final = Failure(Outcome.ERROR, Problem.PROVIDER_UNAVAILABLE, transient=True)
_INVALID: Final = Failure(Outcome.ERROR, Problem.REQUEST_INVALID)

_BY_CODE: Final[Mapping[str, Failure]] = MappingProxyType(
    {
        "RATE_LIMIT_EXCEEDED": RATE_LIMITED,
        "PAYMENT_REQUEST_RATE_LIMITED": RATE_LIMITED,
        "CHANNEL_UNAVAILABLE": _AWAY,
        "ISSUER_UNAVAILABLE": _AWAY,
        "TEMPORARILY_UNAVAILABLE": _AWAY,
        "REFUND_IN_PROGRESS": _AWAY,
        "IDEMPOTENCY_ERROR": CONFLICT,
        "UNAUTHORIZED": KEY_REFUSED,
        "INVALID_API_KEY": KEY_REFUSED,
        "FORBIDDEN": KEY_REFUSED,
        "REQUEST_FORBIDDEN_ERROR": KEY_REFUSED,
    }
)
_FORBIDDEN: Final = 403
_REFUSED: Final = range(400, 500)


def code_of(reply: Reply) -> str:
    """Return a reply's error code, empty if it has none."""
    return text_of(dict_of(reply.body).get("error_code")) or ""


def failure_of(reply: Reply | Failure) -> Failure:
    """Say what a reply without a verdict means: by its code, then its status, then its class."""
    if isinstance(reply, Failure):
        return reply
    code = code_of(reply)
    # A 403 that says why is about the request, one without a word about the key.
    by_status = _INVALID if reply.status == _FORBIDDEN and code else failure_of_status(reply.status)
    failure = _BY_CODE.get(code) or by_status
    message = text_of(dict_of(reply.body).get("message")) or f"HTTP {reply.status}"
    detail = f"{code}: {message}" if code else message
    return replace(failure, detail=detail[:300], retry_after=reply.retry_after)


def failed_read(reply: Reply | Failure, psp_payment_id: str | None = None) -> PaymentResult:
    """Say of a read that brought nothing: refused for good is an `error`, all else `unknown`."""
    return verdicts.failed_read(failure_of(reply), psp_payment_id)


def nothing_sent(reply: Reply | Failure) -> PaymentResult:
    """Say of a charge that ended at a read before it: whatever went wrong, this call moved no money."""
    failure = failure_of(reply)
    if failure.outcome is Outcome.UNKNOWN:
        failure = replace(failure, outcome=Outcome.ERROR, transient=True)
    return without_verdict(failure)


def refusal_of(reply: Reply | Failure) -> PaymentResult:
    """Read why Xendit would not take a charge: declined with its code, or without a verdict."""
    if isinstance(reply, Failure):
        return without_verdict(reply)
    code = code_of(reply)
    if reply.status not in _REFUSED or reply.status == DUPLICATE or not code or code in _BY_CODE:
        return without_verdict(failure_of(reply))
    verdict = classify(FailureSignals(gateway=_PSP, code=code))
    if verdict.money_may_have_moved:
        return without_verdict(Failure(Outcome.UNKNOWN, Problem.TIMEOUT, detail=code))
    if not verdict.rule.startswith(f"{_PSP}:") or verdict.recommendation == Recommendation.FIX_INTEGRATION:
        return without_verdict(failure_of(reply))
    return declined(code, text_of(dict_of(reply.body).get("message")))


def declined(code: str, message: str | None) -> PaymentResult:
    """Answer that a charge was refused before there was a payment."""
    return PaymentResult(Outcome.DECLINED, status=PaymentStatus.DECLINED, decline=Decline(code=code, message=message))
