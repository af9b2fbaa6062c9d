"""What a request's body must be before anything reads it: its size, its media type, its text."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from app.domain.errors import FieldError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

MEGABYTE: Final = 1024 * 1024
BATCH_PATH: Final = "/v1/events/payment_failed/batch"

# JSON text up to its first escape that PostgreSQL cannot keep: \u0000, or half of a surrogate pair.
_STORABLE: Final = re.compile(
    rb"(?:[^\\]++|\\[^u]|\\u(?!0000|[dD][89a-fA-F])|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*+",
    re.DOTALL,
)
_UNSTORABLE: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})")
# UTF-8 for half of a surrogate pair: Python's JSON reader would let it pass.
_RAW_SURROGATE: Final = re.compile(rb"\xed[\xa0-\xbf]")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is answered without being looked at further."""

    status: int
    code: str
    detail: str
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class BodyRule:
    """What one path takes. `text` says whether a text that cannot be stored refuses the whole body."""

    most: int = MEGABYTE
    media: tuple[str, ...] | None = ("application/json",)
    text: bool = True


_JSON: Final = BodyRule()
_BATCH: Final = BodyRule(most=16 * MEGABYTE, media=("application/json", "application/x-ndjson"), text=False)
_ANY: Final = BodyRule(media=None, text=False)
# Signed over raw bytes, so nothing is looked at before; a provider that names no media type is believed.
_WEBHOOK: Final = BodyRule(media=("application/json", ""), text=False)


def rule_for(path: str) -> BodyRule:
    """Return what the path takes: JSON under /v1, except what providers and payers send as they like."""
    if path == BATCH_PATH:
        return _BATCH
    if path.startswith("/v1/webhooks/"):
        return _ANY if path.startswith("/v1/webhooks/messages/") else _WEBHOOK
    if path.startswith("/v1/"):
        return _JSON
    return _ANY


def refuse_target(path: str, query: bytes) -> Refusal | None:
    """Refuse NUL characters in the path or query: nothing that we keep holds one."""
    if "\0" in path or b"%00" in query:
        return Refusal(422, "invalid", "The path or query holds a NUL character.")
    return None


def refuse_head(rule: BodyRule, *, content_type: str | None, content_length: int | None) -> Refusal | None:
    """Refuse by what the headers say of the body."""
    if content_length is not None and content_length > rule.most:
        return too_large(rule)
    media = (content_type or "").partition(";")[0].strip().lower()
    if (
        rule.media is not None
        and media not in rule.media
        and not (media.startswith("application/") and "+json" in media)
    ):
        return Refusal(415, "unsupported_media_type", f"Send the body as {' or '.join(filter(None, rule.media))}.")
    return None


def too_large(rule: BodyRule) -> Refusal:
    """Return the refusal of a body that is larger than its path takes."""
    return Refusal(413, "too_large", f"The body may have up to {rule.most // MEGABYTE} MB.")


def refuse_text(body: bytes) -> Refusal | None:
    """Refuse JSON whose texts hold what cannot be stored; costs next to nothing when there are no escapes."""
    if b"\0" in body:
        return Refusal(400, "malformed_json", "The body is not valid JSON.")
    if b"\\u" in body:
        readable = _STORABLE.match(body)
        if readable is not None and _UNSTORABLE.match(body, readable.end()):
            return _unstorable()
    return _unstorable() if _RAW_SURROGATE.search(body) else None


def _unstorable() -> Refusal:
    detail = "holds a NUL character or half of a surrogate pair"
    return Refusal(422, "invalid", "A text in the body is not storable.", (FieldError("", detail),))


async def read_body(receive: Receive, *, most: int) -> bytes | None:
    """Read the whole body; None when it is larger than `most` bytes. A caller who left has sent an empty one."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most:
            return None
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def replay(body: bytes, receive: Receive) -> Receive:
    """Return a receive that gives the body that was read, and then what the server has."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return pending.pop() if pending else await receive()

    return receive_again
