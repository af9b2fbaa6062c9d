"""What a reply that brought no payment means for the money."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from app.domain.payments.port import Outcome, PaymentResult
from app.domain.payments.problems import Problem
from app.psp import verdicts
from app.psp.lenient import dict_of
from app.psp.razorpay.values import text_of
from app.psp.verdicts import KEY_REFUSED, TIMED_OUT, failure_of_status
from app.psp.wire import Failure, Reply

_BY_STATUS: Final[Mapping[int, Failure]] = MappingProxyType({504: TIMED_OUT})
# Older documentation shows these under status 400.
_BAD_KEY: Final = frozenset(
    {"authentication failed", "the api key provided is invalid", "the api key/secret provided is invalid"}
)
_OTHER_REQUEST: Final = "different request with the same idempotency key"
_BAD_REQUEST: Final = "BAD_REQUEST_ERROR"
_NOT_FOUND: Final = frozenset({400, 404})


def error_of(reply: Reply) -> Mapping[str, Any]:
    """Return the error object of a refusal; empty if there is none."""
    return dict_of(dict_of(reply.body).get("error"))


def description_of(reply: Reply) -> str:
    """Return what a refusal says, in lower case and without the full stop."""
    return (text_of(error_of(reply).get("description")) or "").casefold().strip(" .")


def is_good(reply: Reply | Failure) -> bool:
    """Tell whether a reply is a success."""
    return isinstance(reply, Reply) and reply.status // 100 == 2  # noqa: PLR2004  (HTTP's class of successes)


def is_unknown_id(reply: Reply | Failure) -> bool:
    """Tell whether Razorpay itself says that it has no such object; another's 404 says nothing."""
    if not isinstance(reply, Reply) or reply.status not in _NOT_FOUND:
        return False
    if error_of(reply).get("code") != _BAD_REQUEST:
        return False
    said = description_of(reply)
    return "does not exist" in said or "not a valid id" in said or text_of(error_of(reply).get("reason")) == _NO_RECORD


_NO_RECORD: Final = "record_not_found"


def failure_of(reply: Reply | Failure) -> Failure:
    """Say what a call that brought nothing means: a refusal by its words, then its status, then its class."""
    if isinstance(reply, Failure):
        return reply
    said = description_of(reply)
    if said in _BAD_KEY:
        failure = KEY_REFUSED
    elif _OTHER_REQUEST in said:
        failure = Failure(Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT)
    else:
        failure = _BY_STATUS.get(reply.status) or failure_of_status(reply.status)
    detail = text_of(error_of(reply).get("description")) or f"HTTP {reply.status}"
    return replace(failure, detail=detail[:300], retry_after=reply.retry_after)


def without_verdict(reply: Reply | Failure) -> PaymentResult:
    """Say of a call that may have moved money that it brought no payment."""
    return verdicts.without_verdict(failure_of(reply))


def nothing_moved(reply: Reply | Failure) -> PaymentResult:
    """Say of a step that comes before any charge that it failed: whatever the reason, no money moved."""
    result = without_verdict(reply)
    if result.outcome is not Outcome.UNKNOWN:
        return result
    problem = Problem.PROVIDER_UNAVAILABLE if result.error_code == Problem.PROVIDER_ERROR else result.error_code
    return replace(result, outcome=Outcome.ERROR, error_code=problem, transient=True)


def failed_read(reply: Reply | Failure) -> PaymentResult:
    """Say of a read that brought nothing: refused for good is an `error`, all else `unknown`."""
    return verdicts.failed_read(failure_of(reply))
