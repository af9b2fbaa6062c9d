"""Sign-ins, from below."""

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta

import pytest
from passlib.hash import argon2

from app.db.models import Membership, User, UserSession
from app.db.queries.scoped import owned
from app.domain.identity.secrets import new_refresh_token
from app.services.identity.authenticate import AccessTokenInvalidError, authenticate_access_token
from app.services.identity.log_in import Claim, CredentialsInvalidError, Door, log_in
from app.services.identity.register import EmailTakenError, Registration, register_merchant
from app.services.identity.sessions import (
    Client,
    OrganizationMissingError,
    log_out,
    log_out_by_refresh,
    open_session,
    refresh_session,
)

PASSWORD = "a quiet harbour at dawn"
DAYS = timedelta(days=30)


def registration(**changes):
    email = f"o-{secrets.token_hex(6)}@example.com"
    given = {"email": email, "password": PASSWORD, "full_name": "O", "organization_name": "M"}
    return Registration(**{**given, **changes})


@pytest.fixture
def made(session, crypto, now):
    return register_merchant(session, crypto=crypto, registration=registration(), now=now)


def sign_in(session, crypto, tokens, user, now, password=PASSWORD):
    door, claim = Door(crypto, tokens, DAYS), Claim(user.email, password)
    return log_in(lambda: nullcontext(session), door=door, claim=claim, client=Client(), now=now)


def test_an_outdated_hash_is_made_anew_at_the_next_sign_in(session, crypto, tokens, made, now):
    cheap = argon2.using(type="ID", rounds=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    made.user.password_hash = cheap
    session.flush()
    with pytest.raises(CredentialsInvalidError):
        sign_in(session, crypto, tokens, made.user, now, password="not the password")
    assert made.user.password_hash == cheap
    sign_in(session, crypto, tokens, made.user, now)
    assert made.user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    sign_in(session, crypto, tokens, made.user, now)


def test_who_belongs_nowhere_cannot_sign_in(session, tokens, made, now):
    for organization in (made.live, made.test):
        for member in session.scalars(owned(Membership, organization.id)):
            session.delete(member)
    session.flush()
    with pytest.raises(OrganizationMissingError):
        open_session(session, tokens=tokens, user=made.user, client=Client(), lifetime=DAYS, now=now)


def test_an_organization_that_one_has_left_is_not_gone_back_to(session, tokens, made, now):
    [member] = session.scalars(owned(Membership, made.live.id))
    session.delete(member)
    session.flush()
    opened = open_session(session, tokens=tokens, user=made.user, client=Client(), lifetime=DAYS, now=now)
    assert opened.organization.id == made.test.id


def test_a_refresh_makes_the_sign_in_last_longer(session, tokens, made, now):
    opened = open_session(session, tokens=tokens, user=made.user, client=Client("x" * 999), lifetime=DAYS, now=now)
    later = now + timedelta(days=29)
    again = refresh_session(session, tokens=tokens, refresh_token=opened.refresh_token, lifetime=DAYS, now=later)
    row = session.query(UserSession).filter_by(user_id=made.user.id).one()
    assert (row.expires_at, row.last_used_at) == (later + DAYS, later)
    assert len(row.user_agent) == 300
    assert again.refresh_token != opened.refresh_token


def test_a_refresh_ends_with_the_membership(session, tokens, made, now):
    opened = open_session(session, tokens=tokens, user=made.user, client=Client(), lifetime=DAYS, now=now)
    [member] = session.scalars(owned(Membership, made.live.id))
    session.delete(member)
    session.flush()
    assert refresh_session(session, tokens=tokens, refresh_token=opened.refresh_token, lifetime=DAYS, now=now) is None
    assert session.query(UserSession).filter_by(user_id=made.user.id).one().revoked_at == now


def test_an_unknown_refresh_token_ends_nothing(session, tokens, now):
    assert refresh_session(session, tokens=tokens, refresh_token=new_refresh_token(), lifetime=DAYS, now=now) is None
    log_out_by_refresh(session, refresh_token=new_refresh_token(), now=now)
    log_out(session, session_id="ses_unknown", now=now)


def test_signing_out_twice_is_once(session, tokens, made, now):
    opened = open_session(session, tokens=tokens, user=made.user, client=Client(), lifetime=DAYS, now=now)
    log_out_by_refresh(session, refresh_token=opened.refresh_token, now=now)
    row = session.query(UserSession).filter_by(user_id=made.user.id).one()
    log_out(session, session_id=row.id, now=now + DAYS)
    assert row.revoked_at == now
    session.flush()
    with pytest.raises(AccessTokenInvalidError):
        authenticate_access_token(session, tokens, token=opened.access_token, now=now)


def test_two_who_sign_up_with_one_address_at_once_are_one(database, crypto, now):
    wanted, start = registration(), threading.Barrier(4)

    def sign_up(_):
        start.wait()
        try:
            with database.begin() as session:
                return register_merchant(session, crypto=crypto, registration=wanted, now=now).user.id
        except EmailTakenError:
            return None

    with ThreadPoolExecutor(4) as pool:
        ids = [each for each in pool.map(sign_up, range(4)) if each]
    assert len(ids) == 1
    with database.begin() as session:
        assert session.query(User).filter_by(email=wanted.email).one().id == ids[0]


def test_one_refresh_token_used_by_two_at_once_serves_one_of_them(database, crypto, tokens, now):
    with database.begin() as session:
        user = register_merchant(session, crypto=crypto, registration=registration(), now=now).user
        opened = open_session(session, tokens=tokens, user=user, client=Client(), lifetime=DAYS, now=now)
    start = threading.Barrier(4)

    def refresh(_):
        start.wait()
        with database.begin() as session:
            return refresh_session(session, tokens=tokens, refresh_token=opened.refresh_token, lifetime=DAYS, now=now)

    with ThreadPoolExecutor(4) as pool:
        answers = [each for each in pool.map(refresh, range(4)) if each]
    assert len(answers) == 1
