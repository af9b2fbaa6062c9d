"""Xendit's lists: payment requests, newest first, then invoices of a window."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.domain.payments.port import PaymentResult, PaymentsPage
from app.psp.lenient import dict_of, iso_time, list_of, text_of
from app.psp.verdicts import MALFORMED, failed_page
from app.psp.wire import Failure, Reply
from app.psp.xendit.api import INVOICES, REQUESTS, XenditApi
from app.psp.xendit.failures import failure_of
from app.psp.xendit.payments import request_id_of
from app.psp.xendit.read import Reader

_Object = Mapping[str, Any]
_HTTP_OK: Final = 200
_MOST: Final = 25
"""One page of ours at most: each payment in it costs a read of its codes, or of what went back."""
_REQUESTS_PART, _INVOICES_PART = "requests", "invoices"


def page_of(
    api: XenditApi, reader: Reader, *, since: datetime, until: datetime, cursor: str | None, limit: int
) -> PaymentsPage:
    """Read one page; a cursor says which list it goes on in, and after what."""
    part, _, after = (cursor or "").partition(":")
    size = max(1, min(limit, _MOST))
    found: list[PaymentResult] = []
    if part != _INVOICES_PART:
        rows = _rows(api.get(REQUESTS, {"limit": size, **({"after_id": after} if after else {})}), inside=True)
        if isinstance(rows, PaymentsPage):
            return rows
        items, more = rows
        times = [iso_time(item.get("created")) for item in items]
        kept = [item for item, made in zip(items, times, strict=True) if made is None or since <= made < until]
        found = [reader.settled_request(item) for item in kept]
        last = request_id_of(items[-1]) if items else None
        if more and last and not any(made is not None and made < since for made in times):
            return PaymentsPage(tuple(found), next_cursor=f"{_REQUESTS_PART}:{last}")
        after = ""
        if len(found) >= size:
            return PaymentsPage(tuple(found), next_cursor=f"{_INVOICES_PART}:")
    return _with_invoices(api, reader, found, since=since, until=until, after=after, size=size - len(found))


def _with_invoices(
    api: XenditApi,
    reader: Reader,
    found: list[PaymentResult],
    *,
    since: datetime,
    until: datetime,
    after: str,
    size: int,
) -> PaymentsPage:
    params: dict[str, str | int] = {
        "limit": size,
        "created_after": since.isoformat(),
        "created_before": until.isoformat(),
    }
    rows = _rows(api.get(INVOICES, params | ({"last_invoice": after} if after else {})), inside=False)
    if isinstance(rows, PaymentsPage):
        return rows
    items, more = rows
    times = [iso_time(item.get("created")) for item in items]
    kept = [item for item, made in zip(items, times, strict=True) if made is None or since <= made < until]
    last = text_of(items[-1].get("id")) if items else None
    more = more or len(items) >= size
    results = (*found, *(reader.settled_invoice(item) for item in kept))
    return PaymentsPage(results, next_cursor=f"{_INVOICES_PART}:{last}" if more and last else None)


def _rows(reply: Reply | Failure, *, inside: bool) -> tuple[list[_Object], bool] | PaymentsPage:
    if isinstance(reply, Reply) and reply.status == _HTTP_OK:
        body = dict_of(reply.body)
        data = body.get("data") if inside else reply.body
        if isinstance(data, list):
            return [dict_of(item) for item in list_of(data)], body.get("has_more") is True
    read = isinstance(reply, Reply) and reply.status == _HTTP_OK
    return failed_page(MALFORMED if read else failure_of(reply))
