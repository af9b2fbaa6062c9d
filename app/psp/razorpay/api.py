"""Razorpay's own SDK, carried over our HTTP client.

The SDK writes the requests. What it does with replies is left out: it turns every refusal into an
exception with the description alone (no status, reason, step or metadata), prints to standard output
when a connection fails, and has no time-outs. It takes a session, so it gets one that sends a request
once over our client and hands the whole reply through.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx
import razorpay

from app.psp.keyed import no_usable
from app.psp.wire import Failure, Reply, failure_of, json_of, retry_after_of

_KEY: Final = re.compile(r"[\x21-\x39\x3b-\x7e]{1,255}")  # what Basic authentication can carry: no colon
Request = Callable[[Any], object]
"""Makes one call with the SDK's client."""


@dataclass(frozen=True, slots=True)
class Told(Reply):
    """A reply with the provider's own time, by which the age of its objects is told."""

    at: datetime | None = None


class Api:
    """One account's calls."""

    def __init__(self, client: httpx.Client, *, api_base: str, key_id: str, key_secret: str) -> None:
        self._usable = all(_KEY.fullmatch(key) for key in (key_id, key_secret))
        self._sdk = razorpay.Client(
            session=_Session(client), auth=(key_id, key_secret), base_url=api_base.rstrip("/"), max_retries=1
        )

    def call(self, request: Request) -> Told | Failure:
        """Make one call, once; never raises for what the network or Razorpay does."""
        if not self._usable:
            return no_usable("key_id and key_secret")
        try:
            reply = request(self._sdk)
        except httpx.RequestError as error:
            return failure_of(error)
        if not isinstance(reply, Told):
            raise TypeError("the SDK did not hand the reply through")
        return reply


class _Kept:
    """What the SDK takes for a successful reply: it passes on what `json` returns, which is the reply as it came."""

    status_code: Final = 200

    def __init__(self, told: Told) -> None:
        self._told = told

    def json(self) -> Told:
        return self._told


class _Session:
    """What the SDK takes for a session of `requests`."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def get(self, url: str, **options: Any) -> _Kept:
        return self._send("GET", url, options)

    def post(self, url: str, **options: Any) -> _Kept:
        return self._send("POST", url, options)

    def _send(self, method: str, url: str, options: dict[str, Any]) -> _Kept:
        response = self._client.request(
            method,
            url,
            auth=options["auth"],
            params=options.get("params"),
            content=options.get("data"),
            headers={name: value.strip() for name, value in options["headers"].items()},  # the SDK's end in a space
        )
        return _Kept(
            Told(
                status=response.status_code,
                body=json_of(response),
                retry_after=retry_after_of(response.headers),
                at=_date_of(response.headers.get("date", "")),
            )
        )


def _date_of(header: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo is not None else None
