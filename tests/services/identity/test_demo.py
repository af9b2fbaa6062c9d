"""The merchant that `make run` shows."""

from contextlib import nullcontext
from datetime import timedelta

import pytest

from app.db.models import ApiKey, Organization
from app.db.queries.scoped import owned
from app.domain.identity.secrets import new_api_key
from app.services.identity.authenticate import ApiKeyCache, authenticate_api_key
from app.services.identity.demo import EMAIL, ensure_demo
from app.services.identity.log_in import Claim, Door, log_in
from app.services.identity.sessions import Client


@pytest.fixture
def demo(session, crypto, now):
    return ensure_demo(session, crypto=crypto, now=now)


def sign_in(session, crypto, tokens, password, now):
    door, claim = Door(crypto, tokens, timedelta(1)), Claim(EMAIL, password)
    return log_in(lambda: nullcontext(session), door=door, claim=claim, client=Client(), now=now)


def test_the_demo_merchant_is_a_test_organization_with_a_key_and_a_login(session, crypto, tokens, demo, now):
    assert session.get_one(Organization, demo.organization_id).mode == "test"
    caller = authenticate_api_key(session, ApiKeyCache(), secret=demo.api_key, now=now)
    assert caller.organization_id == demo.organization_id
    assert caller.may("events:write")
    signed_in = sign_in(session, crypto, tokens, demo.password, now)
    assert signed_in.organization.id == demo.organization_id


def test_what_was_kept_is_used_again(session, crypto, demo, now):
    again = ensure_demo(session, crypto=crypto, now=now, api_key=demo.api_key, password=demo.password)
    assert again == demo
    assert len(session.scalars(owned(ApiKey, demo.organization_id)).all()) == 1


def test_a_key_that_nobody_knows_is_not_kept(session, crypto, demo, now):
    again = ensure_demo(session, crypto=crypto, now=now, api_key=new_api_key("test"), password=demo.password)
    assert again.api_key[-4:] in {key.hint for key in session.scalars(owned(ApiKey, demo.organization_id))}
    assert len(session.scalars(owned(ApiKey, demo.organization_id)).all()) == 2


def test_what_was_lost_is_made_anew(session, tokens, crypto, demo, now):
    again = ensure_demo(session, crypto=crypto, now=now)
    assert again.organization_id == demo.organization_id
    assert again.api_key != demo.api_key
    assert again.password != demo.password
    sign_in(session, crypto, tokens, again.password, now)


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
def test_a_key_that_ended_is_made_anew(session, crypto, demo, now, ended):
    [key] = session.scalars(owned(ApiKey, demo.organization_id))
    setattr(key, ended, now)
    session.flush()
    again = ensure_demo(session, crypto=crypto, now=now, api_key=demo.api_key, password=demo.password)
    assert again.api_key != demo.api_key
