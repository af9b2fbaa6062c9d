"""Sealing, hashing and deriving."""

import pytest

from app.infra.crypto import Crypto, SealBrokenError, derive_key, hash_secret, same

SECRET = "the first secret, of more than thirty-two"
LATER = "the second secret, of more than thirty-two"


def test_what_was_sealed_opens_again():
    crypto = Crypto(SECRET)
    sealed = crypto.seal_json({"api_key": "sbx_1"}, about="row")
    assert crypto.open_json(sealed, about="row") == {"api_key": "sbx_1"}
    assert b"sbx_1" not in sealed


def test_the_same_value_never_seals_the_same():
    crypto = Crypto(SECRET)
    assert crypto.seal(b"x", about="row") != crypto.seal(b"x", about="row")


def test_a_sealed_value_opens_only_in_its_place():
    crypto = Crypto(SECRET)
    with pytest.raises(SealBrokenError):
        crypto.open(crypto.seal(b"x", about="row 1"), about="row 2")


@pytest.mark.parametrize("at", range(0, 34, 3))
def test_a_changed_value_does_not_open(at):
    crypto = Crypto(SECRET)
    sealed = bytearray(crypto.seal(b"x", about="row"))
    sealed[at] ^= 1
    with pytest.raises(SealBrokenError):
        crypto.open(bytes(sealed), about="row")


@pytest.mark.parametrize("cut", [0, 1, 5, 17, 20])
def test_a_value_that_was_cut_short_does_not_open(cut):
    crypto = Crypto(SECRET)
    with pytest.raises(SealBrokenError):
        crypto.open(crypto.seal(b"x", about="row")[:cut], about="row")


def test_a_new_secret_opens_what_the_previous_one_sealed():
    sealed = Crypto(SECRET).seal(b"x", about="row")
    rotated = Crypto(LATER, previous=(SECRET,))
    assert rotated.open(sealed, about="row") == b"x"
    with pytest.raises(SealBrokenError):
        Crypto(LATER).open(sealed, about="row")
    with pytest.raises(SealBrokenError):
        Crypto(SECRET).open(rotated.seal(b"x", about="row"), about="row")


def test_a_derived_key_serves_one_purpose():
    assert derive_key(SECRET, "one") != derive_key(SECRET, "two")
    assert Crypto(LATER, previous=(SECRET,)).keys_for("one") == (derive_key(LATER, "one"), derive_key(SECRET, "one"))


def test_hashes_are_compared_whole():
    assert same(hash_secret("tk_test_a"), hash_secret("tk_test_a"))
    assert not same(hash_secret("tk_test_a"), hash_secret("tk_test_b"))
    assert len(hash_secret("\ud800")) == 32
