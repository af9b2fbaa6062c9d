"""Bodies of sign-up, sign-in, members, keys and the audit log."""

import base64
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, SecretStr, field_validator

from app.api.schemas.common import Body, Name
from app.db.models import ApiKey, AuditEntry, Membership, Organization, User
from app.domain.branding.colors import contrast, text_on
from app.domain.identity.access import Role, role_permissions
from app.services.identity.api_keys import LONGEST_OVERLAP, NewKey
from app.services.identity.sessions import SignIn

Email = Annotated[str, Field(min_length=3, max_length=254)]
# Longer than what is accepted as a new password, so that the answer is a reason and not a shape.
Password = Annotated[SecretStr, Field(min_length=1, max_length=1024)]
Token = Annotated[str, Field(min_length=1, max_length=200)]
Code = Annotated[str, Field(max_length=40, description="What the authenticator app shows, or a recovery code.")]
# More than what is accepted, so that the answer is a reason and not a shape.
_LONGEST_LOGO: Final = 200_000
_LONGEST_OVERLAP: Final = int(LONGEST_OVERLAP.total_seconds())


class RegisterIn(Body):
    """Who signs up, and for which merchant."""

    email: Email
    password: Password
    full_name: Name
    organization_name: Name
    country: Annotated[str | None, Field(min_length=2, max_length=2)] = None
    currency: Annotated[str | None, Field(min_length=3, max_length=3)] = None


class LoginIn(Body):
    """Who signs in."""

    email: Annotated[str, Field(min_length=1, max_length=320)]
    password: Password
    totp_code: Code | None = None


class MeIn(Body):
    """How somebody is called."""

    full_name: Name


class RefreshIn(Body):
    """The refresh token, unless it comes in the cookie."""

    refresh_token: Token | None = None


class SwitchIn(Body):
    """Where to go on."""

    organization_id: Token


class UserOut(BaseModel):
    """A person."""

    id: str
    email: str
    full_name: str
    created_at: datetime

    @classmethod
    def of(cls, user: User) -> Self:
        """Show a user."""
        return cls(id=user.id, email=user.email, full_name=user.full_name, created_at=user.created_at)


class OrganizationOut(BaseModel):
    """A merchant in one mode; `role` is the asking person's, null for an API key.

    `brand_text_color` is what is legible on `brand_color`, and `brand_contrast` how much (WCAG 2.2 wants 4.5).
    """

    id: str
    pair_id: str
    mode: Literal["live", "test"]
    name: str
    country: str | None
    currency: str | None
    role: Role | None
    clock_offset_seconds: int
    display_name: str | None
    brand_color: str | None
    brand_text_color: str | None
    brand_contrast: float | None
    logo_url: str | None
    created_at: datetime

    @classmethod
    def of(cls, organization: Organization, role: str | None) -> Self:
        """Show an organization."""
        color = organization.brand_color
        text = color and text_on(color)
        return cls(
            id=organization.id,
            pair_id=organization.pair_id,
            mode="test" if organization.mode == "test" else "live",
            name=organization.name,
            country=organization.country,
            currency=organization.currency,
            role=None if role is None else Role(role),
            clock_offset_seconds=int(organization.clock_offset.total_seconds()),
            display_name=organization.display_name,
            brand_color=color,
            brand_text_color=text,
            brand_contrast=round(contrast(color, text), 2) if color and text else None,
            logo_url=f"/pay/logo/{organization.logo_name}" if organization.logo_name else None,
            created_at=organization.created_at,
        )


class BrandingIn(Body):
    """What the merchant is, and how payers are to see it; what is left out stays, and null takes it away.

    `name`, `country` and `currency` change in the live and the test organization together; the name stays one.
    `logo` is a small PNG, JPEG or WebP in base64, with or without `data:image/…;base64,` before it.
    """

    name: Name | None = None
    country: Annotated[str | None, Field(max_length=8)] = None
    currency: Annotated[str | None, Field(max_length=8)] = None
    display_name: Name | None = None
    brand_color: Annotated[str | None, Field(max_length=20)] = None
    logo: Annotated[str | None, Field(max_length=_LONGEST_LOGO)] = None

    @field_validator("logo")
    @classmethod
    def _is_base64(cls, value: str | None) -> str | None:
        if value is not None:
            _decoded(value)
        return value

    def changes(self) -> dict[str, Any]:
        """Return what was said, with the logo's own bytes."""
        said = self.model_dump(exclude_unset=True)
        return said | ({"logo": _decoded(self.logo)} if self.logo is not None else {})


def _decoded(logo: str) -> bytes:
    return base64.b64decode(logo.rpartition(";base64,")[2], validate=True)


class MeOut(BaseModel):
    """The person who asks, what they may do in the organization they are in, and where else they belong."""

    user: UserOut
    organization: OrganizationOut
    organizations: list[OrganizationOut]
    mode: Literal["live", "test"]
    permissions: list[str]
    totp_enabled: bool

    @classmethod
    def made_of(cls, user: User, organization_id: str, organizations: list[tuple[Organization, str]]) -> Self:
        """Show a person in one of their organizations, each given with their role there."""
        return cls(**_person(user, organization_id, organizations))


class SignInOut(MeOut):
    """What somebody who signed in gets. The refresh token is null after a switch: the present one stays.

    Browsers get two cookies besides, and need no token: see docs/people.md.
    """

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  (a word of RFC 6750, no secret)
    expires_in: int
    refresh_token: str | None

    @classmethod
    def of(cls, sign_in: SignIn) -> Self:
        """Show a sign-in."""
        return cls(
            access_token=sign_in.access_token,
            expires_in=sign_in.expires_in,
            refresh_token=sign_in.refresh_token,
            **_person(sign_in.user, sign_in.organization.id, sign_in.organizations),
        )


def _person(user: User, organization_id: str, organizations: list[tuple[Organization, str]]) -> dict[str, Any]:
    shown = [OrganizationOut.of(each, role) for each, role in organizations]
    here = next(each for each in shown if each.id == organization_id)
    return {
        "user": UserOut.of(user),
        "organization": here,
        "organizations": shown,
        "mode": here.mode,
        "permissions": sorted(role_permissions(here.role or "")),
        "totp_enabled": user.has_totp,
    }


class MemberIn(Body):
    """Whom to add: somebody who has signed up."""

    email: Email
    role: Role


class RoleIn(Body):
    """What the member is to be."""

    role: Role


class MemberOut(BaseModel):
    """A member of the organization."""

    id: str
    user_id: str
    email: str
    full_name: str
    role: Role
    created_at: datetime

    @classmethod
    def of(cls, member: Membership, user: User) -> Self:
        """Show a member."""
        return cls(
            id=member.id,
            user_id=user.id,
            email=user.email,
            full_name=user.full_name,
            role=Role(member.role),
            created_at=member.created_at,
        )


class ApiKeyIn(Body):
    """What a new key is to be; `*` permits everything that keys may do."""

    name: Name
    scopes: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(min_length=1, max_length=50)] = ("*",)
    expires_at: AwareDatetime | None = None


class RotateIn(Body):
    """How long the old key works beside the new one."""

    overlap_seconds: Annotated[int, Field(ge=0, le=_LONGEST_OVERLAP)] = 3600


class ApiKeyOut(BaseModel):
    """A key, without its secret; `hint` is the secret's end."""

    id: str
    name: str
    hint: str
    scopes: list[str]
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """Show a key."""
        return cls(**_columns(key, cls))


class NewApiKeyOut(ApiKeyOut):
    """A new key with its secret, which is shown this once."""

    secret: str

    @classmethod
    def made_of(cls, made: NewKey) -> Self:
        """Show a new key."""
        return cls(secret=made.secret, **_columns(made.key, ApiKeyOut))


class AuditOut(BaseModel):
    """Who did what, when, to which thing."""

    id: str
    at: datetime
    actor: str
    action: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """Show an entry."""
        return cls(**_columns(entry, cls))


def _columns(row: object, model: type[BaseModel]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in model.model_fields}
