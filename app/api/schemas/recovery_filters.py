"""What lists of recoveries are narrowed to: the same words for the list, its count and its export."""

from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import AwareDatetime, StringConstraints

from app.api.schemas.common import BIGGEST
from app.db.queries.recovery_lists import Filters
from app.domain.classification import Category
from app.domain.errors import FieldError, InvalidError
from app.domain.money import exponent_of
from app.domain.recovery.states import RecoveryStatus

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Amount = Annotated[int | None, Query(ge=0, le=BIGGEST, description="In the minor unit; needs `currency`.")]
Search = Annotated[
    str | None,
    Query(
        max_length=200,
        description="The beginning of a reference; or, whole: an id, a customer's ref or email, a provider's payment.",
    ),
]


def read_filters(  # noqa: PLR0913  (one per filter, all of them named)
    *,
    status: RecoveryStatus | None = None,
    category: Category | None = None,
    reason: Annotated[Word | None, Query()] = None,
    gateway: Annotated[Word | None, Query()] = None,
    currency: Annotated[Word | None, Query(description="ISO 4217.")] = None,
    min_amount: Amount = None,
    max_amount: Amount = None,
    needs_attention: bool | None = None,
    q: Search = None,
    opened_from: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    opened_to: Annotated[AwareDatetime | None, Query(alias="to", description="Exclusive.")] = None,
) -> Filters:
    """Read the filters; raises `InvalidError` for an amount without a currency, and an unknown currency."""
    if currency is None:
        detail = "needs a currency: amounts of different currencies are not compared"
        amounts = (("min_amount", min_amount), ("max_amount", max_amount))
        errors = tuple(FieldError(f"/query/{name}", detail) for name, amount in amounts if amount is not None)
        if errors:
            raise InvalidError(f"An amount {detail}.", errors=errors)
    else:
        currency = currency.upper()
        exponent_of(currency)
    return Filters(
        status=status,
        category=category,
        text=(q or "").strip() or None,
        opened_from=opened_from,
        opened_to=opened_to,
        needs_attention=needs_attention,
        reason=reason,
        gateway=gateway and gateway.lower(),
        currency=currency,
        min_amount=min_amount,
        max_amount=max_amount,
    )


FilterParams = Annotated[Filters, Depends(read_filters)]


def said(filters: Filters) -> dict[str, Any]:
    """Return the filters that were given, as plain JSON values; a search may be a contact and is only hinted at."""
    given = {name: value for name, value in filters._asdict().items() if value is not None}
    if "text" in given:
        given["text"] = "…"
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in given.items()}
