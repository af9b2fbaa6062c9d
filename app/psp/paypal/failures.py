"""What PayPal's errors mean for money: `{name, message, debug_id, details: [{issue, description}]}`."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, TypeGuard

from app.domain.payments.port import Outcome
from app.domain.payments.problems import Problem
from app.psp.lenient import dict_of, list_of, text_of
from app.psp.verdicts import IN_PROGRESS, RATE_LIMITED, failure_of_status
from app.psp.wire import Failure, Reply

HTTP_OK: Final = 200
HTTP_CREATED: Final = 201
HTTP_UNAUTHORIZED: Final = 401
HTTP_NOT_FOUND: Final = 404
HTTP_UNPROCESSABLE: Final = 422

_CONFLICT: Final = Failure(Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT)

# By issue, else by name. A 503 without PayPal's own word may come from something in between,
# after the request went through; PayPal says it before it processes anything.
_BY_WORD: Final[Mapping[str, Failure]] = MappingProxyType(
    {
        "DUPLICATE_REQUEST_ID": _CONFLICT,
        "PAYPAL_REQUEST_ID_PREVIOUSLY_USED": _CONFLICT,
        "DUPLICATE_INVOICE_ID": _CONFLICT,
        "ORDER_ALREADY_CAPTURED": _CONFLICT,
        "ORDER_ALREADY_COMPLETED": _CONFLICT,
        "ORDER_COMPLETED_OR_VOIDED": _CONFLICT,
        "PREVIOUS_REQUEST_IN_PROGRESS": IN_PROGRESS,
        "ORDER_COMPLETION_IN_PROGRESS": IN_PROGRESS,
        "PENDING_CAPTURE": IN_PROGRESS,
        "SERVICE_UNAVAILABLE": Failure(Outcome.ERROR, Problem.PROVIDER_UNAVAILABLE, transient=True),
        "RATE_LIMIT_REACHED": RATE_LIMITED,
    }
)
_NOT_FOUND: Final = frozenset({"RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"})
_LONGEST_DETAIL: Final = 300


def words_of(body: object) -> tuple[str, ...]:
    """Return what an error body says, the most telling first: its issues, then its name."""
    raw = dict_of(body)
    issues = [text_of(dict_of(one).get("issue")) for one in list_of(raw.get("details"))]
    return tuple(word for word in (*issues, text_of(raw.get("name")), text_of(raw.get("error"))) if word)


def failure_of(reply: Reply) -> Failure:
    """Say what a reply that brought nothing means: by its words, then its status, then its class."""
    words = words_of(reply.body)
    by_word = next((_BY_WORD[word] for word in words if word in _BY_WORD), None)
    failure = by_word or failure_of_status(reply.status)
    return replace(failure, detail=_detail(reply, words), retry_after=reply.retry_after)


def as_failure(reply: Reply | Failure) -> Failure:
    """Say what an exchange that brought nothing means, whether or not a reply came."""
    return failure_of(reply) if isinstance(reply, Reply) else reply


def is_not_found(reply: Reply | Failure) -> bool:
    """Tell whether PayPal itself says that it knows no such thing: a 404 of anybody else proves nothing."""
    return isinstance(reply, Reply) and reply.status == HTTP_NOT_FOUND and not _NOT_FOUND.isdisjoint(_all(reply.body))


def is_good(reply: Reply | Failure) -> TypeGuard[Reply]:
    """Tell whether a reply brought what was asked for."""
    return isinstance(reply, Reply) and reply.status in {HTTP_OK, HTTP_CREATED} and isinstance(reply.body, dict)


def _all(body: object) -> frozenset[str]:
    return frozenset(words_of(body))


def _detail(reply: Reply, words: tuple[str, ...]) -> str:
    raw: Mapping[str, Any] = dict_of(reply.body)
    first = dict_of(next(iter(list_of(raw.get("details"))), None))
    told = text_of(first.get("description")) or text_of(raw.get("message")) or text_of(raw.get("error_description"))
    said = ": ".join(part for part in (words[0] if words else None, told) if part)
    return (said or f"HTTP {reply.status}")[:_LONGEST_DETAIL]
