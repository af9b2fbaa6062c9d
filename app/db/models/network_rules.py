"""What network rules count: the charges that Tinko made or is making, by the payer's instrument."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Minor, iso_currency, one_of
from app.domain.network_rules import Made


class RuleAttempt(Base):
    """One charge of one attempt, written in the transaction that claims it, under the instrument's lock.

    `attempted_at` is the organization's time, `marks` the networks' codes that came back. An attempt
    that is sent again under its idempotency key stays one row.
    """

    __tablename__ = "rule_attempts"

    attempt_id: Mapped[Id] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    organization_id: Mapped[Id]
    instrument: Mapped[str]
    transaction_id: Mapped[Id]
    amount: Mapped[Minor]
    currency: Mapped[str]
    attempted_at: Mapped[datetime]
    made: Mapped[str]
    marks: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'"))

    __table_args__ = (
        Index("ix_rule_attempts_instrument", "organization_id", "instrument", "attempted_at"),
        one_of("made", Made),
        iso_currency(),
    )
