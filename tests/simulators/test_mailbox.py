"""The sink: whatever the channels send arrives, and can be read."""

import threading

import httpx
import pytest
import uvicorn

from app.channels.provider import ChannelSettings, SmtpSettings, TwilioSettings, WhatsAppSettings
from app.channels.registry import build_channels
from app.domain.notify.port import Channel, SendOutcome
from app.simulators.mailbox.app import create_app
from app.simulators.mailbox.smtp import smtp_sink
from app.simulators.mailbox.store import MOST, Store
from tests.factories.messages import message
from tests.fakes.clock import FakeClock
from tests.fakes.smtp import free_port


@pytest.fixture(scope="module")
def mailbox():
    store, clock, smtp_port, port = Store(), FakeClock(), free_port(), free_port()
    sink = smtp_sink(store, clock=clock, host="127.0.0.1", port=smtp_port)
    sink.start()
    server = uvicorn.Server(uvicorn.Config(create_app(store, clock=clock), port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    url = f"http://127.0.0.1:{port}"
    channels = build_channels(
        ChannelSettings(
            email=SmtpSettings("127.0.0.1", smtp_port, "pay@shop.test", security="none"),
            sms=TwilioSettings("ACsandbox", "sandbox", "+15005550006", url),
            whatsapp=WhatsAppSettings("100", "sandbox", url, "tinko_"),
        )
    )
    with httpx.Client(base_url=url) as client:
        yield client, channels
    channels.close()
    server.should_exit = True
    thread.join(5)
    sink.stop()


@pytest.fixture
def empty(mailbox):
    mailbox[0].delete("/api/messages")
    return mailbox


@pytest.mark.parametrize("channel", list(Channel))
def test_what_a_channel_sends_is_in_the_box(empty, channel):
    client, channels = empty
    result = channels.send(message(channel, text="Pay at https://pay.test/x"))
    assert result.outcome is SendOutcome.SENT
    assert result.provider_id
    (item,) = client.get("/api/messages").json()["items"]
    assert (item["channel"], item["recipient"]) == (channel, message(channel).recipient)
    assert "https://pay.test/x" in item["text"]


def test_the_page_shows_mail_with_links_and_escapes_the_rest(empty):
    client, channels = empty
    channels.send(message(text="<script>alert(1)</script> https://pay.test/x?a=1", subject="Pay <b>now</b>"))
    page = client.get("/").text
    assert "<script>alert" not in page
    assert "Pay &lt;b&gt;now&lt;/b&gt;" in page
    assert '<a href="https://pay.test/x?a=1">' in page
    number = client.get("/api/messages").json()["items"][0]["id"]
    html = client.get(f"/messages/{number}/html")
    assert html.text.strip() == "<p>Please pay</p>"
    assert html.headers["content-security-policy"].startswith("default-src 'none'")
    assert client.get("/messages/999999/html").status_code == 404


def test_the_box_is_asked_for_one_address(empty):
    client, channels = empty
    channels.send(message(recipient="a@example.com"))
    channels.send(message(recipient="b@example.com"))
    items = client.get("/api/messages", params={"to": "a@example.com"}).json()["items"]
    assert [item["recipient"] for item in items] == ["a@example.com"]
    assert "b@example.com" not in client.get("/", params={"to": "a@example.com"}).text


def test_an_empty_box_says_so_and_refuses_what_is_no_message(empty):
    client, _ = empty
    assert "Nothing was sent yet" in client.get("/").text
    answer = client.post("/2010-04-01/Accounts/AC1/Messages.json", content=b"To=")
    assert (answer.status_code, answer.json()["code"]) == (400, 21604)


def test_only_the_newest_are_kept():
    store, clock = Store(), FakeClock()
    facts = {"channel": "sms", "sender": "x", "recipient": "y", "subject": "", "text": "", "html": "", "headers": {}}
    for _ in range(MOST + 1):
        store.add(received_at=clock.now(), **facts)
    assert (len(store.newest_first()), store.find(1), store.newest_first()[0].id) == (MOST, None, MOST + 1)
