"""Requests in the name of one account, whose key goes into the `Authorization` header."""

import base64
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import httpx

from app.domain.payments.port import Outcome
from app.domain.payments.problems import Problem
from app.psp.wire import Failure, Reply, exchange

PRINTABLE: Final = re.compile(r"[\x21-\x7e]{1,255}")
"""What a header can carry: a key, an idempotency key."""
NOT_A_KEY: Final = Failure(Outcome.ERROR, Problem.REQUEST_INVALID, detail="not an idempotency key")


def no_usable(secret: str) -> Failure:
    """Say that an account's secret of that name is missing, or nothing that a request can carry."""
    return Failure(Outcome.ERROR, Problem.CREDENTIALS_INVALID, detail=f"the account has no usable {secret}")


def basic(key: str) -> str:
    """Write a key as the user of Basic authentication, with no password."""
    return f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"


class KeyedApi:
    """An account's JSON calls. Nothing is ever sent twice by itself.

    `name` is what the secret is called in the account's credentials; `authorization` writes the header's value
    of it. `send` is an `exchange` of the provider's own, where it has one.
    """

    def __init__(
        self,
        client: httpx.Client,
        *,
        name: str,
        secret: str,
        authorization: Callable[[str], str],
        headers: Mapping[str, str] = MappingProxyType({}),
        send: Callable[..., Reply | Failure] = exchange,
    ) -> None:
        self._client = client
        self._unusable = None if PRINTABLE.fullmatch(secret) else no_usable(name)
        self._headers = {"authorization": authorization(secret), **headers} if self._unusable is None else {}
        self._send = send

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Reply | Failure:
        """Read an object or a list."""
        if self._unusable is not None:
            return self._unusable
        return self._send(self._client, "GET", path, headers=self._headers, params=params)

    def post(self, path: str, body: Mapping[str, Any], *, key: str) -> Reply | Failure:
        """Make or change something once per `key`, which goes into the `Idempotency-Key` header."""
        if not PRINTABLE.fullmatch(key):
            return NOT_A_KEY
        if self._unusable is not None:
            return self._unusable
        headers = {**self._headers, "idempotency-key": key}
        return self._send(self._client, "POST", path, headers=headers, body=body)
