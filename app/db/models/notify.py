"""Messages to payers, the texts that they are made of, and who is not written to any more."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, one_of
from app.domain.notify.events import Event
from app.domain.notify.port import Channel
from app.domain.notify.states import MessageStatus


class Message(Base):
    """One message to a payer, a row before it is a call. `step` names what it is for, once per recovery.

    `wake_at` (the organization's time) says when a sweep must look at it next; `leased_until` (the
    machine's time) that a worker has it in hand, and `fence` which one. The recipient is sealed;
    `recipient_hash` finds the address again, `payer_hash` the payer whatever the address, and
    `contact_hash` the address in every organization, for replies to a number that they share.
    `digest_id` names the message that carries this one's news too.
    """

    __tablename__ = "messages"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    recovery_id: Mapped[Id] = mapped_column(ForeignKey("recoveries.id"))
    attempt_id: Mapped[Id | None] = mapped_column(ForeignKey("attempts.id"))
    link_id: Mapped[Id | None]
    digest_id: Mapped[Id | None] = mapped_column(ForeignKey("messages.id"), index=True)
    step: Mapped[str]
    event: Mapped[str]
    channel: Mapped[str]
    locale: Mapped[str]
    template_id: Mapped[Id | None]
    template_version: Mapped[int | None]
    recipient: Mapped[bytes] = mapped_column(LargeBinary)
    recipient_hint: Mapped[str]
    recipient_hash: Mapped[bytes] = mapped_column(LargeBinary)
    payer_hash: Mapped[bytes] = mapped_column(LargeBinary)
    contact_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    code: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    wake_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(server_default=text("0"))
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    provider_id: Mapped[str | None]
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("recovery_id", "step"),
        # What sweeps read: only rows that wait for their time, whatever the table's size.
        Index(
            "ix_messages_wake",
            "organization_id",
            "wake_at",
            postgresql_where=text("wake_at IS NOT NULL AND leased_until IS NULL"),
        ),
        Index("ix_messages_leased", "leased_until", postgresql_where=text("leased_until IS NOT NULL")),
        Index("ix_messages_payer", "organization_id", "payer_hash", "started_at"),
        Index("ix_messages_recipient", "organization_id", "recipient_hash", "started_at"),
        Index("ix_messages_contact", "contact_hash", postgresql_where=text("contact_hash IS NOT NULL")),
        Index(
            "ix_messages_queued",
            "organization_id",
            "recipient_hash",
            postgresql_where=text("status = 'queued'"),
        ),
        Index("ix_messages_provider_id", "provider_id", "channel"),
        Index(
            "ix_messages_gave_up",
            "organization_id",
            "id",
            postgresql_where=text("status IN ('failed', 'unknown')"),
        ),
        Index("ix_messages_organization_id_id", "organization_id", "id"),
        one_of("channel", Channel),
        one_of("event", Event),
        one_of("status", MessageStatus),
        CheckConstraint("status IN ('queued', 'sending') OR wake_at IS NULL", name="only_open_ones_wake"),
    )


class OptOut(Base):
    """An address that is not written to any more: whoever reads there said so, or staff for them (`created_by`)."""

    __tablename__ = "opt_outs"

    id: Mapped[Id] = mapped_column(unique=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    recipient_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    recipient_hint: Mapped[str]
    source: Mapped[str]
    created_by: Mapped[str] = mapped_column(server_default=text("'payer'"))
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_opt_outs_organization_id_id", "organization_id", "id"),)


class DeadAddress(Base):
    """An address where nobody is reached over one channel, as a provider told us."""

    __tablename__ = "dead_addresses"

    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    recipient_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    recipient_hint: Mapped[str]
    error_code: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (one_of("channel", Channel),)


class MessageTemplate(Base):
    """An organization's own text for an event, channel and language; its content lives in versions."""

    __tablename__ = "message_templates"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    event: Mapped[str]
    channel: Mapped[str]
    locale: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_message_templates_present",
            "organization_id",
            "event",
            "channel",
            "locale",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        one_of("event", Event),
        one_of("channel", Channel),
    )


class MessageTemplateVersion(Base):
    """One immutable version of a text; `html` is None where it is made from the text."""

    __tablename__ = "message_template_versions"

    template_id: Mapped[Id] = mapped_column(ForeignKey("message_templates.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    body: Mapped[str]
    html: Mapped[str | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
