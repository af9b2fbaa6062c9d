"""What merchants' servers and staff asked, for some days."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id


class RequestLogEntry(Base):
    """One answered request. Bodies are masked JSON; None where there was none, or where it is not kept.

    No foreign keys: rows are written in batches, and one that went astray must not take the others along.
    """

    __tablename__ = "request_log"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id]
    at: Mapped[datetime]
    actor: Mapped[str]
    method: Mapped[str]
    path: Mapped[str]
    query: Mapped[str]
    status: Mapped[int]
    duration_ms: Mapped[float]
    request_id: Mapped[str]
    error_code: Mapped[str | None]
    ip: Mapped[str]
    request_body: Mapped[str | None]
    request_truncated: Mapped[bool]
    response_body: Mapped[str | None]
    response_truncated: Mapped[bool]

    __table_args__ = (
        Index("ix_request_log_organization_id_id", "organization_id", "id"),
        Index("ix_request_log_failed", "organization_id", "id", postgresql_where=text("status >= 400")),
    )
