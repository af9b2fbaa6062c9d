"""Links as the API shows them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from app.api.schemas.common import Body
from app.domain.links.states import state_of
from app.services.links import IssuedLink
from app.services.links.read import OpenedLink


class LinkIn(Body):
    """What link is wanted."""

    ttl_seconds: int = Field(900, ge=60, le=604_800)
    channel: Literal["none", "email", "sms", "whatsapp"] = "none"


class IssuedLinkView(BaseModel):
    """A link that was just made: the only time that its token is shown."""

    link_id: str
    attempt_id: str
    recovery_id: str
    token: str
    url: str
    expires_at: datetime

    @classmethod
    def of(cls, issued: IssuedLink) -> "IssuedLinkView":
        """Return the view of a new link."""
        return cls(**{name: getattr(issued, name) for name in cls.model_fields})


class PublicLinkView(BaseModel):
    """What whoever holds a link may know: nothing of the payer."""

    status: str
    situation: str
    transaction_ref: str
    amount: int
    currency: str
    merchant: str
    expires_at: datetime
    opened_at: datetime | None

    @classmethod
    def of(cls, opened: OpenedLink) -> "PublicLinkView":
        """Return the view of a link."""
        return cls(
            status=state_of(opened.situation),
            situation=opened.situation,
            transaction_ref=opened.transaction.transaction_ref,
            amount=opened.transaction.amount,
            currency=opened.transaction.currency,
            merchant=opened.organization.shown_name,
            expires_at=opened.link.expires_at,
            opened_at=opened.link.opened_at,
        )


class ReissueView(BaseModel):
    """A fresh link is on its way to the payer's own address."""

    status: Literal["sent"] = "sent"
