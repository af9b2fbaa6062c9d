"""What a call that brought nothing leaves to say: an HTTP status as a `Failure`, a `Failure` in the port's results.

A provider's own error codes come first, and are its own; this is what all have in common.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from app.domain.payments.port import Outcome, PaymentResult, PaymentsPage, RefundResult
from app.domain.payments.problems import Problem
from app.psp.wire import Failure

MALFORMED: Final = Failure(Outcome.UNKNOWN, Problem.MALFORMED_REPLY)
RATE_LIMITED: Final = Failure(Outcome.ERROR, Problem.RATE_LIMITED, transient=True)
IN_PROGRESS: Final = Failure(Outcome.UNKNOWN, Problem.IN_PROGRESS)
TIMED_OUT: Final = Failure(Outcome.UNKNOWN, Problem.TIMEOUT)
KEY_REFUSED: Final = Failure(Outcome.ERROR, Problem.CREDENTIALS_INVALID)
_BY_STATUS: Final[Mapping[int, Failure]] = MappingProxyType(
    {401: KEY_REFUSED, 403: KEY_REFUSED, 408: TIMED_OUT, 409: IN_PROGRESS, 429: RATE_LIMITED}
)
# A 5xx may come after the request went through: only a provider's own word can say that nothing was done.
_BY_CLASS: Final[Mapping[int, Failure]] = MappingProxyType(
    {
        4: Failure(Outcome.ERROR, Problem.REQUEST_INVALID),
        5: Failure(Outcome.UNKNOWN, Problem.PROVIDER_ERROR),
    }
)


def failure_of_status(status: int) -> Failure:
    """Say what an HTTP status means where the provider's own codes say nothing; a success is `malformed_reply`."""
    return _BY_STATUS.get(status) or _BY_CLASS.get(status // 100, MALFORMED)


def without_verdict(failure: Failure, psp_payment_id: str | None = None) -> PaymentResult:
    """Say of a payment what a failure leaves to say."""
    return PaymentResult(
        outcome=failure.outcome,
        psp_payment_id=psp_payment_id,
        error_code=failure.problem,
        detail=failure.detail,
        transient=failure.transient,
        retry_after=failure.retry_after,
    )


def failed_read(failure: Failure, psp_payment_id: str | None = None) -> PaymentResult:
    """Say of a read that brought nothing: refused for good is an `error`, all else `unknown`."""
    if failure.transient:
        failure = replace(failure, outcome=Outcome.UNKNOWN, transient=False)
    return without_verdict(failure, psp_payment_id)


def failed_refund(failure: Failure) -> RefundResult:
    """Say of a refund what a failure leaves to say."""
    return RefundResult(failure.outcome, error_code=failure.problem, detail=failure.detail, transient=failure.transient)


def failed_page(failure: Failure) -> PaymentsPage:
    """Say why a list could not be read; reading moves no money, so what is open may simply be read again."""
    return PaymentsPage(
        error_code=failure.problem,
        detail=failure.detail,
        transient=failure.transient or failure.outcome is Outcome.UNKNOWN,
        retry_after=failure.retry_after,
    )
