"""Passwords."""

from app.infra.passwords import hash_password, is_outdated, verify_password


def test_a_password_fits_its_hash_and_no_other():
    hashed = hash_password("a quiet harbour at dawn")
    assert verify_password("a quiet harbour at dawn", hashed)
    assert not verify_password("a quiet harbour at dusk", hashed)


def test_the_cost_is_the_one_that_was_chosen():
    hashed = hash_password("a quiet harbour at dawn")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not is_outdated(hashed)


def test_a_hash_of_another_cost_is_outdated():
    cheap = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$Cr7ynNWuvVo4MJ6W0qXqvGXXWTvJO3Hb2VXTCpQXcfA"
    assert is_outdated(cheap)


def test_nobody_has_no_password():
    assert not verify_password("a password that nobody has", None)


def test_a_letter_typed_in_another_form_is_the_same():
    assert verify_password("cafe\u0301 de la gare", hash_password("caf\u00e9 de la gare"))
