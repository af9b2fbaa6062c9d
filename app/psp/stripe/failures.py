"""What Stripe's errors mean for money. Source: docs.stripe.com/error-low-level, docs.stripe.com/error-codes."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from app.domain.payments.port import Outcome, PaymentResult
from app.domain.payments.problems import Problem
from app.psp import verdicts
from app.psp.lenient import dict_of, text_of
from app.psp.verdicts import IN_PROGRESS, RATE_LIMITED, failure_of_status
from app.psp.wire import Failure, Reply

_BY_CODE: Final[Mapping[str, Failure]] = MappingProxyType(
    {
        "idempotency_error": Failure(Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT),
        "idempotency_key_in_use": IN_PROGRESS,
        "rate_limit": RATE_LIMITED,
        "lock_timeout": RATE_LIMITED,  # another request holds the object: nothing was done
    }
)
# None is a 5xx, as Stripe does not say of any that nothing was done: a key's stored answer may be a 500 after a charge.
_BY_STATUS: Final[Mapping[int, Failure]] = MappingProxyType(
    {424: Failure(Outcome.UNKNOWN, Problem.PROVIDER_ERROR)}  # something that Stripe itself calls failed
)


def failure_of(reply: Reply | Failure) -> Failure:
    """Say what an answer that brought nothing means: by its code or type, then its status, then its class."""
    if isinstance(reply, Failure):
        return reply
    error = dict_of(dict_of(reply.body).get("error"))
    code, kind = text_of(error.get("code")) or "", text_of(error.get("type")) or ""
    failure = (
        _BY_CODE.get(code) or _BY_CODE.get(kind) or _BY_STATUS.get(reply.status) or failure_of_status(reply.status)
    )
    detail = text_of(error.get("message")) or f"HTTP {reply.status}"
    return replace(failure, detail=detail[:300], retry_after=reply.retry_after)


def failed_read(reply: Reply | Failure) -> PaymentResult:
    """Say of a read that brought nothing: refused for good is an `error`, all else `unknown`."""
    return verdicts.failed_read(failure_of(reply))
