"""Rules tried out before they hold: on one failure, and on those of the last thirty days."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from app.api.schemas.classification import Verdict
from app.api.schemas.common import Body
from app.api.schemas.rules import FailureIn, Position, RuleTermsIn, WarningView
from app.domain.classification import Category, Hardness
from app.domain.own_rules import MOST_RULES, Kept, explain
from app.services.rules.try_out import Example, LookBack, Trial


class TestIn(Body):
    """A failure, and what to try on it: a draft among the rules that hold, or a whole list instead of them."""

    failure: FailureIn
    rule: RuleTermsIn | None = None
    position: Position | None = None
    rules: Annotated[list[RuleTermsIn], Field(max_length=MOST_RULES)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.rule is not None and self.rules is not None:
            raise PydanticCustomError("one_way", "Try `rule` or `rules`, not both")
        return self


class MatchedView(BaseModel):
    """The rule that decided; `position` is its place among the rules that were tried."""

    id: str
    name: str
    position: int
    is_draft: bool


class TestView(BaseModel):
    """What the failure is by the tables alone, by the rules that hold (`without`), and by what is tried (`with`)."""

    tables: Verdict
    without: Verdict
    with_: Annotated[Verdict, Field(serialization_alias="with")]
    matched: MatchedView | None
    changes: bool
    warnings: list[WarningView]

    @classmethod
    def of(cls, trial: Trial, *, drafts: frozenset[str]) -> Self:
        """Show what was found; `drafts` are the ids of rules that are only tried."""
        applied, matched = trial.tried.applied, None
        if applied is not None:
            rule = applied.rule
            place = trial.rules.rules.index(rule)
            matched = MatchedView(id=rule.id, name=rule.name, position=place, is_draft=rule.id in drafts)
        without, tried = Verdict.of(trial.now.verdict), Verdict.of(trial.tried.verdict)
        return cls(
            tables=Verdict.of(trial.tables),
            without=without,
            with_=tried,
            matched=matched,
            changes=without.model_dump(exclude={"rule"}) != tried.model_dump(exclude={"rule"}),
            warnings=WarningView.of(applied.kept if applied else ()),
        )


class PreviewIn(Body):
    """A draft and its place: the end, or the place of the rule whose id it names, if none is given."""

    rule: RuleTermsIn
    position: Position | None = None


class MoveView(BaseModel):
    """How many failures would be something else."""

    category_before: Category
    hardness_before: Hardness
    category_after: Category
    hardness_after: Hardness
    count: int


class MoneyView(BaseModel):
    """Failures of one currency; amounts are in its minor unit."""

    currency: str
    matched: int
    matched_amount: int
    changed: int
    changed_amount: int


class ExampleView(BaseModel):
    """One failure that the draft would decide."""

    event_id: str
    recovery_id: str
    transaction_ref: str
    amount: int
    currency: str
    received_at: datetime
    failure_reason: str
    failure_code: str | None
    before: Verdict
    after: Verdict
    warnings: list[WarningView]

    @classmethod
    def of(cls, example: Example) -> Self:
        """Show an example."""
        event, applied = example.event, example.after.applied
        return cls(
            event_id=event.id,
            recovery_id=event.recovery_id,
            transaction_ref=event.transaction_ref,
            amount=event.amount,
            currency=event.currency,
            received_at=event.received_at,
            failure_reason=event.failure_reason,
            failure_code=event.failure_code,
            before=Verdict.of(example.before),
            after=Verdict.of(example.after.verdict),
            warnings=WarningView.of(applied.kept if applied else ()),
        )


class PreviewView(BaseModel):
    """What the draft would have done.

    `seen` failures were looked at; `bounded` says that there may be older ones of the period, and `reaches_back_to`
    how far back it went. `matched` failures the draft would decide, `hidden` ones fit it but an earlier rule does.
    """

    since: datetime
    seen: int
    bounded: bool
    reaches_back_to: datetime | None
    matched: int
    hidden: int
    category_changes: int
    hardness_changes: int
    retry_changes: int
    moves: list[MoveView]
    by_currency: list[MoneyView]
    warnings: list[WarningView]
    examples: list[ExampleView]

    @classmethod
    def of(cls, found: LookBack) -> Self:
        """Show what was found."""
        moves = [
            MoveView(
                category_before=Category(before),
                hardness_before=Hardness(hardness_before),
                category_after=Category(after),
                hardness_after=Hardness(hardness_after),
                count=count,
            )
            for (before, hardness_before, after, hardness_after), count in found.moves.most_common()
        ]
        money = [
            MoneyView(
                currency=currency,
                matched=total.matched,
                matched_amount=total.matched_amount,
                changed=total.changed,
                changed_amount=total.changed_amount,
            )
            for currency, total in sorted(found.by_currency.items())
        ]
        kept = [
            WarningView(code=Kept(code), detail=explain(Kept(code)), count=count)
            for code, count in found.kept.most_common()
        ]
        plain = ("since", "seen", "reaches_back_to", "matched", "hidden")
        changes = ("category_changes", "hardness_changes", "retry_changes")
        return cls(
            **{name: getattr(found, name) for name in (*plain, *changes)},
            bounded=found.is_bounded,
            moves=moves,
            by_currency=money,
            warnings=kept,
            examples=[ExampleView.of(example) for example in found.examples],
        )
