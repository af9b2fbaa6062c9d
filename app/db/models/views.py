"""What people keep for themselves in the console: saved views, and how far an organization's first steps are."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Json, one_of

PAGES = ("recoveries",)


class SavedView(Base):
    """A list's filters under a name, a person's own; others of the organization see it if it is shared."""

    __tablename__ = "saved_views"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), index=True)
    page: Mapped[str]
    name: Mapped[str]
    query: Mapped[Json]
    is_shared: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (Index("ix_saved_views_organization_id_id", "organization_id", "id"), one_of("page", PAGES))


class Onboarding(Base):
    """What people said about an organization's first steps; what they did is read from its data.

    `choices` maps a step to `{"choice", "at", "by"}`.
    """

    __tablename__ = "onboarding"

    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    choices: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    dismissed_at: Mapped[datetime | None]
