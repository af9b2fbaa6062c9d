"""One act on many recoveries, as the API takes and shows it."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, field_validator

from app.api.schemas.common import Body
from app.services.recovery.allowed import Action
from app.services.recovery.bulk import MOST, Outcome, refusals, sums

Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class BulkIn(Body):
    """What to do, and with which recoveries; ids that come twice count once."""

    action: Literal[Action.RETRY, Action.CANCEL, Action.PAUSE, Action.RESUME]
    ids: Annotated[list[Id], Field(min_length=1, max_length=MOST)]

    @field_validator("ids")
    @classmethod
    def _once_each(cls, ids: list[str]) -> list[str]:
        return list(dict.fromkeys(ids))


class RefusalView(BaseModel):
    """How many are refused by one rule; `reason` is that of the first."""

    rule: str
    reason: str
    count: int


class SumView(BaseModel):
    """Money of one currency, in its minor unit."""

    currency: str
    amount: int


class BulkItemView(BaseModel):
    """One recovery: whether it is, or was, done; else why not."""

    id: str
    allowed: bool
    reason: str | None
    rule: str | None


class BulkView(BaseModel):
    """What would be, or was, done: how many, whose money, and what is refused why."""

    action: Action
    allowed: int
    refused: list[RefusalView]
    money: list[SumView]
    items: list[BulkItemView]

    @classmethod
    def of(cls, action: Action, outcomes: Sequence[Outcome]) -> Self:
        """Return the view of what would be, or was, done."""
        return cls(
            action=action,
            allowed=sum(outcome.allowed for outcome in outcomes),
            refused=[RefusalView(rule=rule, reason=why, count=count) for rule, why, count in refusals(outcomes)],
            money=[SumView(currency=currency, amount=amount) for currency, amount in sums(outcomes)],
            items=[
                BulkItemView(**{name: getattr(outcome, name) for name in BulkItemView.model_fields})
                for outcome in outcomes
            ],
        )
