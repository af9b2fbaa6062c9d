"""What a person would do in a provider's dashboard: look at its books, set the webhook address."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from app.domain.errors import UnavailableError
from app.infra.http import build_client
from app.psp.provider import ProviderSettings
from app.psp.wire import Reply, exchange

_HTTP_OK: Final = 200
_WAIT: Final = timedelta(seconds=2)
_API_KEY: Final = re.compile(r"sbx_[A-Za-z0-9_-]{8,128}")


@dataclass(frozen=True, slots=True)
class ChargePage:
    """Charges as the sandbox booked them, oldest first.

    Each is `{id, transaction_ref, amount, currency, status, refunded_amount, created_at}`.
    """

    items: list[dict[str, Any]]
    next_cursor: str | None


class SandboxConsole:
    """The sandbox's books and switches of one account, named by its API key."""

    def __init__(self, settings: ProviderSettings) -> None:
        self._client = build_client(
            base_url=settings.api_base, read_timeout=settings.read_timeout, transport=settings.transport
        )

    def close(self) -> None:
        """Let go of sockets."""
        self._client.close()

    def charges(
        self, api_key: str, *, transaction_ref: str | None = None, limit: int = 100, cursor: str | None = None
    ) -> ChargePage:
        """List the charges that the sandbox saw, declined ones too (1 to 100 per page).

        Raises `UnavailableError` if the sandbox does not answer.
        """
        params: dict[str, str | int] = {"limit": limit}
        if transaction_ref is not None:
            params["reference"] = transaction_ref
        if cursor is not None:
            params["cursor"] = cursor
        body = self._call("GET", "/v1/charges", api_key, params=params)
        return ChargePage(items=list(body["items"]), next_cursor=body.get("next_cursor"))

    def set_webhook(
        self,
        api_key: str,
        *,
        url: str,
        secret: str,
        delay_seconds: float = 0.0,
        double: bool = False,
        reorder: bool = False,
        drop: bool = False,
    ) -> None:
        """Say where this account's webhooks go, and how unruly they are; raises `UnavailableError`."""
        self._call(
            "PUT",
            "/v1/webhook_endpoint",
            api_key,
            body={
                "url": url,
                "secret": secret,
                "delay_seconds": delay_seconds,
                "double": double,
                "reorder": reorder,
                "drop": drop,
            },
        )

    def test(self, api_key: str) -> bool:
        """Tell whether the sandbox accepts the key; raises `UnavailableError` if it does not answer."""
        if not _API_KEY.fullmatch(api_key):
            return False
        return bool(self._call("GET", "/v1/account", api_key).get("id"))

    def _call(self, method: str, path: str, api_key: str, **request: Any) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {quote(api_key, safe='')}"}
        reply = exchange(self._client, method, path, headers=headers, **request)
        if isinstance(reply, Reply) and reply.status == _HTTP_OK and isinstance(reply.body, dict):
            return reply.body
        reason = f"HTTP {reply.status}" if isinstance(reply, Reply) else reply.problem.value
        raise UnavailableError(
            f"The sandbox PSP does not answer ({reason}).", retry_after=_WAIT, code="sandbox_unavailable"
        )
