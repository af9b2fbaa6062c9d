"""Idempotency keys, as real providers honour them: one row per key, guarded by the database."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.simulators.sandbox.errors import SandboxError
from app.simulators.sandbox.schema import Conn, Row


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer. `stalls` says to keep the caller waiting first; the books are closed by then."""

    status: int
    body: dict[str, Any]
    replayed: bool = False
    stalls: bool = False


def fingerprint(request: Mapping[str, Any]) -> str:
    """Return a hash of a request's meaning: the order of its fields is not part of it."""
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


def hold(connection: Conn, *parts: object) -> None:
    """Hold a key until the transaction ends; raises a 409 while somebody else does."""
    row = connection.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)) AS held", [":".join(map(str, parts))]
    ).fetchone()
    if row is None or not row["held"]:
        raise SandboxError(
            409, "idempotency_in_progress", "A request with this key is still running.", retry_after_seconds=1
        )


def refuse_other(earlier: Row, request_hash: str) -> None:
    """Raise a 422 if the key was first used with another body."""
    if earlier["request_hash"] != request_hash:
        raise SandboxError(422, "idempotency_key_reused", "This key was used with another body.")
