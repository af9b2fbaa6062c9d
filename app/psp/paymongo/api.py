"""PayMongo's HTTP API as one account sees it: basic authentication, JSON:API envelopes, idempotency keys."""

import re
from collections.abc import Mapping
from typing import Any, Final

import httpx

from app.psp.keyed import KeyedApi, basic
from app.psp.wire import Failure, Reply

_ID: Final = re.compile(r"(pi|pay|cs|src|link|cus)_[0-9A-Za-z]{1,64}")
_COLLECTIONS: Final[Mapping[str, str]] = {
    "pi": "payment_intents",
    "pay": "payments",
    "cs": "checkout_sessions",
    "src": "sources",
    "link": "links",
    "cus": "customers",
}


def path_of(resource_id: str) -> str | None:
    """Return where a resource is read by its id, None for what is no id of PayMongo's."""
    found = _ID.fullmatch(resource_id)
    return f"/v1/{_COLLECTIONS[found[1]]}/{resource_id}" if found else None


class PaymongoApi(KeyedApi):
    """Requests in the name of one account: basic authentication, JSON:API envelopes."""

    def __init__(self, client: httpx.Client, secret_key: str) -> None:
        super().__init__(client, name="secret_key", secret=secret_key, authorization=basic)

    def post(self, path: str, body: Mapping[str, Any], *, key: str) -> Reply | Failure:
        """Create or change a resource by its attributes; PayMongo keeps the `Idempotency-Key` for 24 hours."""
        return super().post(path, {"data": {"attributes": body}}, key=key)
