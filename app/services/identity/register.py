"""Signing up: a person, and a merchant as a live organization with its test twin."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Membership, Organization, User
from app.db.queries import members as queries
from app.domain.errors import ConflictError
from app.domain.identity.access import Role
from app.domain.identity.country import read_country
from app.domain.identity.credentials import check_password, normalise_email
from app.domain.ids import MEMBER, ORGANIZATION, USER, new_id
from app.domain.money import exponent_of
from app.infra.crypto import Crypto
from app.infra.passwords import hash_password
from app.services.audit import record_audit
from app.services.payments.accounts import create_account
from app.services.recovery.policies import create_default_policy

SANDBOX: Final = "sandbox"


class EmailTakenError(ConflictError):
    """Somebody has signed up with this address already."""

    default_code = "email_taken"


@dataclass(frozen=True, slots=True)
class Registration:
    """What somebody who signs up says."""

    email: str
    password: str
    full_name: str
    organization_name: str
    country: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """What signing up made."""

    user: User
    live: Organization
    test: Organization


def register_merchant(
    session: Session,
    *,
    crypto: Crypto,
    registration: Registration,
    now: datetime,
    request_id: str | None = None,
    hash_of: Callable[[str], str] = hash_password,
) -> Registered:
    """Create the person and the merchant; raises EmailTakenError, and InvalidError naming each bad field.

    `hash_of` makes the password's hash: whoever registers many with one password need not pay for each.
    """
    registration = _checked(registration)
    user = User(
        id=new_id(USER, now=now),
        email=registration.email,
        password_hash=hash_of(registration.password),
        full_name=registration.full_name,
        created_at=now,
    )
    if not queries.insert_user(session, user=user):
        raise EmailTakenError("There is an account with this email address already.")
    live_id = new_id(ORGANIZATION, now=now)
    live = _create_organization(session, registration, organization_id=live_id, pair_id=live_id, mode="live", now=now)
    test = _create_organization(
        session, registration, organization_id=new_id(ORGANIZATION, now=now), pair_id=live_id, mode="test", now=now
    )
    for organization in (live, test):
        _furnish(session, organization, owner_id=user.id, request_id=request_id, now=now)
    connect_sandbox(session, crypto=crypto, organization_id=test.id, now=now)
    session.flush()
    user = session.get_one(User, user.id)
    user.last_organization_id = live.id
    session.flush()
    return Registered(user, live, test)


def connect_sandbox(session: Session, *, crypto: Crypto, organization_id: str, now: datetime) -> None:
    """Give a test organization its account at the sandbox PSP, which opens one for any key it sees."""
    create_account(
        session,
        crypto=crypto,
        organization_id=organization_id,
        psp=SANDBOX,
        label="Sandbox",
        credentials={"api_key": f"sbx_{secrets.token_urlsafe(24)}"},
        webhook_secrets=(f"whsec_{secrets.token_urlsafe(24)}",),
        now=now,
    )


def _checked(registration: Registration) -> Registration:
    email = normalise_email(registration.email)
    check_password(registration.password, email=email)
    country = registration.country and registration.country.strip()
    country = country and read_country(country)
    currency = registration.currency and registration.currency.strip().upper()
    if currency:
        exponent_of(currency)
    return replace(registration, email=email, country=country or None, currency=currency or None)


def _create_organization(
    session: Session, registration: Registration, *, organization_id: str, pair_id: str, mode: str, now: datetime
) -> Organization:
    organization = Organization(
        id=organization_id,
        pair_id=pair_id,
        mode=mode,
        name=registration.organization_name,
        country=registration.country,
        currency=registration.currency,
        created_at=now,
    )
    session.add(organization)
    session.flush()
    session.refresh(organization, ["clock_offset"])
    return organization


def _furnish(
    session: Session, organization: Organization, *, owner_id: str, request_id: str | None, now: datetime
) -> None:
    member = Membership(
        id=new_id(MEMBER, now=now),
        organization_id=organization.id,
        user_id=owner_id,
        role=Role.OWNER.value,
        created_at=now,
    )
    session.add(member)
    create_default_policy(session, organization_id=organization.id, actor=owner_id, now=now)
    record_audit(
        session,
        organization_id=organization.id,
        actor=owner_id,
        action="organization.create",
        subject=organization.id,
        after={"name": organization.name, "mode": organization.mode},
        request_id=request_id,
        now=now,
    )
