"""The fixed cast: a merchant's owner, admin, operator and analyst, and an outsider who owns another merchant."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from app.bootstrap import Container
from app.db.models import Membership, Organization, User
from app.domain.identity.access import Role
from app.domain.ids import MEMBER, USER, new_id
from app.infra.passwords import hash_password
from app.services.identity.api_keys import KeyWish, create_api_key
from app.services.identity.register import Registered, Registration, register_merchant
from app.services.identity.sessions import Client, open_session

PASSWORD = "a quiet harbour at dawn"
# Made once at a low cost for people who never sign in with it.
NO_PASSWORD = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$Cr7ynNWuvVo4MJ6W0qXqvGXXWTvJO3Hb2VXTCpQXcfA"


@dataclass
class Person:
    """Somebody signed in: `token` is an access token for `organization_id`."""

    user: User
    organization_id: str
    role: str
    token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Merchant:
    """A merchant in test mode (the live twin beside it), its owner, and its key for everything."""

    registered: Registered
    owner: Person
    api_key: str
    api_key_id: str
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def organization(self) -> Organization:
        return self.registered.test

    @property
    def id(self) -> str:
        return self.registered.test.id

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


@cache
def hash_once(password: str) -> str:
    """Return a hash at the full cost, which a process pays once for all owners, who have one password."""
    return hash_password(password)


def sign_in(container: Container, user: User, organization_id: str, role: str) -> Person:
    now = container.clock.now()
    with container.database.begin() as session:
        user = session.get_one(User, user.id)
        user.last_organization_id = organization_id
        opened = open_session(
            session, tokens=container.tokens, user=user, client=Client(), lifetime=timedelta(days=30), now=now
        )
    return Person(user, organization_id, role, opened.access_token, opened.refresh_token)


def make_merchant(container: Container, name: str = "Harbour Books") -> Merchant:
    now = container.clock.now()
    registration = Registration(f"owner-{secrets.token_hex(6)}@example.com", PASSWORD, "Olga Owner", name, "IN", "INR")
    with container.database.begin() as session:
        registered = register_merchant(
            session, crypto=container.crypto, registration=registration, now=now, hash_of=hash_once
        )
        made = create_api_key(
            session,
            organization_id=registered.test.id,
            mode="test",
            wish=KeyWish("everything", ("*",)),
            actor=registered.user.id,
            request_id=None,
            now=now,
        )
    owner = sign_in(container, registered.user, registered.test.id, "owner")
    return Merchant(registered, owner, made.secret, made.key.id)


def make_api_key(
    container: Container, merchant: Merchant, *scopes: str, expires_at: datetime | None = None
) -> tuple[str, str]:
    """Return (id, secret) of a new key of the test organization."""
    with container.database.begin() as session:
        made = create_api_key(
            session,
            organization_id=merchant.id,
            mode="test",
            wish=KeyWish("some", scopes, expires_at),
            actor=merchant.owner.user.id,
            request_id=None,
            now=container.clock.now(),
        )
    return made.key.id, made.secret


def add_person(container: Container, merchant: Merchant, role: str) -> Person:
    """Add somebody with that role to the merchant's test organization, signed in."""
    now = container.clock.now()
    user = User(
        id=new_id(USER, now=now),
        email=f"{role}-{secrets.token_hex(6)}@example.com",
        password_hash=NO_PASSWORD,
        full_name=f"{role.title()} Person",
        created_at=now,
    )
    with container.database.begin() as session:
        session.add(user)
        session.flush()
        session.add(
            Membership(
                id=new_id(MEMBER, now=now),
                organization_id=merchant.id,
                user_id=user.id,
                role=Role(role).value,
                created_at=now,
            )
        )
    person = sign_in(container, user, merchant.id, role)
    merchant.people[role] = person
    return person


@dataclass
class Cast:
    """Everybody who appears in the tests of the API."""

    merchant: Merchant
    owner: Person
    admin: Person
    operator: Person
    analyst: Person
    outsider: Merchant


def make_cast(container: Container) -> Cast:
    merchant = make_merchant(container)
    admin, operator, analyst = (add_person(container, merchant, role) for role in ("admin", "operator", "analyst"))
    return Cast(merchant, merchant.owner, admin, operator, analyst, make_merchant(container, "Outside Trading"))
