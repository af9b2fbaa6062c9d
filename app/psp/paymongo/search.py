"""PayMongo's list of payments: newest first, paged by id, and without a filter of any kind."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from app.domain.ids import ATTEMPT, is_id
from app.domain.payments.port import Outcome, PaymentResult, PaymentsPage
from app.domain.payments.problems import UNHEALTHY, Problem
from app.psp.lenient import dict_of, list_of, text_of, unix_time
from app.psp.paymongo import payments
from app.psp.paymongo.api import PaymongoApi
from app.psp.paymongo.facts import attributes_of, references_of
from app.psp.paymongo.failures import failed_read, failure_of
from app.psp.verdicts import MALFORMED, failed_page, without_verdict
from app.psp.wire import Failure, Reply

_Resource = Mapping[str, Any]
_HTTP_OK: Final = 200
_PATH: Final = "/v1/payments"
_PAGE: Final = 100
_MOST_PAGES: Final = 10
"""A look-up reads so many pages at most; further back nothing is certain."""
_MOST_LISTED: Final = 25
"""One page of ours at most: each payment in it that is not paid costs a read of its intent."""
_SLACK: Final = timedelta(hours=1)
_BROKEN: Final = frozenset({Problem.RATE_LIMITED, Problem.CREDENTIALS_INVALID, *UNHEALTHY} - {Problem.MALFORMED_REPLY})
_CROCKFORD: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_LENGTH: Final = 10
_FAR: Final = 10**14
_UNSURE: Final = Failure(
    Outcome.UNKNOWN, Problem.PENDING, detail="Not among the newest payments; PayMongo offers no search."
)


def by_attempt(api: PaymongoApi, attempt_id: str, *, live: bool) -> _Resource | PaymentResult | None:
    """Find a payment by our attempt's id: itself, or why nobody knows; None if it is certain that there is none.

    An attempt's id tells when it was made, and no payment of it can be older. A test organization may have
    made it by a moved clock, so there only the end of the list is an end.
    """
    return _find(api, lambda payment: _is_of(payment, attempt_id), since=_made_at(attempt_id) if live else None)


def by_source(api: PaymongoApi, source_id: str, *, since: datetime | None) -> _Resource | PaymentResult | None:
    """Find the payment that a legacy source was charged with; None if it is certain that there is none."""
    return _find(api, lambda payment: dict_of(attributes_of(payment).get("source")).get("id") == source_id, since=since)


def page_of(
    api: PaymongoApi, *, since: datetime, until: datetime, cursor: str | None, limit: int
) -> tuple[PaymentsPage, list[_Resource]]:
    """Read one page: what is in the window, and a page that says how it went on, without items yet."""
    size = max(1, min(limit, _MOST_LISTED))
    reply = api.get(_PATH, {"limit": size, **({"after": cursor} if cursor else {})})
    items = _items(reply)
    if items is None:
        failure = failure_of(reply) if not _is_ok(reply) else MALFORMED
        return failed_page(failure), []
    times = [unix_time(attributes_of(item).get("created_at")) for item in items]
    kept = [item for item, made in zip(items, times, strict=True) if made is None or since <= made < until]
    over = any(made is not None and made < since for made in times)
    last = text_of(items[-1].get("id")) if items else None
    more = _has_more(reply) and not over
    return PaymentsPage(next_cursor=last if more else None), kept


def _find(
    api: PaymongoApi, matches: Callable[[_Resource], bool], *, since: datetime | None
) -> _Resource | PaymentResult | None:
    cursor: dict[str, str | int] = {}
    for _ in range(_MOST_PAGES):
        reply = api.get(_PATH, {"limit": _PAGE, **cursor})
        items = _items(reply)
        if items is None:
            return failed_read(reply) if not _is_ok(reply) else without_verdict(MALFORMED)
        found = [item for item in items if matches(item)]
        if found:
            return payments.paid_of(found) or found[0]
        last = text_of(items[-1].get("id")) if items else None
        if last is None or not _has_more(reply) or _is_before(items[-1], since):
            return None
        cursor = {"after": last}
    return without_verdict(_UNSURE)


def _is_of(payment: _Resource, attempt_id: str) -> bool:
    """Tell whether a payment decides an attempt: a try that failed on its page does not."""
    attributes = attributes_of(payment)
    if payments.is_try_on_page(payment) and payments.paid_of([payment]) is None:
        return False
    return attempt_id in {references_of(attributes)[1], text_of(attributes.get("external_reference_number"))}


def _is_before(payment: _Resource, since: datetime | None) -> bool:
    made = unix_time(attributes_of(payment).get("created_at"))
    return since is not None and made is not None and made < since


def _made_at(attempt_id: str) -> datetime | None:
    if not is_id(attempt_id, ATTEMPT):
        return None
    milliseconds = 0
    for letter in attempt_id.rpartition("_")[2][:_TIME_LENGTH]:
        milliseconds = milliseconds * len(_CROCKFORD) + _CROCKFORD.index(letter)
    return datetime.fromtimestamp(milliseconds / 1000, UTC) - _SLACK if milliseconds < _FAR else None


def _items(reply: Reply | Failure) -> list[_Resource] | None:
    data = dict_of(reply.body).get("data") if isinstance(reply, Reply) and _is_ok(reply) else None
    return [dict_of(item) for item in list_of(data)] if isinstance(data, list) else None


def _has_more(reply: Reply | Failure) -> bool:
    return isinstance(reply, Reply) and dict_of(reply.body).get("has_more") is True


def _is_ok(reply: Reply | Failure) -> bool:
    return isinstance(reply, Reply) and reply.status == _HTTP_OK


def filled(page: PaymentsPage, found: list[_Resource], read: Callable[[_Resource], PaymentResult]) -> PaymentsPage:
    """Fill a page, each payment once; at the first one that cannot be read for now, the page ends and says so."""
    seen: dict[str | None, PaymentResult] = {}
    for payment in found:
        item = read(payment)
        if item.error_code in _BROKEN:
            return PaymentsPage(
                tuple(seen.values()),
                error_code=item.error_code,
                detail=item.detail,
                transient=item.error_code != Problem.CREDENTIALS_INVALID,
                retry_after=item.retry_after,
            )
        seen[item.psp_payment_id] = item
    return replace(page, items=tuple(seen.values()))
