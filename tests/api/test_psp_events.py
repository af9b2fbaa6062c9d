"""Providers' webhooks over HTTP: taken in once, shown without secrets, replayed."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.db.models import AuditEntry, OutboxMessage, PspAccount, PspEvent
from app.db.queries.scoped import owned
from app.domain.ids import PSP_EVENT, new_id
from app.infra.metrics import PSP_EVENTS
from app.services.payments.accounts import open_account
from app.services.psp_events import bury_event
from tests.factories.identity import make_api_key


class Provider:
    """The sandbox as it calls in for one merchant."""

    def __init__(self, client, container, merchant):
        self.client, self.clock = client, container.clock
        with container.database.begin() as session:
            account = session.scalars(owned(PspAccount, merchant.id)).one()
            self.account_id = account.id
            self.secret = open_account(account, crypto=container.crypto, live=False).webhook_secrets[0]

    def sign(self, body: bytes, *, late=timedelta(0)) -> dict[str, str]:
        stamp = str(int((self.clock.now() - late).timestamp()))
        signature = hmac.new(self.secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {"Sandbox-Signature": f"t={stamp},v1={signature}"}

    def send(self, body: bytes, *, headers=None, psp="sandbox", account_id=None):
        path = f"/v1/webhooks/{psp}/{account_id or self.account_id}"
        return self.client.post(path, content=body, headers=self.sign(body) if headers is None else headers)


@pytest.fixture
def provider(client, container, merchant) -> Provider:
    return Provider(client, container, merchant)


def event(event_id="evt_1", **payment) -> bytes:
    body = {"id": event_id, "type": "payment.captured", "data": {"payment": {"id": "pay_1", **payment}}}
    return json.dumps(body).encode()


def stored(container, merchant) -> list[PspEvent]:
    with container.database.begin() as session:
        return list(session.scalars(owned(PspEvent, merchant.id).order_by(PspEvent.id)))


def counted(psp, outcome) -> float:
    return PSP_EVENTS.labels(psp, outcome)._value.get()


def messages_about(container, event_id) -> int:
    statement = select(func.count()).where(OutboxMessage.payload["psp_event_id"].astext == event_id)
    with container.database.begin() as session:
        return session.execute(statement).scalar_one()


def keep(container, merchant, body: bytes, status="dead", event_id="evt_kept") -> str:
    now = container.clock.now()
    with container.database.begin() as session:
        account = session.scalars(owned(PspAccount, merchant.id)).one()
        row = PspEvent(
            id=new_id(PSP_EVENT, now=now),
            organization_id=merchant.id,
            psp_account_id=account.id,
            event_id=event_id,
            type="payment.failed",
            body=body,
            status=status,
            received_at=now,
        )
        session.add(row)
    return row.id


def test_a_signed_webhook_is_stored_once_however_often_it_comes(container, merchant, provider):
    answers = [provider.send(event()) for _ in range(3)]
    assert [(a.status_code, a.json()) for a in answers] == [(200, {"received": True})] * 3
    [kept] = stored(container, merchant)
    assert (kept.event_id, kept.type, kept.status, kept.body) == ("evt_1", "payment.captured", "pending", event())
    assert messages_about(container, kept.id) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: {},
        lambda _: {"Sandbox-Signature": "nonsense"},
        lambda provider: provider.sign(b"another body"),
        lambda provider: provider.sign(event(), late=timedelta(minutes=6)),
        lambda _: {"Sandbox-Signature": "t=1,v1=é".encode()},
    ],
)
def test_what_the_provider_did_not_sign_is_not_stored(container, merchant, provider, spoil):
    answer = provider.send(event(), headers=spoil(provider))
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
    assert stored(container, merchant) == []


@pytest.mark.parametrize(("psp", "account_id"), [("stripe", None), ("sandbox", "psp_nobody"), ("nobody", "a b")])
def test_an_account_that_is_not_there_is_not_found(container, merchant, provider, psp, account_id):
    answer = provider.send(event(), psp=psp, account_id=account_id)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert stored(container, merchant) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'{"id": 5, "type": "x"}',
        b"\xff\xfe",
        b"[" * 100_000,
        event("x" * 256),
        b'{"id": "evt_\\u0000", "type": "x"}',
        b'{"id": "evt_1", "type": "\\u0000"}',
        b'{"id": "\\ud800", "type": "x"}',
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(container, merchant, provider, body):
    assert provider.send(body).status_code == 422
    assert stored(container, merchant) == []


def test_a_body_may_have_up_to_a_megabyte(provider):
    assert provider.send(event(note="x" * 1_000_000)).status_code == 200
    assert provider.send(event("evt_2", note="x" * 1_100_000)).status_code == 413


@pytest.mark.parametrize("media", ["application/json", "application/json; charset=utf-8", ""])
def test_json_is_taken_and_what_names_no_media_type(provider, media):
    headers = {**provider.sign(event()), "Content-Type": media}
    assert provider.send(event(), headers=headers).status_code == 200


@pytest.mark.parametrize("media", ["application/x-www-form-urlencoded", "text/plain", "application/xml", "nonsense"])
def test_another_media_type_is_refused(container, merchant, provider, media):
    answer = provider.send(event(), headers={**provider.sign(event()), "Content-Type": media})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert stored(container, merchant) == []


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize(
    ("body", "status"), [(b"x" * 10_000_000, 413), (b"[" * 10_000 + b"]" * 10_000, 422), (b'{"id": "\xff\xfe"}', 422)]
)
def test_a_hostile_body_gets_a_clean_refusal(container, merchant, provider, body, status, signed):
    answer = provider.send(body, headers=None if signed else {})
    assert answer.status_code == (status if signed or status == 413 else 401)
    assert answer.headers["content-type"] == "application/problem+json"
    assert stored(container, merchant) == []


def test_an_event_of_an_unknown_type_is_kept_as_ignored_and_nothing_waits(container, merchant, provider):
    before = counted("sandbox", "ignored")
    body = json.dumps({"id": "evt_1", "type": "account.updated", "data": {}}).encode()
    assert provider.send(body).status_code == 200
    [kept] = stored(container, merchant)
    assert (kept.status, kept.type, kept.processed_at is not None) == ("ignored", "account.updated", True)
    assert messages_about(container, kept.id) == 0
    assert counted("sandbox", "ignored") == before + 1


def test_both_webhook_secrets_of_a_rotation_are_good_until_the_overlap_is_over(
    client, container, merchant, provider, clock
):
    path = f"/v1/psp_accounts/{provider.account_id}"
    old = provider.secret
    change = {"webhook_secret": "the-newer-secret", "webhook_secret_overlap_hours": 1}
    assert client.patch(path, json=change, headers=merchant.headers).status_code == 200
    assert provider.send(event("evt_old")).status_code == 200
    provider.secret = "the-newer-secret"
    assert provider.send(event("evt_new")).status_code == 200
    clock.advance(timedelta(hours=1))
    assert provider.send(event("evt_new_2")).status_code == 200
    provider.secret = old
    assert provider.send(event("evt_old_2")).status_code == 401
    assert [each.event_id for each in stored(container, merchant)] == ["evt_old", "evt_new", "evt_new_2"]


def test_the_dead_are_listed_for_their_merchant(client, container, cast, clock):
    dead = []
    for n in range(3):
        clock.advance(timedelta(milliseconds=1))
        dead.append(keep(container, cast.merchant, b"{}", event_id=f"evt_{n}"))
    processed = keep(container, cast.merchant, b"{}", "processed", "evt_done")

    def ask(headers, **params):
        return client.get("/v1/psp_events", params=params, headers=headers).json()

    page = ask(cast.analyst.headers, status="dead", limit=2)
    assert [item["id"] for item in page["items"]] == [dead[2], dead[1]]
    assert "body" not in page["items"][0]
    rest = ask(cast.analyst.headers, status="dead", limit=2, cursor=page["next_cursor"])
    assert ([item["id"] for item in rest["items"]], rest["next_cursor"]) == ([dead[0]], None)
    assert [item["id"] for item in ask(cast.owner.headers, status="processed")["items"]] == [processed]
    assert len(ask(cast.owner.headers)["items"]) == 4
    assert ask(cast.outsider.headers, status="dead")["items"] == []


def test_a_status_that_is_none_is_refused(client, merchant):
    answer = client.get("/v1/psp_events", params={"status": "lost"}, headers=merchant.headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/status")


def test_a_body_is_shown_without_secrets_and_contacts(client, container, merchant):
    body = {
        "id": "evt_1",
        "api_key": "sbx_0123456789abcdef",
        "note": "called with Bearer abcdefgh12345678",
        "data": {"payment": {"id": "pay_1", "amount": 5000, "customer": {"email": "priya@example.com"}}},
    }
    kept = keep(container, merchant, json.dumps(body).encode())
    shown = client.get(f"/v1/psp_events/{kept}", headers=merchant.headers).json()
    assert shown["body"] == {
        "id": "evt_1",
        "api_key": "***",
        "note": "called with ***",
        "data": {"payment": {"id": "pay_1", "amount": 5000, "customer": {"email": "p***@example.com"}}},
    }
    assert (shown["id"], shown["status"], shown["event_id"]) == (kept, "dead", "evt_kept")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", ""),
        (b"status=ok&key=sk_live_0123456789", "status=ok&key=***"),
        (b"\xff", "\ufffd"),
        (b'"\\ud800"', '"\\ud800"'),
        (b"[1, 1e400]", "[1, 1e400]"),
    ],
)
def test_a_body_that_is_no_json_is_shown_as_text(client, container, merchant, body, shown):
    kept = keep(container, merchant, body)
    assert client.get(f"/v1/psp_events/{kept}", headers=merchant.headers).json()["body"] == shown


def test_a_dead_event_is_processed_again(client, container, cast):
    kept = keep(container, cast.merchant, b"{}", "pending")
    with container.database.begin() as session:
        bury_event(session, psp_event_id=kept, error="ValueError: no")
    path = f"/v1/psp_events/{kept}"
    assert client.get(path, headers=cast.operator.headers).json()["error"] == "ValueError: no"
    headers = {**cast.operator.headers, "Idempotency-Key": "once"}
    answers = [client.post(f"{path}/replay", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (answers[0].json()["status"], answers[0].json()["error"]) == ("pending", None)
    assert messages_about(container, kept) == 1
    with container.database.begin() as session:
        [entry] = session.scalars(owned(AuditEntry, cast.merchant.id).where(AuditEntry.subject == kept))
        assert (entry.action, entry.actor) == ("psp_event.replay", cast.operator.user.id)


def test_a_list_is_narrowed_by_type_account_and_time(client, container, merchant, clock):
    first = keep(container, merchant, b"{}", "processed", "evt_1")
    clock.advance(timedelta(minutes=1))
    middle = clock.now()
    second = keep(container, merchant, b"{}", "dead", "evt_2")
    clock.advance(timedelta(minutes=1))
    end = clock.now()
    keep(container, merchant, b"{}", "dead", "evt_3")

    def ask(**params):
        answer = client.get("/v1/psp_events", params=params, headers=merchant.headers)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    account_id = client.get(f"/v1/psp_events/{first}", headers=merchant.headers).json()["psp_account_id"]
    assert ask(**{"from": middle.isoformat(), "to": end.isoformat()}) == [second]
    assert ask(to=middle.isoformat(), type="payment.failed") == [first]
    assert ask(type="payment.captured") == []
    assert len(ask(psp_account_id=account_id)) == 3
    assert ask(psp_account_id="psp_other") == []


def test_a_range_of_dead_events_is_processed_again(client, container, cast, clock):
    begins = clock.now()
    dead = [keep(container, cast.merchant, b"{}", event_id=f"evt_{n}") for n in range(3)]
    done = keep(container, cast.merchant, b"{}", "processed", "evt_done")
    others = keep(container, cast.outsider, b"{}")
    body = {"from": begins.isoformat(), "to": (clock.now() + timedelta(seconds=1)).isoformat()}
    headers = {**cast.operator.headers, "Idempotency-Key": "range-1"}
    answers = [client.post("/v1/psp_events/replay", json=body, headers=headers) for _ in range(2)]
    assert [answer.json() for answer in answers] == [{"replayed": 3, "more": False}] * 2
    assert [messages_about(container, each) for each in (*dead, done, others)] == [1, 1, 1, 0, 0]
    assert {each.status for each in stored(container, cast.merchant) if each.id in dead} == {"pending"}
    again = client.post("/v1/psp_events/replay", json=body, headers=cast.operator.headers)
    assert again.json() == {"replayed": 0, "more": False}
    backwards = {"from": body["to"], "to": body["from"]}
    refused = client.post("/v1/psp_events/replay", json=backwards, headers=cast.operator.headers)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/to")


def test_only_who_may_write_replays_and_only_their_own(client, container, cast):
    kept = keep(container, cast.merchant, b"{}")
    _, reader = make_api_key(container, cast.merchant, "psp_events:read")
    for headers, status in (
        ({"Authorization": f"Bearer {reader}"}, 403),
        (cast.analyst.headers, 403),
        (cast.outsider.headers, 404),
        ({}, 401),
    ):
        assert client.post(f"/v1/psp_events/{kept}/replay", headers=headers).status_code == status
    assert client.get(f"/v1/psp_events/{kept}", headers=cast.outsider.headers).status_code == 404
    assert messages_about(container, kept) == 0
