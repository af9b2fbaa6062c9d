"""What may be read in logs."""

import json

import pytest

from app.infra.log import _scrub, configure_logging, mask, mask_secrets, start_sentry
from app.infra.settings import Settings


@pytest.mark.parametrize(
    "key",
    ["authorization", "Authorization", "api_key", "x-api-key", "refresh_token", "password", "client_secret", "cookie"],
)
def test_secrets_are_masked_by_name(key):
    assert mask_secrets(None, "", {"event": "x", key: "abc"}) == {"event": "x", key: "***"}


def test_contacts_are_masked_so_that_one_can_still_tell_them_apart():
    masked = mask({"email": "asha@example.com", "phone": "+919812345678", "customer_email": "b@x.in", "name": "n"})
    assert masked == {"email": "a***@example.com", "phone": "***", "customer_email": "b***@x.in", "name": "n"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("key tk_live_abcdefgh123 was refused", "key *** was refused"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: ***"),
        ("at postgresql://tinko:hunter2@db/tinko", "at postgresql://***@db/tinko"),
        ("/pay/retry/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "/pay/retry/***"),
        ("sk_test_4242424242 and whsec_abcdef12345", "*** and ***"),
        ("insufficient funds", "insufficient funds"),
    ],
)
def test_secrets_in_sentences_are_masked_by_shape(text, shown):
    assert mask_secrets(None, "", {"event": text})["event"] == shown


def test_masking_goes_into_lists_and_stops_somewhere():
    assert mask({"items": [{"token": "x", "id": 1}]}) == {"items": [{"token": "***", "id": 1}]}
    deep: dict = {"a": 1}
    for _ in range(50):
        deep = {"a": deep}
    assert "***" in json.dumps(mask(deep))


def test_harmless_facts_stay():
    facts = {"api_key_id": "key_1", "tokens": 5, "password": None, "is_secret": True, "count": 3}
    assert mask_secrets(None, "", dict(facts)) == facts


def test_without_a_dsn_nothing_is_reported():
    assert start_sentry(Settings()) is False


@pytest.mark.parametrize("style", ["json", "console"])
def test_logging_can_be_set_up_in_either_style(style):
    configure_logging(Settings(LOG_FORMAT=style))


def test_what_goes_to_sentry_holds_no_request_user_or_secret():
    event = {
        "request": {"data": "x"},
        "user": {"ip": "1.2.3.4"},
        "extra": {"token": "x"},
        "exception": {"values": [{"value": "key tk_live_abcdefgh123 was refused"}]},
    }
    assert _scrub(event, {}) == {
        "extra": {"token": "***"},
        "exception": {"values": [{"value": "key *** was refused"}]},
    }
