"""What Twilio is told, and how its answers are read."""

from urllib.parse import parse_qs

import httpx
import pytest

from app.bootstrap import build_container
from app.channels.provider import TwilioSettings
from app.channels.sms import build
from app.channels.sms.channel import CODES
from app.domain.notify.port import Channel, Effect, SendOutcome
from app.infra.settings import Settings
from tests.factories.messages import message


def channel(*replies, sender="+15005550006", status_url="", whatsapp=False):
    waiting, seen = list(replies), []

    def answer(request):
        seen.append(request)
        return waiting.pop(0)

    transport = httpx.MockTransport(answer)
    settings = TwilioSettings("AC1", "secret", sender, "https://sms.test", status_url, whatsapp, transport=transport)
    return build(settings).port, seen


def test_a_text_goes_out_as_a_form_with_basic_authentication():
    port, (seen) = channel(httpx.Response(201, json={"sid": "SM1"}), status_url="https://tinko.test/receipts")
    assert port.send(message(Channel.SMS, text="Pay now")).provider_id == "SM1"
    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", "https://sms.test/2010-04-01/Accounts/AC1/Messages.json")
    assert request.headers["authorization"] == "Basic QUMxOnNlY3JldA=="
    assert parse_qs(request.content.decode()) == {
        "To": ["+919876543210"],
        "From": ["+15005550006"],
        "Body": ["Pay now"],
        "StatusCallback": ["https://tinko.test/receipts?message_id=msg_01kahzk7mv0000000000000000"],
    }


def test_a_messaging_service_is_named_as_one():
    port, seen = channel(httpx.Response(201, json={"sid": "SM1"}), sender="MG1")
    port.send(message(Channel.SMS))
    assert parse_qs(seen[0].content.decode())["MessagingServiceSid"] == ["MG1"]


@pytest.mark.parametrize(
    ("reply", "outcome", "code", "effect"),
    [
        (httpx.Response(400, json={"code": 21610}), SendOutcome.PERMANENT, "21610", Effect.OPTED_OUT),
        (httpx.Response(400, json={"code": 21211}), SendOutcome.PERMANENT, "21211", Effect.DEAD),
        (httpx.Response(401, json={"code": 20003}), SendOutcome.TRANSIENT, "20003", Effect.NONE),
        (httpx.Response(400, json={"code": 99999}), SendOutcome.PERMANENT, "99999", Effect.NONE),
        (httpx.Response(503, text="down"), SendOutcome.TRANSIENT, "http_503", Effect.NONE),
        (httpx.Response(502, text="bad gateway"), SendOutcome.UNKNOWN, "http_502", Effect.NONE),
        (httpx.Response(201, text="what?"), SendOutcome.UNKNOWN, "malformed_reply", Effect.NONE),
        (httpx.Response(201, json=["what?"]), SendOutcome.UNKNOWN, "malformed_reply", Effect.NONE),
    ],
)
def test_answers_are_classified_once(reply, outcome, code, effect):
    port, _ = channel(reply)
    result = port.send(message(Channel.SMS))
    assert (result.outcome, result.error_code, result.effect) == (outcome, code, effect)


def test_every_code_says_what_it_means():
    assert all(code.isdecimal() and each.meaning for code, each in CODES.items())
    assert CODES["21610"].effect is Effect.OPTED_OUT


def test_whatsapp_goes_over_the_same_account():
    port, seen = channel(httpx.Response(201, json={"sid": "MM1"}), sender="+14155238886", whatsapp=True)
    assert port.send(message(Channel.WHATSAPP, text="Pay now")).outcome is SendOutcome.SENT
    assert parse_qs(seen[0].content.decode()) == {
        "To": ["whatsapp:+919876543210"],
        "From": ["whatsapp:+14155238886"],
        "Body": ["Pay now"],
    }


def test_an_operator_has_whatsapp_at_meta_or_else_at_twilio():
    secrets = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "secret", "TWILIO_SENDER": "+15005550006"}
    servers = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}

    def available(**more):
        container = build_container(Settings(**servers, **secrets, **more))
        found = container.mailroom.channels.available()
        container.close()
        return found

    assert available() == {Channel.SMS}
    assert available(TWILIO_WHATSAPP_SENDER="+14155238886") == {Channel.SMS, Channel.WHATSAPP}
    assert available(WHATSAPP_PHONE_NUMBER_ID="100") == {Channel.SMS, Channel.WHATSAPP}
