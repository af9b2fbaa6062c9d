"""The request bodies of the sandbox's API. Fields that it does not know are ignored."""

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field

ID_PATTERN: Final = r"^[0-9a-z_]{1,80}$"
_VISIBLE: Final = r"^[^\x00-\x1f\x7f]*$"
_MAX_AMOUNT: Final = 10**15

Reference = Annotated[str, Field(min_length=1, max_length=128, pattern=_VISIBLE)]
Amount = Annotated[int, Field(strict=True, gt=0, le=_MAX_AMOUNT)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


def _web_address(value: str) -> str:
    try:
        url = urlsplit(value)
        host, _ = url.hostname, url.port  # both may raise
    except ValueError:
        raise ValueError("not a URL") from None
    if url.scheme not in {"http", "https"} or not host:
        raise ValueError("only http and https addresses")
    return value


WebAddress = Annotated[str, Field(max_length=2048, pattern=_VISIBLE), AfterValidator(_web_address)]


class Metadata(BaseModel):
    """What the caller wants to find again."""

    attempt_id: Annotated[str, Field(max_length=255, pattern=_VISIBLE)] | None = None


class PaymentBody(BaseModel):
    """An off-session charge."""

    reference: Reference
    amount: Amount
    currency: Currency
    method_token: Annotated[str, Field(max_length=255, pattern=_VISIBLE)]
    metadata: Metadata = Metadata()


class RefundBody(BaseModel):
    """A refund; without an amount, of all that is left."""

    amount: Amount | None = None
    currency: Currency | None = None


class CheckoutBody(BaseModel):
    """A hosted payment page."""

    reference: Reference
    amount: Amount
    currency: Currency
    success_url: WebAddress
    cancel_url: WebAddress
    expires_in_seconds: Annotated[int, Field(ge=1, le=604_800)] = 1800
    metadata: Metadata = Metadata()


class WebhookEndpointBody(BaseModel):
    """Where webhooks go, and the switches that make them unruly."""

    url: WebAddress
    secret: Annotated[str, Field(min_length=8, max_length=255, pattern=r"^[\x21-\x7e]+$")]
    delay_seconds: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    double: bool = False
    reorder: bool = False
    drop: bool = False
