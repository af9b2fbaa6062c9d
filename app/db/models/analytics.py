"""Rollups: what rows add up to per organization, currency, day (UTC of the organization's time), category, gateway.

Triggers write what every change adds or takes away into `rollup_deltas`, in the transaction of the change;
a sweep adds the deltas up into `rollups`. What is true is the sum of both.

`rollups` keeps each figure at three levels, so that no question has to read many rows: see `Level`.
"""

from typing import Any, Final

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)

from app.db.base import Base
from app.domain.analytics.measures import AMOUNTS, COUNTS, KEY


def _key() -> list[Column[Any]]:
    return [
        Column(name, Date(), nullable=False) if name == "day" else Column(name, Text(collation="C"), nullable=False)
        for name in KEY
    ]


# Amounts are numeric: what merchants report adds up to any size, and nothing they send may break the sum.
rollups: Final = Table(
    "rollups",
    Base.metadata,
    Column("level", SmallInteger(), nullable=False),
    *_key(),
    *(Column(name, Integer(), server_default=text("0"), nullable=False) for name in COUNTS),
    *(Column(name, Numeric(), server_default=text("0"), nullable=False) for name in AMOUNTS),
    PrimaryKeyConstraint(KEY[0], "level", *KEY[1:]),
    postgresql_with={"fillfactor": "85"},
)

# A row names only what it changes; the others are null, and take no room.
rollup_deltas: Final = Table(
    "rollup_deltas",
    Base.metadata,
    *_key(),
    *(Column(name, Integer(), nullable=True) for name in COUNTS),
    *(Column(name, Numeric(), nullable=True) for name in AMOUNTS),
    Column("at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    Index("ix_rollup_deltas_organization_id", "organization_id"),
    postgresql_with={"autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "20000"},
)
