"""Signs the sandbox's webhooks; the shared sender sends them."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

import httpx

from app.simulators.books.database import Database, Row
from app.simulators.books.sender import BACKOFF_CAP_SECONDS, Sender, backoff

__all__ = ["BACKOFF_CAP_SECONDS", "Sender", "backoff", "build_sender", "sign"]

_NAME: Final = "sandbox"


def sign(secret: str, body: str, *, timestamp: int) -> str:
    """Return the `Sandbox-Signature` header: HMAC-SHA256 of `{timestamp}.{body}`, in hex."""
    signature = hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={signature}"


def build_sender(database: Database, client: httpx.Client, *, threads: int) -> Sender:
    """Build the sender of the sandbox's deliveries."""
    return Sender(database, client, headers_for=_headers, threads=threads, name=_NAME)


def _headers(row: Row) -> Mapping[str, str]:
    return {"sandbox-signature": sign(row["webhook_secret"] or "", row["body"], timestamp=row["now"])}
