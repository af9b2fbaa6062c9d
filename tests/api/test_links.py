"""Links over the API: made by the merchant, read, opened and asked for afresh by whoever holds one."""

from datetime import datetime, timedelta

import pytest

from app.services.recovery import act

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"}


@pytest.fixture
def failed(client, merchant):
    def fail(ref="order/7 a", **facts):
        body = {
            "transaction_ref": ref,
            "amount": 5000,
            "currency": "INR",
            "gateway": "sandbox",
            "failure_reason": "insufficient_funds",
            "customer": {"email": "payer@example.com"},
            "payment_method": {"type": "card", "token": "pm_sandbox_ok"},
            **facts,
        }
        answer = client.post("/v1/events/payment_failed", json=body, headers=merchant.headers)
        assert answer.status_code == 201, answer.text
        return answer.json()["recovery"]["id"]

    return fail


@pytest.fixture
def make(client, merchant):
    def make_link(ref="order/7 a", *, headers=None, **body):
        path = f"/v1/recoveries/by_ref/{ref}/link"
        return client.post(path, json=body, headers={**merchant.headers, **(headers or {})})

    return make_link


def test_a_link_is_made_for_fifteen_minutes(client, merchant, failed, make, clock, settings):
    recovery_id = failed()
    answer = make()
    assert answer.status_code == 201
    link = answer.json()
    assert set(link) == {"link_id", "attempt_id", "recovery_id", "token", "url", "expires_at"}
    assert link["recovery_id"] == recovery_id
    assert link["url"] == f"{settings.public_base_url}/pay/retry/{link['token']}"
    assert datetime.fromisoformat(link["expires_at"]) == clock.now() + timedelta(minutes=15)
    detail = client.get(f"/v1/recoveries/{recovery_id}", headers=merchant.headers).json()
    assert [(each["id"], each["channel"], each["opens"]) for each in detail["links"]] == [(link["link_id"], "none", 0)]
    assert [each["kind"] for each in detail["attempts"]] == ["charge", "link"]
    assert link["token"] not in str(detail)


def test_a_key_makes_one_link(failed, make):
    failed()
    first, again = (make(headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert (first.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert first.json() == again.json()


@pytest.mark.parametrize("ttl", [59, 604_801, "soon", None])
def test_a_lifetime_out_of_bounds_is_refused(failed, make, ttl):
    failed()
    answer = make(ttl_seconds=ttl)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/ttl_seconds")


def test_an_unknown_channel_is_refused(failed, make):
    failed()
    assert make(channel="pigeon").json()["errors"][0]["pointer"] == "/channel"


def test_there_is_no_link_for_what_is_not_there_or_over(failed, make, container, merchant):
    assert make("no-such").status_code == 404
    recovery_id = failed()
    with container.database.begin() as session:
        act.cancel(
            session,
            organization_id=merchant.id,
            recovery_id=recovery_id,
            actor="usr_1",
            now=container.clock.now(),
        )
    answer = make()
    assert (answer.status_code, answer.json()["code"]) == (409, "recovery_not_open")


def test_reading_a_link_changes_nothing(client, merchant, failed, make):
    recovery_id = failed()
    token = make().json()["token"]
    before = client.get(f"/v1/recoveries/{recovery_id}", headers=merchant.headers).json()
    for _ in range(3):
        answer = client.get(f"/v1/recoveries/by_token/{token}", headers=PHONE)
    body = answer.json()
    assert answer.status_code == 200
    assert (body["status"], body["transaction_ref"], body["amount"], body["currency"], body["merchant"]) == (
        "valid",
        "order/7 a",
        5000,
        "INR",
        "Harbour Books",
    )
    assert "payer@example.com" not in answer.text
    assert client.get(f"/v1/recoveries/{recovery_id}", headers=merchant.headers).json() == before


def test_opening_is_marked_once_and_not_for_scanners(client, merchant, failed, make):
    recovery_id = failed()
    token = make().json()["token"]
    path = f"/v1/recoveries/by_token/{token}/open"
    assert client.post(path, headers={"User-Agent": "Slackbot 1.0"}).json()["opened_at"] is None
    first = client.post(path, headers=PHONE)
    assert (first.status_code, first.json()["opened_at"] is not None) == (200, True)
    assert client.post(path, headers=PHONE).json() == first.json()
    detail = client.get(f"/v1/recoveries/{recovery_id}", headers=merchant.headers).json()
    assert detail["links"][0]["opens"] == 1
    assert [e["what"] for e in detail["timeline"]].count("link_opened") == 1


def test_an_expired_link_is_gone_and_a_fresh_one_goes_to_the_payer(client, failed, make, clock):
    failed()
    token = make(ttl_seconds=60).json()["token"]
    still = client.post(f"/v1/recoveries/by_token/{token}/reissue")
    assert (still.status_code, still.json()["code"]) == (409, "link_still_valid")
    clock.advance(timedelta(seconds=60))
    gone = client.get(f"/v1/recoveries/by_token/{token}")
    assert (gone.status_code, gone.json()["code"]) == (410, "link_expired")
    answer = client.post(f"/v1/recoveries/by_token/{token}/reissue")
    assert (answer.status_code, answer.json()) == (202, {"status": "sent"})
    gone = client.get(f"/v1/recoveries/by_token/{token}")
    assert (gone.status_code, gone.json()["code"]) == (410, "link_superseded")
    again = client.post(f"/v1/recoveries/by_token/{token}/reissue")
    assert (again.status_code, again.headers["retry-after"]) == (429, "60")


def test_fresh_links_are_asked_for_three_times_and_no_more(client, failed, make, clock):
    failed()
    token = make(ttl_seconds=60).json()["token"]
    codes = []
    for _ in range(4):
        clock.advance(timedelta(seconds=61))
        codes.append(client.post(f"/v1/recoveries/by_token/{token}/reissue").status_code)
    assert codes == [202, 202, 202, 429]


def test_a_revoked_link_is_gone(client, merchant, failed, make):
    failed()
    link = make().json()
    for _ in range(2):
        answer = client.post(f"/v1/links/{link['link_id']}/revoke", headers=merchant.headers)
        assert (answer.status_code, answer.json()["revoked_at"] is not None) == (200, True)
    gone = client.get(f"/v1/recoveries/by_token/{link['token']}")
    assert (gone.status_code, gone.json()["code"]) == (410, "link_revoked")
    fresh = client.post(f"/v1/recoveries/by_token/{link['token']}/reissue")
    assert (fresh.status_code, fresh.json()["code"]) == (410, "link_revoked")


def test_a_link_that_is_to_be_sent_leaves_a_message_to_plan(failed, make, container):
    from sqlalchemy import select

    from app.db.models import OutboxMessage

    recovery_id = failed()
    link = make(channel="sms").json()
    with container.database.begin() as session:
        rows = session.execute(select(OutboxMessage.payload).where(OutboxMessage.topic == "message.plan")).scalars()
        payloads = [payload for payload in rows if payload["recovery_id"] == recovery_id]
    assert payloads == [
        {
            "recovery_id": recovery_id,
            "event": "payment_failed_action_needed",
            "link_attempt_id": link["attempt_id"],
            "channel": "sms",
        }
    ]
