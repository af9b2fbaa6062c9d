"""A draft of a policy on the organization's own history."""

from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from app.api.schemas.common import Body
from app.api.schemas.events import Time
from app.api.schemas.policies import PolicyTermsIn
from app.api.schemas.schedules import terms_of
from app.domain.recovery.policy import Policy
from app.domain.recovery.replay import Fate
from app.services.simulations import MOST, Side, Simulation, Unknowns

_METHOD: Final = (
    "Each recovery that ended is planned again under the draft, as if every charge failed like the first payment.",
    "Money that came back by a charge is `within` if the draft charges at that time or up to a day later.",
    "Money that came back by a link is `within` if the draft asks the payer no more than a day later than they were.",
    "Money that came back by itself is always `within`.",
    "What a try at any other time would have brought is not known and not guessed: `later` and `not_reached`.",
    "These are between nothing and all of it. Money that never came back is in neither number.",
    "Charges on the same card for other payments, and what the payer did meanwhile, are not replayed.",
)


class SimulationIn(Body):
    """A draft's settings (what is left out is as in the default policy), and when the recoveries were opened."""

    settings: PolicyTermsIn
    since: Annotated[Time | None, Field(alias="from", description="Recoveries opened then or later.")] = None
    until: Annotated[Time | None, Field(alias="to", description="Recoveries opened before.")] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise PydanticCustomError("period_empty", "`to` must be later than `from`")
        return self

    def policy(self) -> Policy:
        """Return the draft; raises `PolicyInvalidError`."""
        return terms_of(self.settings)


class SideView(BaseModel):
    """How many recoveries, and of how much in the currency's minor unit."""

    count: int
    amount: int

    @classmethod
    def of(cls, *sides: Side) -> Self:
        """Show the sum of these."""
        return cls(count=sum(side.count for side in sides), amount=sum(side.amount for side in sides))


class CurrencyView(BaseModel):
    """Recoveries of one currency. `low` and `high` bound what of the money that came back does so under the draft."""

    currency: str
    recoveries: SideView
    came_back: SideView
    within: SideView
    later: SideView
    not_reached: SideView
    low: SideView
    high: SideView

    @classmethod
    def of(cls, currency: str, money: Unknowns) -> Self:
        """Show one currency's numbers."""
        fates = money.fates
        return cls(
            currency=currency,
            recoveries=SideView.of(money.all),
            came_back=SideView.of(money.came_back),
            within=SideView.of(fates[Fate.WITHIN]),
            later=SideView.of(fates[Fate.LATER]),
            not_reached=SideView.of(fates[Fate.NOT_REACHED]),
            low=SideView.of(fates[Fate.WITHIN]),
            high=SideView.of(*fates.values()),
        )


class ChargesView(BaseModel):
    """Automatic charges: made in fact, and by the draft; in how many more and fewer, recovery by recovery."""

    made: int
    planned: int
    more: int
    fewer: int


class PayersView(BaseModel):
    """Recoveries whose payer was asked, in fact and by the draft."""

    asked: int
    asked_by_draft: int


class NumberView(BaseModel):
    """Recoveries that came back by the n-th automatic charge, and what the draft means for them."""

    charge: int
    within: int
    later: int
    not_reached: int


class RuleUseView(BaseModel):
    """A constraint or network rule that moved or ruled out a step of the draft, and in how many recoveries."""

    rule: str
    recoveries: int


class SimulationView(BaseModel):
    """What the draft would have done, as far as that can be known; `method` says how it was reckoned."""

    settings: dict[str, Any]
    seen: int
    most: int = MOST
    bounded: bool
    newest_at: datetime | None
    oldest_at: datetime | None
    charges: ChargesView
    payers: PayersView
    by_currency: list[CurrencyView]
    by_charge: list[NumberView]
    rules: list[RuleUseView]
    method: list[str] = list(_METHOD)

    @classmethod
    def of(cls, found: Simulation) -> Self:
        """Show a simulation."""
        numbers = sorted({number for number, _ in found.by_number})
        return cls(
            settings=found.policy.as_settings(),
            seen=found.seen,
            bounded=found.is_bounded,
            newest_at=found.newest_at,
            oldest_at=found.oldest_at,
            charges=ChargesView(
                made=found.charges_made, planned=found.charges_planned, more=found.more, fewer=found.fewer
            ),
            payers=PayersView(asked=found.payers_asked, asked_by_draft=found.payers_asked_by_draft),
            by_currency=[CurrencyView.of(*each) for each in sorted(found.by_currency.items())],
            by_charge=[
                NumberView(charge=number, **{str(fate): found.by_number[number, fate] for fate in Fate})
                for number in numbers
            ],
            rules=[RuleUseView(rule=rule, recoveries=count) for rule, count in found.excluded.most_common()],
        )
