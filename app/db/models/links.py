"""Recovery links, and the payment pages that payers opened through them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, one_of

CHANNELS = ("none", "email", "sms", "whatsapp")
OUTCOMES = ("paid", "abandoned", "failed")


class Link(Base):
    """One link to the payer's page; all times are the organization's. Its token is never kept.

    `amount` is what the payer was told, in the transaction's currency; None for links of earlier versions.
    """

    __tablename__ = "links"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    recovery_id: Mapped[Id] = mapped_column(ForeignKey("recoveries.id"))
    attempt_id: Mapped[Id] = mapped_column(ForeignKey("attempts.id"))
    channel: Mapped[str]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    opens: Mapped[int] = mapped_column(server_default=text("0"))
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
    reissued_at: Mapped[datetime | None]
    reissues: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (
        Index("ix_links_recovery_id_id", "recovery_id", "id"),
        Index("ix_links_organization_id_id", "organization_id", "id"),
        one_of("channel", CHANNELS),
    )


class Checkout(Base):
    """One hosted payment page; its id is the provider's idempotency key. Times are the organization's.

    `amount` is what the page asks for, in the transaction's currency; None for pages of earlier versions.
    """

    __tablename__ = "checkouts"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    recovery_id: Mapped[Id] = mapped_column(ForeignKey("recoveries.id"), index=True)
    attempt_id: Mapped[Id] = mapped_column(ForeignKey("attempts.id"))
    link_id: Mapped[Id] = mapped_column(ForeignKey("links.id"), index=True)
    psp_account_id: Mapped[Id] = mapped_column(ForeignKey("psp_accounts.id"))
    psp_payment_id: Mapped[str | None]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    url: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]

    __table_args__ = (
        Index("ix_checkouts_attempt_id_id", "attempt_id", "id"),
        Index("uq_checkouts_open", "attempt_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        one_of("outcome", OUTCOMES),
    )
