"""What every channel keeps to, the fake included: sent, refused for good, refused for now, and nobody knows."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from app.channels.provider import ChannelSettings, SmtpSettings, TwilioSettings, WhatsAppSettings
from app.channels.registry import build_channels
from app.domain.notify.port import Channel, ChannelsPort, Effect, SendOutcome, SendResult
from tests.factories.messages import message
from tests.fakes.channels import FakeChannels
from tests.fakes.smtp import free_port, postbox


@dataclass
class Bench:
    """A channel, and a far side that behaves as told: sent, dead, stopped, busy, silent or away."""

    channel: Channel
    channels: ChannelsPort


def email_bench(stack: ExitStack, mood: str) -> Bench:
    box, port = stack.enter_context(postbox())
    box.rcpt_answer = {"dead": "550 5.1.1 no such user", "busy": "451 4.3.0 later"}.get(mood)
    box.hang_up = mood == "silent"
    port = free_port() if mood == "away" else port
    settings = SmtpSettings("127.0.0.1", port, "pay@shop.test", security="none", timeout=timedelta(seconds=5))
    return Bench(Channel.EMAIL, build_channels(ChannelSettings(email=settings)))


def over_http(replies: dict[str, httpx.Response], mood: str) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        if mood == "silent":
            raise httpx.ReadTimeout("no answer", request=request)
        if mood == "away":
            raise httpx.ConnectError("nobody there", request=request)
        return replies[mood]

    return httpx.MockTransport(answer)


def sms_bench(_: ExitStack, mood: str) -> Bench:
    replies = {
        "sent": httpx.Response(201, json={"sid": "SM1", "status": "queued"}),
        "dead": httpx.Response(400, json={"code": 21614, "message": "not a mobile number"}),
        "busy": httpx.Response(429, json={"code": 20429, "message": "Too Many Requests"}, headers={"retry-after": "7"}),
    }
    settings = TwilioSettings("AC1", "secret", "+15005550006", "https://sms.test", transport=over_http(replies, mood))
    return Bench(Channel.SMS, build_channels(ChannelSettings(sms=settings)))


def whatsapp_bench(_: ExitStack, mood: str) -> Bench:
    replies = {
        "sent": httpx.Response(200, json={"messages": [{"id": "wamid.1"}]}),
        "dead": httpx.Response(400, json={"error": {"code": 131026, "message": "Message undeliverable"}}),
        "busy": httpx.Response(400, json={"error": {"code": 130429, "message": "Rate limit hit"}}),
    }
    settings = WhatsAppSettings("123", "token", "https://wa.test", transport=over_http(replies, mood))
    return Bench(Channel.WHATSAPP, build_channels(ChannelSettings(whatsapp=settings)))


def fake_bench(_: ExitStack, mood: str) -> Bench:
    fake = FakeChannels()
    answers = {
        "dead": SendResult(SendOutcome.PERMANENT, error_code="gone", effect=Effect.DEAD),
        "busy": SendResult(SendOutcome.TRANSIENT, error_code="busy"),
        "silent": SendResult(SendOutcome.UNKNOWN, error_code="no_reply"),
        "away": SendResult(SendOutcome.TRANSIENT, error_code="unreachable"),
    }
    if mood in answers:
        fake.answers.append(answers[mood])
    return Bench(Channel.EMAIL, fake)


BENCHES = {"email": email_bench, "sms": sms_bench, "whatsapp": whatsapp_bench, "fake": fake_bench}


@pytest.fixture(params=sorted(BENCHES))
def bench(request):
    with ExitStack() as stack:
        yield lambda mood: BENCHES[request.param](stack, mood)


def ask(bench, mood):
    made = bench(mood)
    return made.channels.send(message(made.channel))


def test_what_was_taken_over_has_the_providers_id(bench):
    result = ask(bench, "sent")
    assert (result.outcome, result.effect) == (SendOutcome.SENT, Effect.NONE)
    assert result.provider_id


def test_a_dead_address_is_permanent_and_told_apart(bench):
    result = ask(bench, "dead")
    assert (result.outcome, result.effect, result.provider_id) == (SendOutcome.PERMANENT, Effect.DEAD, None)
    assert result.error_code


def test_a_busy_provider_is_transient_and_says_nothing_of_the_address(bench):
    result = ask(bench, "busy")
    assert (result.outcome, result.effect) == (SendOutcome.TRANSIENT, Effect.NONE)
    assert result.error_code


def test_a_call_without_a_reply_is_unknown(bench):
    assert ask(bench, "silent").outcome == SendOutcome.UNKNOWN


def test_what_was_certainly_not_sent_is_transient(bench):
    result = ask(bench, "away")
    assert (result.outcome, result.error_code) == (SendOutcome.TRANSIENT, "unreachable")


def test_a_channel_that_is_not_set_up_is_permanent():
    for channels in (build_channels(ChannelSettings()), FakeChannels(Channel.EMAIL)):
        result = channels.send(message(Channel.SMS))
        assert (result.outcome, result.error_code) == (SendOutcome.PERMANENT, "channel_not_set_up")


def test_the_console_of_development_stands_in_for_what_is_not_set_up(capsys):
    channels = build_channels(ChannelSettings(console=True))
    assert channels.available() == frozenset(Channel)
    result = channels.send(message(Channel.SMS))
    assert result.outcome == SendOutcome.SENT
    assert "+919876543210" in capsys.readouterr().out
    channels.close()
