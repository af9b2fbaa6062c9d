"""An organization's own classification rules, as the API takes and shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.schemas.common import Body, Name
from app.api.schemas.events import Amount, Blankable, Currency, CustomerIn, PaymentMethodIn
from app.domain.classification import METHODS, Category, FailureSignals, Hardness, Recommendation, Retry
from app.domain.own_rules import MOST_RULES, REASONS, Failure, Kept, OwnRule, country_of, explain, rule_from_settings
from app.services.rules.keep import Rules, RuleWish, get_rule, place_of

_DRAFT_ID = "rul_draft"
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Minor = Annotated[int, Field(strict=True, ge=0, le=2**53, description="In the currency's minor unit.")]
Position = Annotated[int, Field(strict=True, ge=0, le=MOST_RULES, description="From 0: the first rule.")]
Flag = Annotated[bool, Field(strict=True)]


class MatchIn(Body):
    """Which failures the rule is about: all conditions that are named must fit, and at least one is."""

    gateway: Word | None = None
    failure_code: Word | None = None
    failure_reason: Word | None = None
    network_decline_code: Word | None = None
    network_advice_code: Word | None = None
    message_contains: Annotated[Word | None, Field(description="Anywhere in the message; case is of no matter.")] = None
    message_like: Annotated[
        Word | None, Field(description="The whole message, with up to ten `*` for anything; case is of no matter.")
    ] = None
    min_amount: Minor | None = None
    max_amount: Minor | None = None
    currency: Currency | None = None
    payment_method_type: Word | None = None
    country: Annotated[
        Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=2, max_length=2)] | None,
        Field(description="The country of the payment method's issuer, or else of the payer."),
    ] = None


class ThenIn(Body):
    """What such a failure is. What is left out follows from the rest, or stays as the tables say."""

    category: Category
    hardness: Hardness
    reason: Word | None = None
    retry: Retry | None = None
    recommendation: Recommendation | None = None
    cooldown_seconds: Annotated[int, Field(strict=True, ge=0)] | None = None


class RuleTermsIn(Body):
    """A rule that is only tried out."""

    id: Annotated[Word | None, Field(description="Of the rule whose place the draft takes.")] = None
    name: Name = "Draft"
    match: MatchIn
    then: ThenIn

    def draft(self) -> OwnRule:
        """Return the draft, enabled."""
        said = self.model_dump(mode="json", exclude_none=True)
        return rule_from_settings({"id": _DRAFT_ID, **said})


class RuleIn(Body):
    """A new rule; without a position it is the last."""

    name: Name
    enabled: Flag = True
    match: MatchIn
    then: ThenIn
    position: Position | None = None

    def wish(self) -> RuleWish:
        """Return what is wished for."""
        return _wish(self)


class RuleChangeIn(Body):
    """What changes; `match` and `then` are replaced as a whole, what is left out stays."""

    name: Name | None = None
    enabled: Flag | None = None
    match: MatchIn | None = None
    then: ThenIn | None = None
    position: Position | None = None

    def wish(self) -> RuleWish:
        """Return what is wished for."""
        return _wish(self)


def _wish(body: RuleIn | RuleChangeIn) -> RuleWish:
    terms = body.model_dump(mode="json", exclude_none=True)
    return RuleWish(position=terms.pop("position", None), terms=terms)


class OrderIn(Body):
    """All rules in their new order."""

    ids: Annotated[list[Word], Field(max_length=MOST_RULES)]


class RuleView(BaseModel):
    """A rule. `match` and `then` hold only what the rule names."""

    id: str
    name: str
    position: int
    enabled: bool
    match: dict[str, Any]
    then: dict[str, Any]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, rules: Rules, rule_id: str) -> Self:
        """Show one of the rules."""
        return cls(position=place_of(rules, rule_id), **get_rule(rules, rule_id))


class RulesView(BaseModel):
    """All rules in order, and the version of them that holds; there are never more than one page."""

    items: list[RuleView]
    next_cursor: None = None
    version: int

    @classmethod
    def of(cls, rules: Rules) -> Self:
        """Show the rules."""
        items = [RuleView(position=place, **kept) for place, kept in enumerate(rules.kept)]
        return cls(items=items, version=rules.version)


class ChoicesView(BaseModel):
    """The words that a rule may use."""

    categories: list[Category] = list(Category)
    hardness: list[Hardness] = list(Hardness)
    reasons: list[str] = list(REASONS)
    retries: list[Retry] = list(Retry)
    recommendations: list[Recommendation] = [each for each in Recommendation if each is not Recommendation.STOP]
    payment_method_types: list[str] = list(METHODS)
    most_rules: int = MOST_RULES


class FailureIn(Body):
    """A failure to try rules on; names are those of a failure event."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    gateway: Blankable = None
    failure_reason: Blankable = None
    failure_code: Blankable = None
    failure_message: Annotated[str, StringConstraints(max_length=2000)] | None = None
    network_decline_code: Blankable = None
    network_advice_code: Blankable = None
    amount: Amount | None = None
    currency: Currency | None = None
    payment_method: PaymentMethodIn | None = None
    customer: CustomerIn | None = None

    def failure(self) -> Failure:
        """Return what rules are held against."""
        method = self.payment_method or PaymentMethodIn()
        signals = FailureSignals(
            gateway=self.gateway,
            reason=self.failure_reason,
            code=self.failure_code,
            message=self.failure_message,
            network_decline_code=self.network_decline_code,
            network_advice_code=self.network_advice_code,
            method=method.get("type"),
            brand=method.get("brand"),
        )
        return Failure(signals, self.amount, self.currency, country_of(dict(method), dict(self.customer or {})))


class WarningView(BaseModel):
    """A safeguard that a rule cannot lift, and what it means."""

    code: Kept
    detail: str
    count: int = 1

    @classmethod
    def of(cls, kept: Sequence[Kept]) -> list[Self]:
        """Show safeguards."""
        return [cls(code=each, detail=explain(each)) for each in kept]
