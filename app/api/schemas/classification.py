"""The classifier's question and answer, and the codes that it does not know."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

from app.api.schemas.common import Body
from app.api.schemas.events import Amount, Blankable, Currency
from app.db.models import UnknownCode
from app.domain.classification import Category, Classification, FailureSignals, Hardness, Retry
from app.domain.own_rules import Failure


class ClassifyIn(Body):
    """What was said about a failure; everything may be left out. Numbers are read as text."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    code: Blankable = None
    message: Annotated[str, StringConstraints(max_length=2000)] | None = None
    gateway: Blankable = None
    network_decline_code: Blankable = None
    network_advice_code: Blankable = None
    reason: Blankable = None
    method: Blankable = None
    brand: Blankable = None
    amount: Amount | None = None
    currency: Currency | None = None
    country: Blankable = None

    def failure(self) -> Failure:
        """Return what the organization's rules, and then the classifier, take."""
        said = self.model_dump(exclude={"amount", "currency", "country"})
        country = self.country.upper() if self.country else None
        return Failure(FailureSignals(**said), self.amount, self.currency, country)


class Verdict(BaseModel):
    """Why it failed, and what may be done."""

    category: Category
    reason: str
    hardness: Hardness
    recommendation: str
    alt: list[str]
    cooldown_seconds: int | None
    retry: Retry
    rule: str

    @classmethod
    def of(cls, found: Classification) -> Self:
        """Show a classification."""
        same = {name: getattr(found, name) for name in cls.model_fields if name != "alt"}
        return cls(alt=list(found.alternatives), **same)


class ClassifyOut(BaseModel):
    """The classifier's answer."""

    ok: Literal[True]
    data: Verdict

    @classmethod
    def of(cls, found: Classification) -> Self:
        """Show a classification."""
        return cls(ok=True, data=Verdict.of(found))


class UnknownCodeView(BaseModel):
    """A code that no rule knows, and how often it came."""

    gateway: str
    code: str
    sample_message: str | None
    count: int
    first_seen_at: datetime
    last_seen_at: datetime

    @classmethod
    def of(cls, row: UnknownCode) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})
