"""One HTTP exchange with a provider: a reply, or a failure that says whether anything was sent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import httpx

from app.domain.payments.port import Outcome
from app.domain.payments.problems import Problem

_SECONDS: Final = re.compile(r"[0-9]{1,6}")
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_TIMED_OUT: Final = (httpx.ReadTimeout, httpx.WriteTimeout)


@dataclass(frozen=True, slots=True)
class Reply:
    """A provider's answer; `body` is None when it was not JSON."""

    status: int
    body: Any
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A call without a verdict, in the words of the port."""

    outcome: Outcome
    problem: Problem
    transient: bool = False
    detail: str | None = None
    retry_after: timedelta | None = None


def exchange(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    body: Mapping[str, Any] | Sequence[Any] | None = None,
    params: Mapping[str, str | int] | None = None,
) -> Reply | Failure:
    """Send one request, once, and never raise for what the network or the far side does."""
    try:
        response = client.request(method, path, headers=headers, json=body, params=params)
    except httpx.RequestError as error:
        return failure_of(error)
    return Reply(status=response.status_code, body=json_of(response), retry_after=retry_after_of(response.headers))


def failure_of(error: httpx.RequestError) -> Failure:
    """Classify a broken exchange: only what certainly sent nothing is an `error`, the rest is `unknown`."""
    detail = type(error).__name__
    if isinstance(error, _NOT_SENT):
        return Failure(Outcome.ERROR, Problem.UNREACHABLE, transient=True, detail=detail)
    if isinstance(error, _TIMED_OUT):
        return Failure(Outcome.UNKNOWN, Problem.TIMEOUT, detail=detail)
    if isinstance(error, httpx.DecodingError):
        return Failure(Outcome.UNKNOWN, Problem.MALFORMED_REPLY, detail=detail)
    return Failure(Outcome.UNKNOWN, Problem.CONNECTION_LOST, detail=detail)


def retry_after_of(headers: Mapping[str, str]) -> timedelta | None:
    """Read `Retry-After` in seconds; the date form and nonsense are None."""
    value = headers.get("retry-after", "")
    return timedelta(seconds=int(value)) if _SECONDS.fullmatch(value) else None


def json_of(response: httpx.Response) -> Any:
    """Return a reply's body; None if it is not JSON."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None
