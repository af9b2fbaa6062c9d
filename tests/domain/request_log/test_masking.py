"""What of a body may be kept: no secrets, no cards, no contacts; and a beginning where it is long."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.request_log.masking import MOST_BYTES, is_card_number, masked_body, masked_query

CARD = "4242424242424242"


def kept(value) -> object:
    text, truncated = masked_body(json.dumps(value).encode())
    assert truncated is False
    return json.loads(text)


@pytest.mark.parametrize(
    "key",
    [
        *("secret", "webhook_secrets", "password", "currentPassword", "token", "access_token", "credentials", "cvv"),
        *("api_key", "apiKey", "private-key", "card_number", "Authorization", "pan", "totp_code", "otpauth_uri"),
    ],
)
def test_what_stands_under_a_secret_key_is_not_kept(key):
    assert kept({key: "of great value"}) == {key: "***"}
    assert kept({"deep": [{key: {"more": ["of great value"]}}]}) == {"deep": [{key: "***"}]}


@pytest.mark.parametrize("key", ["token_type", "key_id", "secret_hint", "idempotency_key", "company", "spinner"])
def test_what_only_sounds_like_a_secret_is_kept(key):
    assert kept({key: "plain"}) == {key: "plain"}


def test_a_secret_that_is_not_there_is_shown_as_that():
    assert kept({"token": None}) == {"token": None}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("use tk_test_abcdef1234567 here", "use *** here"),
        ("sk_live_abcdefgh", "***"),
        ("whsec_abcdefgh", "***"),
        ("Bearer abcdefghijkl", "***"),
        ("eyJhbGciOiJI.eyJzdWIiOiJ.c2lnbmF0dXJl", "***"),
        ("https://pay.example/console/invite#token=abc123&x=1", "https://pay.example/console/invite#token=***&x=1"),
        ("redis://user:pass@cache/0", "redis://*…@cache/0"),
        (f"card {CARD} declined", "card ***4242 declined"),
        ("4242 4242 4242 4242", "***4242"),
        ("4242-4242-4242-4242", "***4242"),
        ("4242424242424241", "4242424242424241"),
        ("order 1763697600000", "order 1763697600000"),
        ("rec_01m7wd7tg06g0nnc178rnqgezg", "rec_01m7wd7tg06g0nnc178rnqgezg"),
    ],
)
def test_secrets_and_cards_in_texts_are_masked(said, shown):
    assert kept({"note": said}) == {"note": shown}
    assert kept([said]) == [shown]


def test_a_card_that_came_as_a_number_is_masked_and_an_amount_is_not():
    assert kept({"n": int(CARD), "amount": 49900, "on": True, "rate": 0.5}) == {
        "n": "***4242",
        "amount": 49900,
        "on": True,
        "rate": 0.5,
    }


def test_contacts_are_masked():
    shown = kept(
        {"customer": {"email": "asha@example.com", "phone": "+919876543210"}, "message": "to asha@example.com"}
    )
    assert shown == {"customer": {"email": "a…@example.com", "phone": "…10"}, "message": "to a…@example.com"}


@pytest.mark.parametrize("body", [b"", b"a=1&b=2", b"{broken", b"<html>", b"\xff\xfe", b"\x00"])
def test_what_is_no_json_is_not_kept(body):
    assert masked_body(body) == (None, False)


def test_what_nests_too_deep_is_not_kept_or_cut():
    assert masked_body(b"[" * 5000 + b"]" * 5000) == (None, True)
    text, _ = masked_body(b"[" * 60 + b'"x"' + b"]" * 60)
    assert "x" not in text


def test_of_a_long_body_the_beginning_is_kept_up_to_its_last_whole_member():
    items = [{"number": number, "secret": "s3cr3t", "note": 'a "quoted" [bracket], {brace}'} for number in range(400)]
    text, truncated = masked_body(json.dumps({"items": items, "total": 400}).encode())
    shown = json.loads(text)
    assert truncated is True
    assert set(shown) == {"items"}
    whole = [{**item, "secret": "***"} for item in items]
    *first, last = shown["items"]
    assert first == whole[: len(first)]
    assert last.items() <= whole[len(first)].items()
    assert 50 < len(shown["items"]) < 150
    assert "s3cr3t" not in text


def test_a_secret_that_the_cut_goes_through_is_not_kept():
    text, truncated = masked_body(json.dumps({"a": 1, "api_key": "x" * 2 * MOST_BYTES}).encode())
    assert (json.loads(text), truncated) == ({"a": 1}, True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.integers(8000, 8500))
def test_however_a_body_is_cut_what_is_left_can_be_read(value, padding):
    body = json.dumps(["p" * padding, value, [value], {"k": value}, "q" * 300], ensure_ascii=False).encode()
    text, truncated = masked_body(body)
    assert truncated is (len(body) > MOST_BYTES)
    if text is not None:
        assert isinstance(json.loads(text), list)


def test_a_query_is_masked_too():
    assert masked_query(f"q=asha@example.com&token=abc&card={CARD}&status=4xx") == (
        "q=a…@example.com&token=***&card=***4242&status=4xx"
    )


@pytest.mark.parametrize(("digits", "is_one"), [(CARD, True), ("5555555555554444", True), ("4242424242424243", False)])
def test_cards_are_told_by_luhns_check(digits, is_one):
    assert is_card_number(digits) is is_one


@pytest.mark.parametrize("beginning", [b"}", b"]]", b"{]}"])
def test_a_long_body_that_closes_what_was_never_open_is_not_kept(beginning):
    assert masked_body(beginning + b'"x",' * MOST_BYTES)[0] is None
