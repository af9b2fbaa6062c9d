"""Roles, scopes, credentials and the shapes of secrets."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.identity.access import (
    MANAGES,
    PERMISSIONS,
    STAFF_ONLY,
    Role,
    ScopeUnknownError,
    check_scopes,
    role_permissions,
    scope_permissions,
)
from app.domain.identity.caller import Caller, PermissionMissingError
from app.domain.identity.credentials import EmailInvalidError, PasswordWeakError, check_password, normalise_email
from app.domain.identity.secrets import is_well_formed, looks_like_api_key, new_api_key, new_refresh_token


def test_each_role_may_what_the_one_below_may():
    owner, admin, operator, analyst = (role_permissions(role) for role in Role)
    assert owner == PERMISSIONS
    assert owner > admin > operator > analyst
    assert all(permission.endswith(":read") for permission in analyst)


def test_a_word_that_is_no_role_permits_nothing():
    assert role_permissions("king") == frozenset()


def test_nobody_manages_a_role_above_their_own():
    assert Role.OWNER not in MANAGES[Role.ADMIN]
    assert MANAGES[Role.OPERATOR] == MANAGES[Role.ANALYST] == frozenset()


def test_scopes_permit_what_they_say():
    assert scope_permissions(["events:write"]) == {"events:write"}
    assert scope_permissions(["policies:*"]) == {"policies:read", "policies:write"}
    assert scope_permissions(["*"]) == PERMISSIONS - STAFF_ONLY
    assert scope_permissions(["members:*"]) == {"members:read"}
    assert scope_permissions(["gone:read", "*:*", ""]) == frozenset()


def test_scopes_are_kept_sorted_and_once():
    assert check_scopes(["policies:*", "events:read", "policies:*"]) == ("events:read", "policies:*")


def test_unknown_scopes_are_named():
    with pytest.raises(ScopeUnknownError) as raised:
        check_scopes(["events:read", "members:write", "nonsense"])
    assert [each.pointer for each in raised.value.errors] == ["/scopes/1", "/scopes/2"]


def test_a_caller_must_have_what_is_asked():
    caller = Caller("org_1", "test", "key_1", frozenset({"events:read"}), timedelta())
    caller.must("events:read")
    assert not caller.may("events:write")
    with pytest.raises(PermissionMissingError):
        caller.must("events:write")


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("  Asha@Example.COM ", "asha@example.com"),
        ("a+b@x.co.in", "a+b@x.co.in"),
        ("a@localhost", "a@localhost"),
        ("आशा@उदाहरण.भारत", "आशा@उदाहरण.भारत"),
    ],
)
def test_an_address_is_kept_in_one_form(text, email):
    assert normalise_email(text) == email


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@",
        "@b",
        "a@b@c",
        "a b@c.d",
        "a@b..c",
        ".a@b.c",
        "a.@b.c",
        "a..b@c.d",
        "a@-b.c",
        "a\x00@b.c",
        "a@b\u200bc.d",
        "a@\U00010d50.d",
        "x" * 65 + "@b.c",
        "a@" + "b." * 130 + "c",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(EmailInvalidError):
        normalise_email(text)


@given(st.text(max_size=300))
def test_an_address_in_its_one_form_stays_as_it_is(text):
    try:
        email = normalise_email(text)
    except EmailInvalidError:
        return
    assert normalise_email(email) == email == email.lower()


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "at least 10 characters"),
        ("x" * 257, "at most 256 characters"),
        ("Asha@Example.com", "not your email address"),
        ("PassWord1234", "one that is harder to guess"),
        ("ababababababab", "one that is harder to guess"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password, why):
    with pytest.raises(PasswordWeakError) as raised:
        check_password(password, email="asha@example.com")
    assert raised.value.errors[0].detail == why


def test_a_long_name_before_the_at_is_no_password_either():
    with pytest.raises(PasswordWeakError):
        check_password("asha.krishnan", email="asha.krishnan@example.com")


def test_a_sentence_will_do():
    check_password("a quiet harbour at dawn", email="asha@example.com")


@pytest.mark.parametrize("mode", ["test", "live"])
def test_an_api_key_says_its_mode_and_is_well_formed(mode):
    key = new_api_key(mode)
    assert key.startswith(f"tk_{mode}_")
    assert looks_like_api_key(key)
    assert is_well_formed(key)
    assert new_api_key(mode) != key


def test_a_refresh_token_is_no_api_key():
    token = new_refresh_token()
    assert is_well_formed(token)
    assert not looks_like_api_key(token)


@given(st.data())
def test_one_changed_character_spoils_a_key(data):
    key = new_api_key("test")
    at = data.draw(st.integers(8, len(key) - 1))
    other = data.draw(st.characters().filter(lambda c: c != key[at]))
    assert not is_well_formed(key[:at] + other + key[at + 1 :])


@pytest.mark.parametrize("text", ["", "tk_test_", "tk_test_abc", "tkr_", "x" * 54])
def test_what_is_no_key_is_not_well_formed(text):
    assert not is_well_formed(text)
