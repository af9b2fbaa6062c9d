"""Walks through a provider's payments as staff see them."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.db.models import PspReading


class BackfillIn(BaseModel):
    """From when on an account's earlier payments are read."""

    model_config = ConfigDict(extra="forbid")

    since: Annotated[AwareDatetime, Field(description="At most a year before `until`.")]
    until: Annotated[AwareDatetime | None, Field(description="Exclusive; now unless said otherwise.")] = None


class PspReadingView(BaseModel):
    """A walk through an account's payments: `reconcile` goes on for ever, a `backfill` is `done` one day.

    `repaired` counts payments whose webhooks were missed. `error` is what stands in the way now, or ended it.
    """

    id: str
    psp_account_id: str
    kind: str
    status: str
    since: datetime
    until: datetime
    payments_read: int
    recoveries_opened: int
    repaired: int
    error: str | None
    next_page_at: datetime | None
    created_by: str
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, reading: PspReading) -> Self:
        """Show a walk."""
        same = {name: getattr(reading, name) for name in cls.model_fields if name != "next_page_at"}
        return cls(**same, next_page_at=reading.wake_at)
