"""What network rules leave of a recovery's charges, as the API shows it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from app.domain.network_rules import Budget
from app.services.network_rules.budget import RuleBudget


class RuleBudgetView(BaseModel):
    """What one rule has left: `used` of `cap`, of which plans use `plan`.

    `enforce` says whom it binds: `hard` and `cost` everybody (`cost`: fees begin beyond the cap), `soft`
    plans, `near` plans once another limit is half used. `resets_at` says when the next part comes back,
    null if none does by itself; a rule that merely forbids has a cap of 0. `fee` is what a charge beyond
    it costs, where that is known.
    """

    rule: str
    title: str
    enforce: Literal["hard", "cost", "soft", "near"]
    used: int
    cap: int
    plan: int
    window_seconds: int | None
    resets_at: datetime | None
    blocks: bool
    source: str
    fee: str | None

    @classmethod
    def of(cls, budget: Budget) -> "RuleBudgetView":
        """Return the view of a rule's budget."""
        told = {name: getattr(budget, name) for name in cls.model_fields if name != "rule"}
        return cls(rule=budget.rule_id, **told)


class BudgetView(BaseModel):
    """What rules leave for another charge; `forbidden_by` names the one that forbids it now, also to a person.

    `charge_allowed_at` is the first moment at which no rule does, as far as is known; null if there is none.
    """

    recovery_id: str
    forbidden_by: str | None
    charge_allowed_at: datetime | None
    rules: list[RuleBudgetView]

    @classmethod
    def of(cls, left: RuleBudget) -> "BudgetView":
        """Return the view of what rules leave."""
        return cls(
            recovery_id=left.recovery_id,
            forbidden_by=left.hold.rule_id if left.hold else None,
            charge_allowed_at=left.charge_allowed_at,
            rules=[RuleBudgetView.of(each) for each in left.rules],
        )
