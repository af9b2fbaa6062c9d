"""Bodies of sign-ins, passwords, second factors and invitations."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field

from app.api.schemas.accounts import Code, Email, Password
from app.api.schemas.common import Body, Name
from app.db.models import Invitation, UserSession
from app.domain.identity.access import Role
from app.services.identity.acceptance import Shown

MailToken = Annotated[str, Field(min_length=1, max_length=300)]


class SessionView(BaseModel):
    """One sign-in of the person who asks; `current` is the one that asks."""

    id: str
    user_agent: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool

    @classmethod
    def of(cls, row: UserSession, current: str | None) -> Self:
        """Show a sign-in."""
        shown = {name: getattr(row, name) for name in cls.model_fields if name != "current"}
        return cls(**shown, current=row.id == current)


class RevokedView(BaseModel):
    """How many sign-ins ended."""

    revoked: int


class ForgotIn(Body):
    """Whose password was forgotten."""

    email: Annotated[str, Field(min_length=1, max_length=320)]


class AcceptedView(BaseModel):
    """If there is an account with that address, a mail is on its way."""

    accepted: bool = True


class ResetIn(Body):
    """A mailed token and the new password."""

    token: MailToken
    password: Password
    totp_code: Code | None = None


class ChangePasswordIn(Body):
    """The present password and the new one."""

    current_password: Password
    new_password: Password


class PasswordIn(Body):
    """The present password."""

    password: Password


class TotpOfferView(BaseModel):
    """What an authenticator app is given: typed in, or as a picture made of `otpauth_uri`."""

    secret: str
    otpauth_uri: str


class TotpCodeIn(Body):
    """What the app shows."""

    code: Annotated[str, Field(min_length=1, max_length=40)]


class RecoveryCodesView(BaseModel):
    """Codes that stand in for the app once each; they are shown this once."""

    recovery_codes: list[str]


class InvitationIn(Body):
    """Whom to ask, and as what."""

    email: Email
    role: Role


class InvitationView(BaseModel):
    """An invitation that waits for an answer; `sent_at` is null until its mail has left.

    `both_modes` tells whether it leads into the live organization and its test twin.
    """

    id: str
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    sent_at: datetime | None
    expires_at: datetime
    expired: bool
    both_modes: bool

    @classmethod
    def of(cls, row: Invitation, now: datetime) -> Self:
        """Show an invitation."""
        return cls(
            id=row.id,
            email=row.email,
            role=Role(row.role),
            invited_by=row.invited_by,
            created_at=row.created_at,
            sent_at=row.sent_at,
            expires_at=row.expires_at,
            expired=row.expires_at <= now,
            both_modes=row.twin_id is not None,
        )


class InvitationByToken(BaseModel):
    """What somebody who was asked reads: by whom, where, as what, and whether they have an account already."""

    email: str
    role: Role
    organization_name: str
    invited_by_name: str
    expires_at: datetime
    account_exists: bool

    @classmethod
    def of(cls, shown: Shown) -> Self:
        """Show an invitation to whom it is for."""
        return cls(
            email=shown.invitation.email,
            role=Role(shown.invitation.role),
            organization_name=shown.organization.name,
            invited_by_name=shown.inviter.full_name,
            expires_at=shown.invitation.expires_at,
            account_exists=shown.account_exists,
        )


class AcceptIn(Body):
    """A mailed token; a new person's name and password, or the password (and code) of an account."""

    token: MailToken
    full_name: Name | None = None
    password: Password | None = None
    totp_code: Code | None = None
