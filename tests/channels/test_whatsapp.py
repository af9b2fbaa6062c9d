"""What Meta is told, and how its answers are read."""

import json

import httpx
import pytest

from app.channels.provider import WhatsAppSettings
from app.channels.whatsapp import build
from app.channels.whatsapp.channel import CODES
from app.domain.notify.port import Channel, Effect, SendOutcome
from tests.factories.messages import message


def channel(*replies, prefix=""):
    waiting, seen = list(replies), []

    def answer(request):
        seen.append(request)
        return waiting.pop(0)

    transport = httpx.MockTransport(answer)
    made = build(WhatsAppSettings("123", "token", "https://wa.test/v23.0", prefix, transport=transport))
    return made.port, seen


def taken():
    return httpx.Response(200, json={"messages": [{"id": "wamid.1"}]})


def test_without_templates_a_text_goes_out():
    port, seen = channel(taken())
    assert port.send(message(Channel.WHATSAPP, text="Pay now")).provider_id == "wamid.1"
    assert str(seen[0].url) == "https://wa.test/v23.0/123/messages"
    assert seen[0].headers["authorization"] == "Bearer token"
    assert json.loads(seen[0].content) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "919876543210",
        "biz_opaque_callback_data": "msg_01kahzk7mv0000000000000000",
        "type": "text",
        "text": {"preview_url": False, "body": "Pay now"},
    }


def test_an_approved_template_is_filled_with_plain_facts_on_one_line():
    port, seen = channel(taken(), prefix="tinko_")
    values = {"merchant": "Harbour", "retry": "We will\n\tnot    retry.", "code": "1234"}
    port.send(message(Channel.WHATSAPP, locale="hi-IN", values=values))
    template = json.loads(seen[0].content)["template"]
    assert (template["name"], template["language"]) == ("tinko_payment_failed_action_needed", {"code": "hi_IN"})
    texts = [parameter["text"] for parameter in template["components"][0]["parameters"]]
    assert texts == ["Harbour", "-", "-", "We will not retry.", "-", "1234", "-"]


@pytest.mark.parametrize(
    ("reply", "outcome", "code", "effect"),
    [
        (httpx.Response(400, json={"error": {"code": 131050}}), SendOutcome.PERMANENT, "131050", Effect.OPTED_OUT),
        (httpx.Response(400, json={"error": {"code": 131026}}), SendOutcome.PERMANENT, "131026", Effect.DEAD),
        (httpx.Response(400, json={"error": {"code": 131047}}), SendOutcome.PERMANENT, "131047", Effect.NONE),
        (httpx.Response(500, json={"error": {"code": 131016}}), SendOutcome.TRANSIENT, "131016", Effect.NONE),
        (httpx.Response(401, json={"error": {"code": 190}}), SendOutcome.TRANSIENT, "190", Effect.NONE),
        (httpx.Response(500, text="oops"), SendOutcome.UNKNOWN, "http_500", Effect.NONE),
        (httpx.Response(400, json={"error": "odd"}), SendOutcome.PERMANENT, "http_400", Effect.NONE),
        (httpx.Response(200, json={"messages": []}), SendOutcome.UNKNOWN, "malformed_reply", Effect.NONE),
    ],
)
def test_answers_are_classified_once(reply, outcome, code, effect):
    port, _ = channel(reply)
    result = port.send(message(Channel.WHATSAPP))
    assert (result.outcome, result.error_code, result.effect) == (outcome, code, effect)


def test_every_code_says_what_it_means():
    assert all(code.isdecimal() and each.meaning for code, each in CODES.items())
