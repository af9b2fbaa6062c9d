"""`Idempotency-Key` for routers, in one line: `return once.run(lambda: View.of(create_thing(...)))`."""

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import orjson
from fastapi import Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.api.deps import AnyCaller, Db, Shared
from app.domain.errors import FieldError, InvalidError
from app.infra.crypto import Crypto
from app.services import idempotency

_KEY: Final = re.compile(r"[^\x00-\x1f\x7f]{1,255}")
REPLAYED: Final = "Idempotent-Replayed"


class KeyInvalidError(InvalidError):
    """The Idempotency-Key is empty, too long, or holds control characters."""

    default_code = "idempotency_key_invalid"


def check_key(key: str) -> str:
    """Return the key; raises KeyInvalidError unless it has 1 to 255 printable characters."""
    if _KEY.fullmatch(key) is None:
        error = FieldError("/header/Idempotency-Key", "1 to 255 printable characters")
        raise KeyInvalidError("The Idempotency-Key is not valid.", errors=(error,))
    return key


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """Return what stands for a request: method, path, and the body's meaning (key order and spaces do not count)."""
    # What is no JSON for orjson (an empty body, huge numbers) is compared as it is.
    with suppress(orjson.JSONDecodeError, orjson.JSONEncodeError, RecursionError):
        body = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).digest()


@dataclass(frozen=True, slots=True)
class Once:
    """Runs an effect at most once per key, inside the request's transaction."""

    session: Session
    crypto: Crypto
    request: idempotency.Request | None
    now: datetime
    retention: timedelta

    def run(self, effect: Callable[[], Any], *, status: int = 201) -> Response:
        """Return the reply that was given before, or do it now and keep the reply.

        `effect` returns a pydantic model (or anything that orjson knows). Raises InProgressError and
        KeyReusedError; what `effect` raises is not kept, so that a corrected request may use the key.
        """
        if self.request is None:
            return _reply(status, _to_json(effect()))
        kept = idempotency.find_answer(self.session, self.crypto, request=self.request, now=self.now)
        if kept is not None:
            return _reply(kept.status, kept.body, {REPLAYED: "true"})
        body = _to_json(effect())
        idempotency.keep_answer(
            self.session,
            self.crypto,
            request=self.request,
            answer=idempotency.Answer(status, body),
            now=self.now,
            retention=self.retention,
        )
        return _reply(status, body)


def _to_json(value: Any) -> bytes:
    return value.model_dump_json().encode() if isinstance(value, BaseModel) else orjson.dumps(value)


def _reply(status: int, body: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status_code=status, media_type="application/json", headers=headers)


async def get_once(
    http: Request,
    session: Db,
    caller: AnyCaller,
    container: Shared,
    idempotency_key: Annotated[str | None, Header(description="1 to 255 characters; makes a repeat safe.")] = None,
) -> Once:
    """Read the key; raises KeyInvalidError."""
    request = None
    if idempotency_key is not None:
        mark = fingerprint(http.method, http.scope["path"], await http.body())
        request = idempotency.Request(caller.organization_id, check_key(idempotency_key), mark)
    return Once(
        session=session,
        crypto=container.crypto,
        request=request,
        now=container.clock.now(),
        retention=timedelta(hours=container.settings.idempotency_retention_hours),
    )


Idempotent = Annotated[Once, Depends(get_once)]
