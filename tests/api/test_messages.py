"""Texts that are checked on saving, codes that tell a real message, receipts that only providers can send."""

import base64
import hashlib
import hmac
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import select

from app.api.app import build_api
from app.bootstrap import build_container
from app.db.models import DeadAddress, Message, OptOut
from app.services.notify.plan import plan_message
from app.services.notify.run import claim_messages, run_message
from tests.factories.recoveries import LEASE
from tests.fakes.channels import FakeChannels
from tests.fakes.server import served

GOOD = {
    "event": "last_notice",
    "channel": "email",
    "locale": "en",
    "text": "Pay {{ amount }}: {{ link_url }} {{ code }} {{ verify_url }}",
}
SECRETS = {"twilio_auth_token": "twilio", "whatsapp_app_secret": "meta", "whatsapp_verify_token": "verify"}


@pytest.fixture(scope="module")
def house(settings, clock):
    """The API with channels in memory and every provider's secret set."""
    secret = type(settings.secret_key)
    changed = {name: secret(value) for name, value in SECRETS.items()} | {"mail_receipt_token": secret("bounces")}
    container = build_container(settings.model_copy(update=changed), clock=clock)
    container = replace(container, mailroom=replace(container.mailroom, channels=FakeChannels()))
    with served(build_api(container)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield container, client


@pytest.fixture
def container(house):
    return house[0]


@pytest.fixture
def client(house):
    return house[1]


@pytest.fixture
def sent(container, client, merchant):
    """A message that went out, asked for by the payer so that no hour holds it back."""
    facts = {"amount": 5000, "currency": "INR", "gateway": "sandbox", "failure_reason": "lost_card"}
    body = {"transaction_ref": "order-1", "customer": {"email": "payer@example.com"}, **facts}
    event = client.post("/v1/events/payment_failed", json=body, headers=merchant.headers).json()
    with container.database.begin() as session:
        message_id = plan_message(
            session,
            room=container.mailroom,
            recovery_id=event["recovery"]["id"],
            event="link_reissued",
            step="link_reissued:1",
            attempt_id=None,
            channel=None,
            now=container.clock.now(),
        )
        claimed = claim_messages(session, now=container.clock.now(), lease=LEASE, in_flight=1000)
    for each in claimed:
        run_message(
            container.database.begin,
            room=container.mailroom,
            clock=container.clock,
            message_id=each.id,
            fence=each.fence,
        )
    with container.database.begin() as session:
        return session.get_one(Message, message_id)


def stored(container, message_id):
    with container.database.begin() as session:
        return session.get_one(Message, message_id)


def test_a_text_is_saved_changed_listed_and_given_up(client, merchant):
    made = client.post("/v1/templates", json=GOOD, headers=merchant.headers)
    assert (made.status_code, made.json()["version"]) == (201, 1)
    path = f"/v1/templates/{made.json()['id']}"
    assert client.post("/v1/templates", json=GOOD, headers=merchant.headers).json()["code"] == "template_exists"
    changed = client.patch(path, json={"subject": "Last chance, {{ merchant }}"}, headers=merchant.headers).json()
    assert (changed["version"], changed["subject"], changed["text"]) == (2, "Last chance, {{ merchant }}", GOOD["text"])
    versions = client.get(f"{path}/versions", headers=merchant.headers).json()["items"]
    assert [version["version"] for version in versions] == [2, 1]
    assert client.delete(path, headers=merchant.headers).status_code == 204
    assert client.get(path, headers=merchant.headers).status_code == 404
    assert client.get("/v1/templates", headers=merchant.headers).json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"text": "{{ amonut }} {{ link_url }} {{ code }} {{ verify_url }}"}, "/text"),
        ({"text": "{% if %}"}, "/text"),
        ({"text": "no code, no link"}, "/text"),
        ({"subject": "{{ nobody }}"}, "/subject"),
        ({"html": "<p>{{ link_url }}</p>"}, "/html"),
    ],
)
def test_a_broken_text_is_refused_on_saving_with_its_place(client, merchant, changes, pointer):
    answer = client.post("/v1/templates", json=GOOD | changes, headers=merchant.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "template_invalid")
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_text_is_previewed_with_made_up_facts_and_sent_as_a_sample(client, merchant, container):
    made = client.post("/v1/templates/preview", json=GOOD, headers=merchant.headers).json()
    assert "₹499.00" in made["text"]
    assert "SAMP-LE22" in made["text"]
    assert made["html"].startswith("<!doctype html>")
    body = GOOD | {"to": "staff@example.com"}
    assert client.post("/v1/templates/test", json=body, headers=merchant.headers).json()["outcome"] == "sent"
    assert container.mailroom.channels.sent[-1].recipient == "staff@example.com"


def test_messages_are_listed_with_the_address_hidden(client, merchant, sent):
    answer = client.get("/v1/messages", params={"recovery_id": sent.recovery_id}, headers=merchant.headers)
    (item,) = answer.json()["items"]
    assert (item["id"], item["status"], item["recipient_hint"]) == (sent.id, "sent", "p…@example.com")
    assert "payer@example.com" not in answer.text
    params = {"status": "failed"}
    assert client.get("/v1/messages", params=params, headers=merchant.headers).json()["items"] == []


def test_a_code_tells_a_real_message_and_nothing_of_the_payer(client, sent):
    page = client.post("/verify", data={"code": f"{sent.code[:4]}-{sent.code[4:].lower()}"})
    assert page.status_code == 200
    assert "This message is real." in page.text
    assert "Harbour Books" in page.text
    assert "payer" not in page.text
    assert "order-1" not in page.text
    assert client.post("/verify", data={"code": "BBBB-BBBB"}).status_code == 404
    assert client.post("/verify", content=b"\xff\x00").status_code == 404
    assert "default-src 'none'" in client.get("/verify").headers["content-security-policy"]


def test_only_a_post_unsubscribes(client, container, sent):
    path = container.mailroom.unsubscribe_url(sent.id).removeprefix("http://127.0.0.1:8000")
    assert client.get(path).status_code == 200
    with container.database.begin() as session:
        assert session.scalars(select(OptOut).where(OptOut.organization_id == sent.organization_id)).all() == []
    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    with container.database.begin() as session:
        (row,) = session.scalars(select(OptOut).where(OptOut.organization_id == sent.organization_id)).all()
    assert row.recipient_hash == sent.recipient_hash
    assert client.post(path + "0").status_code == 404
    assert client.get("/unsubscribe/nonsense").status_code == 404


def test_a_bounce_marks_the_message_and_its_address(client, container, sent):
    body = {"message_id": f"<{sent.id}@shop.test>", "kind": "bounce", "code": "5.1.1"}
    path = "/v1/webhooks/messages/email"
    assert client.post(path, json=body).status_code == 401
    assert client.post(path, json=body, headers={"Authorization": "Bearer bounces"}).status_code == 200
    assert stored(container, sent.id).status == "bounced"
    with container.database.begin() as session:
        (dead,) = session.scalars(select(DeadAddress).where(DeadAddress.organization_id == sent.organization_id)).all()
    assert (dead.channel, dead.recipient_hash) == ("email", sent.recipient_hash)


def test_a_receipt_of_twilio_counts_only_with_its_signature(client):
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    text = "http://127.0.0.1:8000/v1/webhooks/messages/twilioMessageSidSM1MessageStatusdelivered"
    signature = base64.b64encode(hmac.new(b"twilio", text.encode(), hashlib.sha1).digest()).decode()
    path = "/v1/webhooks/messages/twilio"
    assert client.post(path, data=form).status_code == 401
    assert client.post(path, data=form, headers={"X-Twilio-Signature": b"\xe9"}).status_code == 401
    assert client.post(path, data=form, headers={"X-Twilio-Signature": signature}).status_code == 200


def test_a_receipt_of_meta_counts_only_with_its_signature(client):
    path = "/v1/webhooks/messages/meta"
    status = {"id": "wamid.1", "status": "failed", "errors": [{"code": 131026}]}
    body = httpx.Request("POST", "x:", json={"entry": [{"changes": [{"value": {"statuses": [status, 3]}}]}]}).content
    signature = "sha256=" + hmac.new(b"meta", body, hashlib.sha256).hexdigest()
    assert client.post(path, content=body).status_code == 401
    assert client.post(path, content=body, headers={"X-Hub-Signature-256": signature}).status_code == 200
    asked = {"hub.mode": "subscribe", "hub.verify_token": "verify", "hub.challenge": "42"}
    assert client.get(path, params=asked).text == "42"
    assert client.get(path, params=asked | {"hub.verify_token": "wrong"}).status_code == 401
