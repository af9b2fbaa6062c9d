"""What a rule says: which failures it is about, and what they are to be."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from app.domain.classification import Category, Hardness, Recommendation, Retry


@dataclass(frozen=True, slots=True)
class Match:
    """Which failures a rule is about: all that is named must fit. Amounts are minor units of `currency`.

    Codes, reasons and gateways are compared as the classifier does, without case, spaces, hyphens,
    underscores and punctuation. `message_contains` is found anywhere in the message, `message_like` is the
    whole message with `*` for anything; neither minds case. `country` is the payment method's issuer's, or
    else the payer's.
    """

    gateway: str | None = None
    failure_code: str | None = None
    failure_reason: str | None = None
    network_decline_code: str | None = None
    network_advice_code: str | None = None
    message_contains: str | None = None
    message_like: str | None = None
    min_amount: int | None = None
    max_amount: int | None = None
    currency: str | None = None
    payment_method_type: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Then:
    """What a failure is, by a rule; what is left out follows from the rest, or stays as the tables say."""

    category: Category
    hardness: Hardness
    reason: str | None = None
    retry: Retry | None = None
    recommendation: Recommendation | None = None
    cooldown_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class OwnRule:
    """One rule of an organization."""

    id: str
    name: str
    match: Match
    then: Then
    enabled: bool = True

    def as_settings(self) -> dict[str, Any]:
        """Return the rule as plain JSON values; what it does not name is left out."""
        return {
            "id": self.id,
            "name": self.name,
            "enabled": self.enabled,
            "match": _plain(self.match),
            "then": _plain(self.then),
        }


def rule_from_settings(settings: Mapping[str, Any]) -> OwnRule:
    """Read a rule from plain JSON values; what else stands there is of no matter."""
    then = settings["then"]
    retry, recommendation = then.get("retry"), then.get("recommendation")
    return OwnRule(
        id=settings["id"],
        name=settings["name"],
        enabled=settings.get("enabled", True),
        match=Match(**settings["match"]),
        then=Then(
            category=Category(then["category"]),
            hardness=Hardness(then["hardness"]),
            reason=then.get("reason"),
            retry=Retry(retry) if retry else None,
            recommendation=Recommendation(recommendation) if recommendation else None,
            cooldown_seconds=then.get("cooldown_seconds"),
        ),
    )


def _plain(terms: Match | Then) -> dict[str, Any]:
    said = {each.name: getattr(terms, each.name) for each in fields(terms)}
    return {name: value for name, value in said.items() if value is not None}
