"""One HTTP exchange with a messaging provider: a reply, or a result that says whether anything was sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import httpx

from app.channels.codes import Code
from app.domain.notify.port import SendOutcome, SendResult

_SECONDS: Final = re.compile(r"[0-9]{1,6}")
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_TOO_MANY: Final = 429
_UNAUTHENTICATED: Final = frozenset({401, 403})
_SERVER_ERROR: Final = 500
_TELLS_NOTHING: Final = frozenset({500, 502, 504})
DETAIL_LENGTH: Final = 500


@dataclass(frozen=True, slots=True)
class Reply:
    """A provider's answer; `body` is an empty mapping when it was no JSON object."""

    status: int
    body: Mapping[str, Any]
    retry_after: timedelta | None

    @property
    def ok(self) -> bool:
        """Whether the provider said yes."""
        return self.status in {200, 201, 202}


def post(
    client: httpx.Client,
    path: str,
    *,
    headers: Mapping[str, str],
    form: Mapping[str, str] | None = None,
    json: Mapping[str, Any] | None = None,
) -> Reply | SendResult:
    """Post once, and never raise for what the network or the far side does."""
    try:
        response = client.post(path, headers=dict(headers), data=dict(form) if form else None, json=json)
    except httpx.RequestError as error:
        sent = not isinstance(error, _NOT_SENT)
        outcome = SendOutcome.UNKNOWN if sent else SendOutcome.TRANSIENT
        return SendResult(outcome, error_code="no_reply" if sent else "unreachable", detail=type(error).__name__)
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    value = response.headers.get("retry-after", "")
    wait = timedelta(seconds=int(value)) if _SECONDS.fullmatch(value) else None
    return Reply(response.status_code, body if isinstance(body, dict) else {}, wait)


def refusal(reply: Reply, *, code: str | None, detail: str, codes: Mapping[str, Code]) -> SendResult:
    """Classify a refusal by its code, else by its HTTP status.

    A code is a provider's own word that it refused. Without one, a server's error tells nothing of
    whether the message went out; wrong credentials are the operator's to mend, so it is tried again.
    """
    known = codes.get(code or "")
    word, detail = code or f"http_{reply.status}", detail[:DETAIL_LENGTH]
    if known is not None:
        return SendResult(known.outcome, None, word, detail or known.meaning, known.effect, reply.retry_after)
    if reply.status in _TELLS_NOTHING and code is None:
        return SendResult(SendOutcome.UNKNOWN, None, word, detail)
    transient = reply.status == _TOO_MANY or reply.status in _UNAUTHENTICATED or reply.status >= _SERVER_ERROR
    outcome = SendOutcome.TRANSIENT if transient else SendOutcome.PERMANENT
    return SendResult(outcome, None, word, detail, retry_after=reply.retry_after)
