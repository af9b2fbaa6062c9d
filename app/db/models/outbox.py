"""What must happen later, written in the transaction that wants it."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Json


class OutboxMessage(Base):
    """One message: a topic, and the ids that its handler needs. All times are the machine's."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    topic: Mapped[str]
    payload: Mapped[Json]
    created_at: Mapped[datetime]
    wake_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    error: Mapped[str | None]
    done_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_outbox_wake_at", "wake_at", postgresql_where=text("wake_at IS NOT NULL")),
        Index("ix_outbox_done_at", "done_at", postgresql_where=text("done_at IS NOT NULL")),
        Index("ix_outbox_dead_at", "dead_at", postgresql_where=text("dead_at IS NOT NULL")),
    )
