"""Provider accounts, and the webhooks that came in from them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, one_of


class PspAccount(Base):
    """An organization's account at one provider; its secrets are sealed."""

    __tablename__ = "psp_accounts"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"), index=True)
    psp: Mapped[str]
    label: Mapped[str]
    priority: Mapped[int] = mapped_column(server_default=text("100"))
    sealed_credentials: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_webhook_secrets: Mapped[bytes] = mapped_column(LargeBinary)
    is_enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime]


class PspEvent(Base):
    """An inbound webhook, raw, processed once, replayable."""

    __tablename__ = "psp_events"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    psp_account_id: Mapped[Id] = mapped_column(ForeignKey("psp_accounts.id"))
    event_id: Mapped[str]
    type: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str]
    error: Mapped[str | None]
    received_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("psp_account_id", "event_id"),
        Index("ix_psp_events_organization_id_status_id", "organization_id", "status", "id"),
        one_of("status", ("pending", "processed", "ignored", "dead")),
    )
