"""Organizations and the people and keys that act for them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Interval,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, iso_currency, one_of

ROLES = ("owner", "admin", "operator", "analyst")
MODES = ("live", "test")


class Organization(Base):
    """A merchant, in one mode. Live and test come as a pair; a test organization's clock can be moved.

    `logo` is read by its name alone, which changes with its content; it does not come with the row.
    `rules_version` says which of its rule sets holds; 0 if it never had a rule of its own.
    """

    __tablename__ = "organizations"

    id: Mapped[Id] = mapped_column(primary_key=True)
    pair_id: Mapped[Id]
    mode: Mapped[str]
    name: Mapped[str]
    country: Mapped[str | None]
    currency: Mapped[str | None]
    clock_offset: Mapped[timedelta] = mapped_column(Interval, server_default=text("'0'"))
    clock_target_at: Mapped[datetime | None]
    clock_target_offset: Mapped[timedelta | None] = mapped_column(Interval)
    display_name: Mapped[str | None]
    brand_color: Mapped[str | None]
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    logo_name: Mapped[str | None]
    logo_width: Mapped[int | None]
    logo_height: Mapped[int | None]
    rules_version: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("pair_id", "mode"),
        one_of("mode", MODES),
        iso_currency(),
        CheckConstraint("mode = 'test' OR clock_offset = '0'", name="live_clock_is_real"),
        CheckConstraint("brand_color ~ '^#[0-9a-f]{6}$'", name="brand_color_hex"),
        CheckConstraint("num_nulls(logo, logo_name, logo_width, logo_height) IN (0, 4)", name="logo_is_whole"),
        Index("ix_organizations_clock_target_at", "id", postgresql_where=text("clock_target_at IS NOT NULL")),
        Index("ix_organizations_logo_name", "logo_name", postgresql_where=text("logo_name IS NOT NULL")),
    )

    @property
    def shown_name(self) -> str:
        """What payers know the merchant by."""
        return self.display_name or self.name


class User(Base):
    """A person who signs in."""

    __tablename__ = "users"

    id: Mapped[Id] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    full_name: Mapped[str]
    last_organization_id: Mapped[Id | None] = mapped_column(ForeignKey("organizations.id"))
    created_at: Mapped[datetime]
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)

    @property
    def has_totp(self) -> bool:
        """Tell whether a second factor is asked for; one that was begun and not confirmed does not count."""
        return self.totp_confirmed_at is not None


class Membership(Base):
    """What a person may do in one organization."""

    __tablename__ = "memberships"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("organization_id", "user_id"), one_of("role", ROLES))


class UserSession(Base):
    """One sign-in; its refresh token turns over at each use, the cookie's secret stays; both are kept as hashes."""

    __tablename__ = "user_sessions"

    id: Mapped[Id] = mapped_column(primary_key=True)
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), index=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    refresh_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    spent_refresh_hash: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    user_agent: Mapped[str | None]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that stands in once for the second factor; kept as a keyed hash."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[datetime | None]


class SignInTries(Base):
    """How often signing in was tried in vain, by a keyed hash of the address (and of the browser, if it is known)."""

    __tablename__ = "sign_in_tries"

    account_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    wait_until: Mapped[datetime | None]


class Invitation(Base):
    """Somebody who was asked to join: `organization_id`, and its twin where the inviter may give the role there too."""

    __tablename__ = "invitations"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    twin_id: Mapped[Id | None] = mapped_column(ForeignKey("organizations.id"))
    email: Mapped[str]
    role: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    invited_by: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("role", ROLES),
        CheckConstraint("email = lower(email)", name="email_lower"),
        Index("ix_invitations_organization_id_id", "organization_id", "id"),
        Index("ix_invitations_twin_id_id", "twin_id", "id", postgresql_where=text("twin_id IS NOT NULL")),
    )


class ApiKey(Base):
    """A merchant's server's key. Only its hash is kept; `hint` is the part that is shown."""

    __tablename__ = "api_keys"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"), index=True)
    name: Mapped[str]
    hint: Mapped[str]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who did what, when, to which thing; append-only."""

    __tablename__ = "audit_log"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id | None] = mapped_column(ForeignKey("organizations.id"))
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    request_id: Mapped[str | None]

    __table_args__ = (Index("ix_audit_log_organization_id_id", "organization_id", "id"),)


class IdempotencyKey(Base):
    """One answered request, so that its repeat gets the same answer."""

    __tablename__ = "idempotency_keys"

    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    key: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bool]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (CheckConstraint("length(key) BETWEEN 1 AND 255", name="key_length"),)
