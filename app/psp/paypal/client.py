"""Calls to PayPal in an account's name: where its API is, and the access token that opens it."""

import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import httpx

from app.domain.payments.port import Credentials, Outcome
from app.domain.payments.problems import Problem
from app.psp.keyed import PRINTABLE, no_usable
from app.psp.lenient import dict_of, text_of
from app.psp.paypal.failures import HTTP_UNAUTHORIZED, as_failure, is_good
from app.psp.paypal.shapes import count_of
from app.psp.verdicts import MALFORMED
from app.psp.wire import Failure, Reply, exchange, json_of, retry_after_of
from app.psp.wire import failure_of as failure_of_wire

LIVE_BASE: Final = "https://api-m.paypal.com"
TEST_BASE: Final = "https://api-m.sandbox.paypal.com"
_MARGIN: Final = timedelta(minutes=2)
"""A token is not used in its last minutes: it must not end between here and PayPal."""
_MOST_TOKENS: Final = 2000
_LONGEST_LIFE: Final = 86_400
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,4096}")
_REQUEST_ID: Final = re.compile(r"[\x21-\x7e]{1,108}")


class TokenBook:
    """Access tokens by account, until shortly before they end; threads share it. `repr` shows none."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._tokens: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def get(self, key: str) -> str | None:
        """Return the token that is still good; None if there is none."""
        with self._lock:
            token, ends = self._tokens.get(key, ("", 0.0))
            return token if token and self._monotonic() < ends else None

    def put(self, key: str, token: str, *, lifetime: timedelta) -> None:
        """Keep a token; the oldest make room."""
        ends = self._monotonic() + (lifetime - _MARGIN).total_seconds()
        with self._lock:
            self._tokens.pop(key, None)
            self._tokens[key] = (token, ends)
            while len(self._tokens) > _MOST_TOKENS:
                self._tokens.popitem(last=False)

    def drop(self, key: str, token: str) -> None:
        """Forget a token that PayPal refused; a newer one stays."""
        with self._lock:
            if self._tokens.get(key, ("", 0.0))[0] == token:
                del self._tokens[key]


class Account:
    """One account's door to PayPal. A call is made once.

    Only if PayPal refuses the access token is it renewed, and the call repeated once with the new one:
    nothing was processed under the old.
    """

    def __init__(self, client: httpx.Client, tokens: TokenBook, credentials: Credentials, *, api_base: str) -> None:
        self._client = client
        self._tokens = tokens
        self._client_id = credentials.secrets.get("client_id", "")
        self._client_secret = credentials.secrets.get("client_secret", "")
        self.base = (api_base or (LIVE_BASE if credentials.live else TEST_BASE)).rstrip("/")

    def has_keys(self) -> bool:
        """Tell whether there are credentials that a request can carry."""
        return bool(PRINTABLE.fullmatch(self._client_id) and PRINTABLE.fullmatch(self._client_secret))

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Reply | Failure:
        """Read."""
        return self._send("GET", path, params=params)

    def post(self, path: str, body: Mapping[str, Any], *, request_id: str) -> Reply | Failure:
        """Have something done once per `request_id`; asks for the whole object in return."""
        if not _REQUEST_ID.fullmatch(request_id):
            return Failure(Outcome.ERROR, Problem.REQUEST_INVALID, detail="not a PayPal-Request-Id")
        headers = {"paypal-request-id": request_id, "prefer": "return=representation"}
        return self._send("POST", path, body=body, headers=headers)

    def patch(self, path: str, operations: list[dict[str, Any]]) -> Reply | Failure:
        """Change an order that nobody paid yet."""
        return self._send("PATCH", path, body=operations)

    def grant(self, *, base: str | None = None) -> Reply | Failure:
        """Ask for a fresh access token, at another base if given; the answer is not kept."""
        if not self.has_keys():
            return no_usable("client_id and client_secret")
        try:
            response = self._client.post(
                f"{base or self.base}/v1/oauth2/token",
                data={"grant_type": "client_credentials"},
                auth=httpx.BasicAuth(self._client_id, self._client_secret),
                headers={"accept": "application/json"},
            )
        except httpx.RequestError as error:
            return failure_of_wire(error)
        return Reply(response.status_code, json_of(response), retry_after_of(response.headers))

    def _send(self, method: str, path: str, **request: Any) -> Reply | Failure:
        key = self._key()
        token = self._tokens.get(key) if self.has_keys() else None
        if token is not None:
            reply = self._exchange(method, path, token, **request)
            if not isinstance(reply, Reply) or reply.status != HTTP_UNAUTHORIZED:
                return reply
            self._tokens.drop(key, token)
        fresh = self._fresh_token(key)
        return fresh if isinstance(fresh, Failure) else self._exchange(method, path, fresh, **request)

    def _exchange(
        self, method: str, path: str, token: str, *, headers: Mapping[str, str] | None = None, **request: Any
    ) -> Reply | Failure:
        carried = {"authorization": f"Bearer {token}", **(headers or {})}
        return exchange(self._client, method, f"{self.base}{path}", headers=carried, **request)

    def _fresh_token(self, key: str) -> str | Failure:
        """Get a token; whatever goes wrong here, the call itself was not sent."""
        reply = self.grant()
        failure = as_failure(reply)
        if is_good(reply):
            body = dict_of(reply.body)
            token, lifetime = (
                text_of(body.get("access_token")),
                timedelta(seconds=min(count_of(body.get("expires_in")), _LONGEST_LIFE)),
            )
            if token and _TOKEN.fullmatch(token):
                self._tokens.put(key, token, lifetime=lifetime)
                return token
            failure = MALFORMED
        if failure.problem is Problem.REQUEST_INVALID:  # an unknown client is a 400 or a 401, by age of the account
            return Failure(Outcome.ERROR, Problem.CREDENTIALS_INVALID, detail=failure.detail)
        unclear = failure.outcome is Outcome.UNKNOWN
        return Failure(
            Outcome.ERROR, failure.problem, failure.transient or unclear, failure.detail, failure.retry_after
        )

    def _key(self) -> str:
        secret = f"{self.base}\n{self._client_id}\n{self._client_secret}"
        return hashlib.sha256(secret.encode()).hexdigest()
