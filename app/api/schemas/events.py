"""Reports of failed payments, and how they were understood."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from app.db.models import FailureEvent
from app.domain.identity.masking import mask_json
from app.domain.ingest.report import FailureReport
from app.domain.money import EXPONENTS
from app.domain.money.money import MAX_MINOR

MOST_JSON: Final = 16 * 1024


def _currency(value: str) -> str:
    code = value.upper()
    if code not in EXPONENTS:
        raise PydanticCustomError("currency_unknown", "Not an ISO 4217 currency code")
    return code


def _in_utc(value: datetime) -> datetime:
    """Read a time without an offset as UTC, and bring every other one there."""
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("time_out_of_range", "Not a time that can be kept in UTC") from None


def _small(value: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(orjson.dumps(value, default=str))
    except TypeError:  # a whole number of more than 64 bits
        size = len(json.dumps(value, separators=(",", ":")))
    if size > MOST_JSON:
        raise PydanticCustomError("too_large", "At most 16 kB of JSON")
    return value


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


Text = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Blankable = Annotated[
    Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)] | None, BeforeValidator(_none_if_blank)
]
Short = Annotated[str, StringConstraints(max_length=320)] | None
# Whatever is said here, a report is not refused for it; what is no date is not understood as one.
CardDate = Annotated[Any, Field(description="A number such as 8 and 2027, or the same as text.")]
SavedElsewhere = Annotated[
    Any,
    Field(
        description="Where else the method is saved: a token, or {token, psp_customer_id}, by psp_account id or "
        "provider. A charge that was declined at one account may then go through another."
    ),
]
Amount = Annotated[int, Field(strict=True, gt=0, le=MAX_MINOR, description="In the currency's minor unit.")]
Currency = Annotated[str, StringConstraints(min_length=3, max_length=3), AfterValidator(_currency)]
Time = Annotated[datetime, AfterValidator(_in_utc)]

_LENIENT: Final = ConfigDict(extra="allow", coerce_numbers_to_str=True)


class CustomerIn(TypedDict, total=False):
    """The payer, as far as the merchant knows."""

    __pydantic_config__ = _LENIENT  # type: ignore[misc]  # pydantic reads it; TypedDict has no such member

    ref: Short
    email: Short
    phone: Short
    name: Short
    locale: Short
    timezone: Short
    country: Short


class PaymentMethodIn(TypedDict, total=False):
    """The saved way to pay, by the provider's own references; never a card number."""

    __pydantic_config__ = _LENIENT  # type: ignore[misc]  # as above

    type: Literal["card", "upi", "netbanking", "wallet", "bank_debit"] | None
    token: Short
    psp_customer_id: Short
    mandate_id: Short
    brand: Short
    last4: Short
    issuer_country: Short
    funding: Short
    fingerprint: Short
    exp_month: CardDate
    exp_year: CardDate
    tokens: SavedElsewhere


class FailureEventIn(BaseModel):
    """One failed payment. `amount` and `currency` are required at the first event of a transaction."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)

    transaction_ref: Annotated[str, StringConstraints(min_length=1, max_length=128, strip_whitespace=True)]
    gateway: Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True, to_lower=True)]
    failure_reason: Text
    amount: Amount | None = None
    currency: Currency | None = None
    failure_code: Blankable = None
    failure_message: Annotated[str | None, StringConstraints(max_length=2000)] = None
    network_decline_code: Blankable = None
    network_advice_code: Blankable = None
    occurred_at: Time | None = None
    psp_payment_id: Blankable = None
    customer: Annotated[CustomerIn, AfterValidator(_small)] | None = None
    payment_method: Annotated[PaymentMethodIn, AfterValidator(_small)] | None = None
    metadata: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _keep_extras(self) -> "FailureEventIn":
        """Keep unknown fields under `metadata`, where they do not hide what is there."""
        if self.model_extra or self.metadata:
            self.metadata = _small({**(self.model_extra or {}), **(self.metadata or {})})
        return self

    def as_report(self) -> FailureReport:
        """Return the report that the service takes."""
        return FailureReport(
            transaction_ref=self.transaction_ref,
            gateway=self.gateway,
            failure_reason=self.failure_reason,
            amount=self.amount,
            currency=self.currency,
            failure_code=self.failure_code,
            failure_message=self.failure_message,
            network_decline_code=self.network_decline_code,
            network_advice_code=self.network_advice_code,
            occurred_at=self.occurred_at,
            psp_payment_id=self.psp_payment_id,
            customer=self.customer,
            payment_method=self.payment_method,
            metadata=self.metadata or {},
        )


class NextAttempt(BaseModel):
    """A recovery in brief, with its next step."""

    id: str
    status: str
    next_attempt_at: datetime | None
    next_attempt_kind: str | None


class EventRecorded(BaseModel):
    """How a report was understood, and what follows."""

    id: str
    transaction_id: str
    transaction_ref: str
    category: str
    reason: str
    hardness: str
    rule: str
    recommendation: str
    alt: list[str]
    cooldown_seconds: int | None
    recovery: NextAttempt
    received_at: datetime


class BatchResult(BaseModel):
    """What became of one item of a batch."""

    index: int
    status: Literal["accepted", "replayed", "rejected"]
    id: str | None = None
    problem: dict[str, Any] | None = None


class BatchRecorded(BaseModel):
    """What became of a batch, item by item, in its order."""

    accepted: int
    replayed: int
    rejected: int
    results: list[BatchResult]


class EventView(BaseModel):
    """A stored failure event; names and addresses of payers are hidden from who may not read contacts."""

    id: str
    transaction_id: str
    transaction_ref: str
    recovery_id: str
    amount: int
    currency: str
    gateway: str
    failure_reason: str
    failure_code: str | None
    failure_message: str | None
    network_decline_code: str | None
    network_advice_code: str | None
    psp_payment_id: str | None
    category: str
    reason: str
    hardness: str
    rule: str
    recommendation: str
    alt: list[str]
    cooldown_seconds: int | None
    metadata: dict[str, Any]
    occurred_at: datetime
    received_at: datetime

    @classmethod
    def of(cls, event: FailureEvent, transaction_ref: str, *, contacts: bool) -> "EventView":
        """Return the view of a row."""
        own = {name: getattr(event, name) for name in _EVENT_COLUMNS} | {"metadata": event.event_metadata}
        if not contacts:
            own |= {name: mask_json(own[name]) for name in ("metadata", "failure_message", "failure_reason")}
        return cls(
            transaction_ref=transaction_ref,
            recommendation=event.classification["recommendation"],
            alt=event.classification["alt"],
            cooldown_seconds=event.classification["cooldown_seconds"],
            **own,
        )


_EVENT_COLUMNS: Final = tuple(
    name
    for name in EventView.model_fields
    if name not in {"transaction_ref", "metadata", "recommendation", "alt", "cooldown_seconds"}
)
