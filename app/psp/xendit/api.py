"""Xendit's HTTP API as one account sees it: basic authentication, a dated version, exact numbers."""

import math
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import httpx

from app.psp.keyed import KeyedApi, basic
from app.psp.wire import Failure, Reply, failure_of, retry_after_of
from app.psp.xendit.amounts import dumps, loads

VERSION: Final = "2024-11-11"
REQUESTS: Final = "/v3/payment_requests"
INVOICES: Final = "/v2/invoices"
REFUNDS: Final = "/refunds"
_UUID: Final = "[0-9A-Za-z-]{1,64}"
_REQUEST_ID, _PAYMENT_ID = re.compile(f"pr-{_UUID}"), re.compile(f"py-{_UUID}")
_INVOICE_ID: Final = re.compile(r"[0-9a-f]{24}")
_TOKEN_ID: Final = re.compile(f"(pt|pm)-({_UUID})")
_SECONDS: Final = re.compile(r"[0-9]{1,5}(\.[0-9]{1,6})?")
_TOO_MANY: Final = 429


def is_request(own_id: str) -> bool:
    """Tell a payment request's id."""
    return _REQUEST_ID.fullmatch(own_id) is not None


def is_payment(own_id: str) -> bool:
    """Tell a payment's id."""
    return _PAYMENT_ID.fullmatch(own_id) is not None


def is_invoice(own_id: str) -> bool:
    """Tell an invoice's id."""
    return _INVOICE_ID.fullmatch(own_id) is not None


def token_id_of(token: str | None) -> str | None:
    """Return a saved method's id as v3 knows it: one saved by v2 keeps its number under another prefix."""
    found = _TOKEN_ID.fullmatch(token or "")
    return f"pt-{found[2]}" if found else None


class XenditApi(KeyedApi):
    """Requests in the name of one account: basic authentication, a dated version, exact numbers."""

    def __init__(self, client: httpx.Client, secret_key: str) -> None:
        super().__init__(
            client,
            name="secret_key",
            secret=secret_key,
            authorization=basic,
            headers={"api-version": VERSION},
            send=_exchange,
        )


def _exchange(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    body: Mapping[str, Any] | None = None,
    params: Mapping[str, str | int] | None = None,
) -> Reply | Failure:
    """Exchange as `wire.exchange` does, but with numbers as exact as they are written."""
    content = None if body is None else dumps(body).encode()
    sent = {**headers, "content-type": "application/json"} if content is not None else headers
    try:
        response = client.request(method, path, headers=sent, content=content, params=params)
    except httpx.RequestError as error:
        return failure_of(error)
    return Reply(response.status_code, _json_of(response), _wait_of(response))


def _json_of(response: httpx.Response) -> Any:
    try:
        return loads(response.content)
    except (ValueError, RecursionError):
        return None


def _wait_of(response: httpx.Response) -> timedelta | None:
    reset = response.headers.get("rate-limit-reset", "")
    if response.status_code == _TOO_MANY and _SECONDS.fullmatch(reset):
        return timedelta(seconds=math.ceil(float(reset)))
    return retry_after_of(response.headers)
