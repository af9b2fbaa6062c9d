"""One account's calls through the official SDK, over our own HTTP client: a reply, or a failure; nothing is raised."""

import re
from collections.abc import Mapping
from typing import Any, Final

import httpx
import stripe

from app.domain.payments.port import Outcome
from app.domain.payments.problems import Problem
from app.psp.keyed import NOT_A_KEY, PRINTABLE, no_usable
from app.psp.wire import Failure, Reply, failure_of, retry_after_of

API_VERSION: Final = "2026-10-28.endive"
"""What requests are written for and replies are read as, whatever the account's default is."""

KEY: Final = re.compile(r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9_]{1,240}")
_OK: Final = 200
_CHATTY: Final = "x-stripe-client-"

# The SDK's telemetry writes a file into the home directory and describes the machine: neither is ours to give.
stripe.enable_telemetry = False


class HttpxTransport(stripe.HTTPClient):
    """Lets the SDK send through an `httpx.Client`, so that time-outs, pool and tests' transport are those of all."""

    name = "httpx"

    def __init__(self, client: httpx.Client) -> None:
        super().__init__()
        self._client = client

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Send one request, once; raises the SDK's own error for a broken connection."""
        sent = {name: value for name, value in (headers or {}).items() if not name.lower().startswith(_CHATTY)}
        try:
            response = self._client.request(method, url, headers=sent, content=post_data or None)
        except httpx.RequestError as error:
            raise _broken(error) from error
        return response.content.decode("utf-8", "replace"), response.status_code, response.headers

    def close(self) -> None:
        """Leave the client to whoever built it."""


class Calls:
    """Stripe's API for one secret key. Nothing is repeated by the SDK: what may be, the caller knows."""

    def __init__(self, transport: HttpxTransport, *, api_base: str, secret_key: str) -> None:
        self._transport = transport
        self._api_base = api_base.rstrip("/")
        self._secret_key = secret_key
        self._client: stripe.StripeClient | None = None

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Reply | Failure:
        """Read something."""
        return self._send("get", path, dict(params or {}))

    def post(self, path: str, params: Mapping[str, Any], *, key: str) -> Reply | Failure:
        """Make something, once per idempotency key."""
        if not PRINTABLE.fullmatch(key):
            return NOT_A_KEY
        return self._send("post", path, {**params, "idempotency_key": key})

    def _send(self, method: str, path: str, params: dict[str, Any]) -> Reply | Failure:
        if not KEY.fullmatch(self._secret_key):
            return no_usable("secret_key")
        try:
            response = self._sdk().raw_request(method, path, **params)
        except stripe.StripeError as error:
            return _said(error)
        except (AttributeError, TypeError, ValueError) as error:  # an error body of no known shape
            return Failure(Outcome.UNKNOWN, Problem.MALFORMED_REPLY, detail=type(error).__name__)
        return Reply(response.code, response.data)

    def _sdk(self) -> stripe.StripeClient:
        if self._client is None:
            self._client = stripe.StripeClient(
                self._secret_key,
                stripe_version=API_VERSION,
                base_addresses={"api": self._api_base},
                max_network_retries=0,
                http_client=self._transport,
            )
        return self._client


def _broken(error: httpx.RequestError) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(type(error).__name__)  # type: ignore[no-untyped-call]  # the SDK's own gap


def _said(error: stripe.StripeError) -> Reply | Failure:
    if isinstance(error.__cause__, httpx.RequestError):
        return failure_of(error.__cause__)
    if error.http_status is None:
        return Failure(Outcome.UNKNOWN, Problem.CONNECTION_LOST, detail=type(error).__name__)
    if error.http_status == _OK:
        return Failure(Outcome.UNKNOWN, Problem.MALFORMED_REPLY, detail="a reply that is not JSON")
    return Reply(error.http_status, error.json_body, retry_after_of(error.headers or {}))
