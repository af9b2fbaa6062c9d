"""The merchant that `make run` shows."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Organization, User
from app.db.queries.identity import find_api_key
from app.db.queries.members import find_user_by_email, organizations_of
from app.infra.crypto import Crypto, hash_secret
from app.infra.passwords import hash_password, verify_password
from app.services.identity.api_keys import KeyWish, create_api_key
from app.services.identity.register import Registration, register_merchant

EMAIL: Final = "demo@tinko.example"
NAME: Final = "Demo Merchant"


@dataclass(frozen=True, slots=True)
class DemoMerchant:
    """What one needs to act as the demo merchant, in test mode."""

    organization_id: str
    api_key: str
    email: str
    password: str


def ensure_demo(
    session: Session,
    *,
    crypto: Crypto,
    now: datetime,
    api_key: str | None = None,
    password: str | None = None,
) -> DemoMerchant:
    """Make sure that the demo merchant exists, and return how to act as it.

    `api_key` and `password` are what the caller kept from the last time: what still works is returned
    as it is, and what does not is made anew.
    """
    user = find_user_by_email(session, email=EMAIL)
    if user is None:
        password = password or secrets.token_urlsafe(18)
        registration = Registration(EMAIL, password, "Demo Owner", NAME, country="IN", currency="INR")
        made = register_merchant(session, crypto=crypto, registration=registration, now=now)
        user, organization = made.user, made.test
    else:
        organization = _test_organization(session, user)
        if password is None or not verify_password(password, user.password_hash):
            password = secrets.token_urlsafe(18)
            user.password_hash = hash_password(password)
    user.last_organization_id = organization.id
    if api_key is None or not _works(session, api_key, organization, now=now):
        wish = KeyWish("Demo key", ("*",))
        api_key = create_api_key(
            session,
            organization_id=organization.id,
            mode=organization.mode,
            wish=wish,
            actor=user.id,
            request_id=None,
            now=now,
        ).secret
    session.flush()
    return DemoMerchant(organization.id, api_key, EMAIL, password)


def _test_organization(session: Session, user: User) -> Organization:
    return next(each for each, _ in organizations_of(session, user_id=user.id) if each.mode == "test")


def _works(session: Session, api_key: str, organization: Organization, *, now: datetime) -> bool:
    found = find_api_key(session, secret_hash=hash_secret(api_key))
    if found is None:
        return False
    key, owner = found
    return owner.id == organization.id and key.revoked_at is None and (key.expires_at is None or key.expires_at > now)
