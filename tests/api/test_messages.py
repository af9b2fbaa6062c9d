"""Texts that are checked on saving, codes that tell a real message, receipts that only providers can send."""

import base64
import hashlib
import hmac
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import select

from app.bootstrap import build_container
from app.db.models import DeadAddress, Message, OptOut, Organization
from app.main import create_app
from app.services.audit import list_audit
from app.services.notify.mailroom import address_hashes, contact_hashes
from app.services.notify.plan import plan_message
from app.services.notify.run import claim_messages, run_message
from tests.factories.identity import add_person
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
    changed = {name: secret(value) for name, value in SECRETS.items()} | {
        "mail_receipt_token": secret("bounces"),
        "message_tests_per_hour": 3,
    }
    container = build_container(settings.model_copy(update=changed), clock=clock)
    container = replace(container, mailroom=replace(container.mailroom, channels=FakeChannels()))
    with served(create_app(container)) as url, httpx.Client(base_url=url, timeout=30) as client:
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


def test_the_usual_texts_are_told_with_the_names_that_may_and_have_to_be_in_them(client, merchant):
    wanted = {"event": "digest", "channel": "sms"}
    usual = client.get("/v1/templates/usual", params=wanted, headers=merchant.headers).json()
    assert [text["locale"] for text in usual["items"]] == ["en", "hi", "ta", "fil"]
    assert usual["required"] == ["code", "items", "verify_url"]
    assert set(usual["required"]) < set(usual["variables"])
    assert "retry_at" in usual["item_variables"]
    for text in usual["items"]:
        made = client.post("/v1/templates/preview", json=wanted | text, headers=merchant.headers)
        left_out = client.post(
            "/v1/templates/preview", json=wanted | {"locale": text["locale"]}, headers=merchant.headers
        )
        assert (made.status_code, made.json()) == (200, left_out.json())


def test_a_preview_and_a_sample_show_the_name_that_payers_know(client, merchant, container):
    with container.database.begin() as session:
        session.get_one(Organization, merchant.id).display_name = "The Old Pier"
    text = GOOD | {"text": "{{ merchant }}: " + GOOD["text"]}
    assert "The Old Pier" in client.post("/v1/templates/preview", json=text, headers=merchant.headers).json()["text"]
    client.post("/v1/templates/test", json=text | {"to": "staff@example.com"}, headers=merchant.headers)
    mail = container.mailroom.channels.sent[-1]
    assert (mail.sender_name, "The Old Pier" in mail.text) == ("The Old Pier", True)


def test_messages_are_listed_with_the_address_hidden(client, merchant, sent):
    answer = client.get("/v1/messages", params={"recovery_id": sent.recovery_id}, headers=merchant.headers)
    (item,) = answer.json()["items"]
    assert (item["id"], item["status"], item["recipient_hint"]) == (sent.id, "sent", "p…@example.com")
    assert "payer@example.com" not in answer.text
    params = {"status": "failed"}
    assert client.get("/v1/messages", params=params, headers=merchant.headers).json()["items"] == []


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


def test_only_so_many_samples_are_sent_per_hour(client, merchant, cast, container):
    body = GOOD | {"to": "staff@example.com"}
    answers = [client.post("/v1/templates/test", json=body, headers=merchant.headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert int(answers[-1].headers["retry-after"]) > 600
    before = len(container.mailroom.channels.sent)
    assert client.post("/v1/templates/test", json=body, headers=merchant.headers).status_code == 429
    assert len(container.mailroom.channels.sent) == before
    assert client.post("/v1/templates/test", json=body, headers=cast.merchant.headers).status_code == 200


def test_a_recovery_shows_what_its_payer_was_sent(client, container, merchant, sent):
    answer = client.get(f"/v1/recoveries/{sent.recovery_id}", headers=merchant.headers)
    (shown,) = answer.json()["notifications"]
    assert (shown["id"], shown["channel"], shown["event"], shown["status"]) == (
        sent.id,
        "email",
        "link_reissued",
        "sent",
    )
    assert (shown["contact"], shown["held_by"], shown["link_id"]) == ("p…@example.com", None, sent.link_id)
    assert shown["sent_at"] is not None
    assert "payer@example.com" not in str(shown)
    analyst = add_person(container, merchant, "analyst")
    masked = client.get(f"/v1/recoveries/{sent.recovery_id}", headers=analyst.headers)
    assert masked.json()["customer"]["email"] == "p…@example.com"
    assert "payer@example.com" not in masked.text


def test_staff_adds_an_opt_out_once_and_lifts_it_and_the_contact_is_never_shown(client, merchant, cast):
    path = "/v1/opt_outs"
    added = client.post(path, json={"contact": " Payer@Example.com "}, headers=merchant.headers)
    again = client.post(path, json={"contact": "payer@example.com"}, headers=merchant.headers)
    assert (added.status_code, again.json()["id"]) == (201, added.json()["id"])
    assert (added.json()["contact"], added.json()["source"]) == ("p…@example.com", "staff")
    assert added.json()["created_by"] == merchant.api_key_id
    phone = client.post(path, json={"contact": "+91 98765 43210"}, headers=merchant.headers).json()
    assert phone["contact"] == "+91…10"
    listed = client.get(path, headers=merchant.headers)
    assert [row["id"] for row in listed.json()["items"]] == [phone["id"], added.json()["id"]]
    assert client.get(path, headers=cast.merchant.headers).json()["items"] == []
    assert client.delete(f"{path}/{phone['id']}", headers=cast.merchant.headers).status_code == 404
    assert client.delete(f"{path}/{phone['id']}", headers=merchant.headers).status_code == 204
    assert client.delete(f"{path}/{phone['id']}", headers=merchant.headers).status_code == 404
    assert [row["id"] for row in client.get(path, headers=merchant.headers).json()["items"]] == [added.json()["id"]]


def test_what_staff_does_about_opt_outs_is_audited_without_the_contact(client, merchant, container):
    made = client.post("/v1/opt_outs", json={"contact": "payer@example.com"}, headers=merchant.headers).json()
    client.delete(f"/v1/opt_outs/{made['id']}", headers=merchant.headers)
    with container.database.begin() as session:
        rows = list_audit(session, organization_id=merchant.id, after=None, limit=10)
    told = [(row.action, row.subject, row.actor, row.after) for row in rows if row.action.startswith("opt_out")]
    by = (made["id"], merchant.api_key_id, {"source": "staff"})
    assert told == [("opt_out.lift", *by), ("opt_out.add", *by)]


@pytest.mark.parametrize("contact", ["98765 43210", "not an address", "a@b@c", "+12", "\u0967\u0968\u0969"])
def test_what_is_no_contact_is_refused_with_its_place(client, merchant, contact):
    answer = client.post("/v1/opt_outs", json={"contact": contact}, headers=merchant.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "contact_invalid")
    assert answer.json()["errors"][0]["pointer"] == "/contact"


def twilio_signed(client, path, form):
    text = f"http://127.0.0.1:8000{path}" + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(b"twilio", text.encode(), hashlib.sha1).digest()).decode()
    return client.post(path, data=form, headers={"X-Twilio-Signature": signature})


def test_a_receipt_of_twilio_finds_its_message_by_our_own_id_in_the_address(client, container, sent):
    with container.database.begin() as session:
        session.get_one(Message, sent.id).channel = "sms"
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+919876543210"}
    path = f"/v1/webhooks/messages/twilio?message_id={sent.id}"
    assert twilio_signed(client, path, form).status_code == 200
    assert stored(container, sent.id).status == "delivered"
    other = f"/v1/webhooks/messages/twilio?message_id={sent.id[:-1]}0"
    signature = base64.b64encode(b"0" * 20).decode()
    assert client.post(other, data=form, headers={"X-Twilio-Signature": signature}).status_code == 401


@pytest.fixture
def texted(container, merchant, sent):
    """A text that went out to a number of its own."""
    number = f"+9198{int(merchant.id[-6:], 36) % 10**8:08}"
    with container.database.begin() as session:
        message = session.get_one(Message, sent.id)
        message.channel, message.locale = "sms", "fil"
        message.contact_hash = contact_hashes(container.crypto, address=number)[0]
        message.recipient_hash = address_hashes(container.crypto, organization_id=merchant.id, address=number)[0]
    return number


def opted_out(container, merchant):
    with container.database.begin() as session:
        rows = session.scalars(select(OptOut).where(OptOut.organization_id == merchant.id))
        return [(row.source, row.created_by) for row in rows]


INBOUND = "/v1/webhooks/messages/twilio/inbound"


@pytest.mark.parametrize("word", ["STOP", " stop. ", "Unsubscribe", "STOPALL", "opt out"])
def test_a_reply_of_stop_stops_and_is_left_for_twilio_to_answer(client, container, merchant, texted, word):
    answer = twilio_signed(client, INBOUND, {"From": texted, "To": "+15005550006", "Body": word})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    assert answer.text == '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
    assert opted_out(container, merchant) == [("sms", "payer")]


def test_start_takes_back_what_a_reply_stopped_and_nothing_else(client, container, merchant, texted):
    twilio_signed(client, INBOUND, {"From": texted, "Body": "STOP"})
    twilio_signed(client, INBOUND, {"From": texted, "Body": "START"})
    assert opted_out(container, merchant) == []
    client.post("/v1/opt_outs", json={"contact": texted}, headers=merchant.headers)
    twilio_signed(client, INBOUND, {"From": texted, "Body": "start"})
    assert [source for source, _ in opted_out(container, merchant)] == ["staff"]


@pytest.mark.parametrize("words", ["please stop asking", "I paid yesterday", "", "STOP " * 30])
def test_what_only_contains_the_word_stops_nothing(client, container, merchant, texted, words):
    assert twilio_signed(client, INBOUND, {"From": texted, "Body": words}).status_code == 200
    assert opted_out(container, merchant) == []


def test_help_is_answered_in_the_payers_language_unless_twilio_has_done_so(client, texted):
    answer = twilio_signed(client, INBOUND, {"From": texted, "Body": "HELP"})
    assert "<Message>Mga mensahe tungkol sa bayad na hindi natuloy." in answer.text
    assert "http://127.0.0.1:8000/verify</Message>" in answer.text
    done = twilio_signed(client, INBOUND, {"From": texted, "Body": "HELP", "OptOutType": "HELP"})
    assert "<Message>" not in done.text
    stranger = twilio_signed(client, INBOUND, {"From": "+15005550001", "Body": "help"})
    assert "<Message>Messages about payments that did not go through." in stranger.text


def test_a_reply_that_twilio_did_not_sign_stops_nothing(client, container, merchant, texted):
    assert client.post(INBOUND, data={"From": texted, "Body": "STOP"}).status_code == 401
    assert opted_out(container, merchant) == []


def test_a_reply_of_stop_over_whatsapp_stops(client, container, merchant, texted, sent):
    with container.database.begin() as session:
        session.get_one(Message, sent.id).channel = "whatsapp"
    text = {"from": texted.removeprefix("+"), "id": "wamid.2", "type": "text", "text": {"body": "Stop"}}
    odd = [{"from": 3, "type": "text"}, {"from": "1", "type": "image", "image": {"id": "1"}}, {"from": "1", "type": []}]
    value = {"messaging_product": "whatsapp", "messages": [*odd, text]}
    body = httpx.Request("POST", "x:", json={"entry": [{"changes": [{"field": "messages", "value": value}]}]}).content
    signature = "sha256=" + hmac.new(b"meta", body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signature}
    assert client.post("/v1/webhooks/messages/meta", content=body, headers=headers).status_code == 200
    assert opted_out(container, merchant) == [("whatsapp", "payer")]
