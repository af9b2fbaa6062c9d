"""Inbound webhooks as staff see them."""

from datetime import datetime
from typing import Any, Literal, Self

import orjson
from pydantic import BaseModel

from app.db.models import PspEvent
from app.infra.log import mask

EventStatus = Literal["pending", "processed", "ignored", "dead"]
# How much deeper than a log entry a provider's body may nest before it is cut off.
_DEEPER = -10


class Received(BaseModel):
    """The answer to a provider: the event is stored."""

    received: Literal[True] = True


class PspEventView(BaseModel):
    """An inbound webhook in brief; `error` says why it is dead."""

    id: str
    psp_account_id: str
    event_id: str
    type: str
    status: str
    error: str | None
    received_at: datetime
    processed_at: datetime | None

    @classmethod
    def of(cls, event: PspEvent) -> Self:
        """Show an event."""
        return cls(**{name: getattr(event, name) for name in PspEventView.model_fields})


class PspEventDetail(PspEventView):
    """An inbound webhook with its body: secrets and contacts masked; text where it is no JSON."""

    body: Any

    @classmethod
    def of(cls, event: PspEvent) -> Self:
        """Show an event with its body."""
        return cls(**dict(PspEventView.of(event)), body=_readable(event.body))


def _readable(body: bytes) -> Any:
    try:
        return mask(orjson.loads(body), depth=_DEEPER)
    except orjson.JSONDecodeError:
        return mask(body.decode("utf-8", "replace"))
