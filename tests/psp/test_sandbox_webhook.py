"""Signatures of the sandbox's webhooks, attacked."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.payments.errors import SignatureInvalidError
from app.psp.sandbox import webhook

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())
BODY = b'{"id":"evt_1"}'


def hexed(secret="s3cret", *, stamp=STAMP, body=BODY):
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def verify(header, *, secrets=("s3cret",), body=BODY, now=NOW):
    webhook.verify(headers={"Sandbox-Signature": header}, body=body, secrets=secrets, now=now)


def test_any_of_several_signatures_is_enough():
    verify(f"t={STAMP},v1={'0' * 64},v1={hexed()}")
    verify(f"t={STAMP}, v0=old, v1={hexed()}")


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_up_to_five_minutes_are_tolerated(seconds):
    verify(f"t={STAMP},v1={hexed()}", now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301])
def test_more_than_five_minutes_are_not(seconds):
    with pytest.raises(SignatureInvalidError, match="too old, or from the future"):
        verify(f"t={STAMP},v1={hexed()}", now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        f"t={STAMP}",
        f"t={STAMP},v1=",
        f"v1={hexed()}",
        f"t={STAMP},t={STAMP},v1={hexed()}",
        f"t={STAMP},v0={hexed()}",
        f"t={STAMP},v1={hexed().upper()}",
        f"t={STAMP},v1={hexed()[:-1]}",
        f"t={STAMP + 1},v1={hexed()}",
        f"t=-{STAMP},v1={hexed()}",
        f"t={STAMP}.0,v1={hexed()}",
        f"t={'9' * 5000},v1={hexed()}",
        f"t={STAMP},v1=ñ☃",
        f"t={STAMP},v1={hexed(secret='')}",
        "garbage",
    ],
)
def test_everything_else_is_refused(header):
    with pytest.raises(SignatureInvalidError) as caught:
        verify(header)
    assert caught.value.code == "signature_invalid"


def test_an_empty_secret_is_no_secret():
    with pytest.raises(SignatureInvalidError):
        verify(f"t={STAMP},v1={hexed(secret='')}", secrets=("",))


@pytest.mark.parametrize("created", [None, "now", -1, 10**12, True, 1.5])
def test_a_strange_time_of_an_event_is_none(created):
    event = webhook.parse(json.dumps({"id": "evt_1", "type": "x", "created": created, "data": []}).encode())
    assert (event.occurred_at, event.psp_payment_id, event.transaction_ref, event.attempt_id) == (None,) * 4
