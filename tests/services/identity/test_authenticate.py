"""The short memory for API keys."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.identity.caller import Caller
from app.domain.identity.secrets import new_api_key
from app.services.identity.authenticate import ApiKeyCache, ApiKeyInvalidError, authenticate_api_key

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def caller(organization_id="org_1"):
    return Caller(organization_id, "test", "key_1", frozenset(), timedelta())


def test_a_key_is_known_for_five_seconds():
    cache, secret = ApiKeyCache(), new_api_key("test")
    cache.put(secret, caller(), now=NOW, expires_at=None)
    assert cache.get(secret, now=NOW + timedelta(seconds=4.999)) == caller()
    assert cache.get(secret, now=NOW + timedelta(seconds=5)) is None


def test_a_key_is_not_known_beyond_its_expiry():
    cache, secret = ApiKeyCache(), new_api_key("test")
    cache.put(secret, caller(), now=NOW, expires_at=NOW + timedelta(seconds=1))
    assert cache.get(secret, now=NOW + timedelta(seconds=1)) is None


def test_one_organization_is_forgotten_and_the_others_are_not():
    cache, mine, yours = ApiKeyCache(), new_api_key("test"), new_api_key("test")
    cache.put(mine, caller(), now=NOW, expires_at=None)
    cache.put(yours, caller("org_2"), now=NOW, expires_at=None)
    cache.forget("org_1")
    assert cache.get(mine, now=NOW) is None
    assert cache.get(yours, now=NOW) == caller("org_2")


def test_the_memory_is_bounded():
    cache = ApiKeyCache()
    for n in range(10_001):
        cache.put(f"tk_test_{n}", caller(), now=NOW, expires_at=None)
    assert cache.get("tk_test_0", now=NOW) is None
    assert cache.get("tk_test_10000", now=NOW) is not None


class Unused:
    """A session that must not be asked."""


def test_a_remembered_key_does_not_ask_the_database():
    cache, secret = ApiKeyCache(), new_api_key("test")
    cache.put(secret, caller(), now=NOW, expires_at=None)
    assert authenticate_api_key(Unused(), cache, secret=secret, now=NOW) == caller()


def test_a_key_with_a_typing_error_does_not_ask_the_database():
    with pytest.raises(ApiKeyInvalidError):
        authenticate_api_key(Unused(), ApiKeyCache(), secret=new_api_key("test")[:-1] + "!", now=NOW)
