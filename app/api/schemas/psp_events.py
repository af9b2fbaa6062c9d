"""Inbound webhooks as staff see them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from app.db.models import PspEvent
from app.db.queries.psp import EventFilters
from app.domain.identity.masking import mask_json
from app.infra.log import mask

EventStatus = Literal["pending", "processed", "ignored", "dead"]
# How much deeper than a log entry a provider's body may nest before it is cut off.
_DEEPER = -10


class Received(BaseModel):
    """The answer to a provider: the event is stored."""

    received: Literal[True] = True


class ReplayIn(BaseModel):
    """Which stored webhooks to process again: a range of receipt times (`to` exclusive), narrowed."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    received_from: Annotated[AwareDatetime, Field(alias="from")]
    received_to: Annotated[AwareDatetime | None, Field(alias="to")] = None
    status: Literal["dead", "ignored", "processed"] = "dead"
    type: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    psp_account_id: Annotated[str, StringConstraints(max_length=64)] | None = None

    def filters(self) -> EventFilters:
        """Return what the service takes."""
        return EventFilters(self.status, self.type, self.psp_account_id, self.received_from, self.received_to)


class ReplayedView(BaseModel):
    """How many are processed again; `more` if the range holds more: ask again, and the rest follows."""

    replayed: int
    more: bool


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
    def of(cls, event: PspEvent, *, contacts: bool = False) -> Self:
        """Show an event with its body; without `contacts`, payers' names and what stands in texts are hidden too."""
        body = _readable(event.body)
        return cls(**dict(PspEventView.of(event)), body=body if contacts else mask_json(body))


def _readable(body: bytes) -> Any:
    try:
        return mask(orjson.loads(body), depth=_DEEPER)
    except orjson.JSONDecodeError:
        return mask(body.decode("utf-8", "replace"))
