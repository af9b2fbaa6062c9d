"""Access tokens."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from app.infra.tokens import AUDIENCE, ISSUER, AccessTokens, TokenInvalidError

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEY, OLD_KEY = b"k" * 32, b"o" * 32
WHO = {"user_id": "usr_1", "organization_id": "org_1", "session_id": "ses_1"}


@pytest.fixture
def tokens() -> AccessTokens:
    return AccessTokens((KEY, OLD_KEY), lifetime=timedelta(minutes=15))


def forged(tokens, *, key=KEY, algorithm="HS256", headers=None, **changes) -> str:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "usr_1", "org": "org_1", "sid": "ses_1"}
    times = {"iat": int(NOW.timestamp()), "exp": int((NOW + timedelta(minutes=15)).timestamp())}
    kid = jwt.get_unverified_header(tokens.issue(**WHO, now=NOW))["kid"]
    body = {name: value for name, value in {**claims, **times, **changes}.items() if value is not None}
    return jwt.encode(body, key, algorithm=algorithm, headers=headers or {"kid": kid})


def test_a_token_says_who_and_where_and_nothing_of_what_they_may(tokens):
    token = tokens.issue(**WHO, now=NOW)
    claims = tokens.read(token, now=NOW)
    assert (claims.user_id, claims.organization_id, claims.session_id) == ("usr_1", "org_1", "ses_1")
    assert claims.expires_at == NOW + timedelta(minutes=15)
    body = jwt.decode(token, options={"verify_signature": False})
    assert set(body) == {"iss", "aud", "sub", "org", "sid", "iat", "exp"}


def test_a_token_expires_by_the_callers_clock(tokens):
    token = tokens.issue(**WHO, now=NOW)
    tokens.read(token, now=NOW + timedelta(minutes=15, seconds=4))
    with pytest.raises(TokenInvalidError):
        tokens.read(token, now=NOW + timedelta(minutes=15, seconds=5))


def test_a_token_of_the_previous_key_is_read(tokens):
    old = AccessTokens((OLD_KEY,), lifetime=timedelta(minutes=15)).issue(**WHO, now=NOW)
    assert tokens.read(old, now=NOW).user_id == "usr_1"
    with pytest.raises(TokenInvalidError):
        AccessTokens((KEY,), lifetime=timedelta(minutes=15)).read(old, now=NOW)


def test_forging_what_the_key_signs_shows_that_the_forger_is_right(tokens):
    assert tokens.read(forged(tokens), now=NOW).user_id == "usr_1"


@pytest.mark.parametrize(
    "changes",
    [
        {"key": b"x" * 32},
        {"iss": "somebody"},
        {"aud": "another-api"},
        {"sub": None},
        {"org": None},
        {"sid": None},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 10**30},
        {"headers": {"kid": "unknown"}},
        {"key": b"k" * 64, "algorithm": "HS512"},
        {"key": None, "algorithm": "none"},
    ],
)
def test_any_other_token_is_refused(tokens, changes):
    with pytest.raises(TokenInvalidError):
        tokens.read(forged(tokens, **changes), now=NOW)


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "é.é.é", "\ud800", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_refused(tokens, token):
    with pytest.raises(TokenInvalidError):
        tokens.read(token, now=NOW)
