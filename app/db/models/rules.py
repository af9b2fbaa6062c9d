"""Organizations' own classification rules, and drafts of policies."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Json


class RuleSet(Base):
    """One immutable version of all rules of an organization, in order.

    `organizations.rules_version` names the one that holds.
    """

    __tablename__ = "rule_sets"

    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    created_by: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("jsonb_typeof(rules) = 'array'", name="rules_are_a_list"),)


class PolicyDraft(Base):
    """What a policy's next version is to be, until it is published; `based_on` is the version it was drawn from."""

    __tablename__ = "policy_drafts"

    policy_id: Mapped[Id] = mapped_column(ForeignKey("policies.id"), primary_key=True)
    settings: Mapped[Json]
    based_on: Mapped[int]
    updated_by: Mapped[str]
    updated_at: Mapped[datetime]
