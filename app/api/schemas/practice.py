"""What only test organizations have: a clock that can be moved, and the sandbox's books."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field

from app.api.schemas.common import Body
from app.services.clock import MOST, TestClock

MOST_SECONDS = int(MOST.total_seconds())


class AdvanceIn(Body):
    """How much time is to pass: up to two years."""

    seconds: Annotated[int, Field(strict=True, ge=1, le=MOST_SECONDS)]


class ClockView(BaseModel):
    """The organization's time. `advancing_to` is where its clock is going, null once it has arrived."""

    now: datetime
    offset_seconds: int
    advancing_to: datetime | None

    @classmethod
    def of(cls, clock: TestClock) -> Self:
        """Show a clock."""
        return cls(now=clock.now, offset_seconds=round(clock.offset.total_seconds()), advancing_to=clock.target_at)


class SandboxCharge(BaseModel):
    """A line of the sandbox's books."""

    id: str
    transaction_ref: str
    amount: int
    currency: str
    status: Literal["declined", "pending", "captured", "refunded"]
    refunded_amount: int
    created_at: datetime
