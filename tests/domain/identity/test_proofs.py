"""Codes of apps, waits after tries in vain, and passwords that are guessed first."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.identity.breached import is_guessed_first
from app.domain.identity.lockout import wait_after
from app.domain.identity.totp import (
    as_text,
    code_at,
    matching_step,
    new_recovery_codes,
    new_secret,
    otpauth_uri,
    step_at,
)

# The secret and the times of RFC 6238, appendix B; its codes have eight digits, of which ours are the last six.
SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_the_standard(seconds, code):
    assert code_at(SECRET, step_at(datetime.fromtimestamp(seconds, UTC))) == code


def test_a_code_of_the_step_before_and_after_fits_and_no_other():
    now = datetime.fromtimestamp(1234567890, UTC)
    here = step_at(now)
    fits = [matching_step(SECRET, code_at(SECRET, here + around), now=now) for around in (-2, -1, 0, 1, 2)]
    assert fits == [None, here - 1, here, here + 1, None]


@pytest.mark.parametrize("code", ["", "1", "00592", "0059241", "abcdef", "٠٠٥٩٢٤", "005924é"])
def test_what_is_no_code_fits_nothing(code):
    assert matching_step(SECRET, code, now=datetime.fromtimestamp(1234567890, UTC)) is None


def test_a_code_may_be_typed_with_a_space():
    assert matching_step(SECRET, "005 924", now=datetime.fromtimestamp(1234567890, UTC)) is not None


def test_apps_are_given_an_address_that_names_whose_code_it_is():
    assert otpauth_uri(SECRET, account="a+b@c.in", issuer="Tinko") == (
        f"otpauth://totp/Tinko:a%2Bb%40c.in?secret={as_text(SECRET)}&issuer=Tinko&digits=6&period=30"
    )
    assert len(new_secret()) == 20


def test_recovery_codes_differ_and_are_easy_to_read():
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert set("".join(codes)) & set("il1o0u") == set()


def test_five_tries_are_free_then_the_wait_doubles_up_to_a_quarter_of_an_hour():
    minutes = [wait and wait / timedelta(minutes=1) for wait in map(wait_after, (0, 1, 4, 5, 6, 7, 8, 9, 10, 10_000))]
    assert minutes == [None, None, None, 1, 2, 4, 8, 15, 15, 15]


@pytest.mark.parametrize(
    "password",
    ["password123", "P@ssw0rd2031!", "PASSWORD8462", "1q2w3e4r5t", "iloveyou!!!!", "Jaishreeram99", "summer2029!!"],
)
def test_the_list_is_recognised_in_its_usual_disguises(password):
    assert is_guessed_first(password)


@pytest.mark.parametrize(
    "password",
    [
        "a quiet harbour at dawn",
        "harbourside12",
        "shadow98273498273",
        "correct battery",
        "kX9#vQ2m!tLp",
        "1984 was read",
    ],
)
def test_what_is_nowhere_near_it_is_not(password):
    assert not is_guessed_first(password)
