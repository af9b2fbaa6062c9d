"""Who may not read contacts gets them masked, wherever they come out."""

import pytest

from app.db.models import PspAccount, PspEvent
from app.db.queries.scoped import owned
from app.domain.ids import PSP_EVENT, new_id
from tests.factories.identity import make_api_key

PAYER = {"ref": "payer-7", "email": "asha.rao@example.com", "phone": "+919876543210", "name": "Asha Rao"}
SECRETS = ("asha.rao", "9876543210", "98765 43210", "Asha", "Rao")


@pytest.fixture
def failure(client, cast):
    answer = client.post(
        "/v1/events/payment_failed",
        json={
            "transaction_ref": "contacts-1",
            "amount": 5000,
            "currency": "INR",
            "gateway": "sandbox",
            "failure_reason": "insufficient_funds",
            "failure_message": "Declined for asha.rao@example.com, call +91 98765 43210",
            "customer": PAYER,
            "metadata": {"buyer": {"fullName": "Asha Rao"}, "mobile": 9876543210, "notes": ["to asha.rao@example.com"]},
        },
        headers=cast.merchant.headers,
    )
    assert answer.status_code == 201
    return answer.json()


@pytest.fixture
def psp_event(container, cast):
    now = container.clock.now()
    body = (
        b'{"payload": {"customer": {"name": "Asha Rao"}, "upi": {"vpa": "asha.rao@okbank"}, "note": "+91 98765 43210"}}'
    )
    with container.database.begin() as session:
        account = session.scalars(owned(PspAccount, cast.merchant.id)).one()
        row = PspEvent(
            id=new_id(PSP_EVENT, now=now),
            organization_id=cast.merchant.id,
            psp_account_id=account.id,
            event_id="evt_contacts",
            type="payment.failed",
            body=body,
            status="processed",
            received_at=now,
        )
        session.add(row)
        return row.id


def routes(failure, psp_event) -> list[str]:
    return [
        "/v1/events",
        f"/v1/events/{failure['id']}",
        "/v1/events/by_ref/contacts-1",
        f"/v1/psp_events/{psp_event}",
        f"/v1/recoveries/{failure['recovery']['id']}",
        "/v1/recoveries",
        "/v1/recoveries/export.csv",
        "/v1/messages",
        "/v1/opt_outs",
    ]


def test_an_analyst_reads_no_contact_anywhere(client, cast, failure, psp_event):
    client.post("/v1/opt_outs", json={"contact": PAYER["email"]}, headers=cast.merchant.headers)
    for path in routes(failure, psp_event):
        answer = client.get(path, headers=cast.analyst.headers)
        assert answer.status_code in {200, 403}, (path, answer.text)
        assert [each for each in SECRETS if each in answer.text] == [], path


def test_an_operator_reads_them(client, cast, failure, psp_event):
    event = client.get(f"/v1/events/{failure['id']}", headers=cast.operator.headers).json()
    assert event["metadata"]["buyer"] == {"fullName": "Asha Rao"}
    assert event["failure_message"] == "Declined for asha.rao@example.com, call +91 98765 43210"
    webhook = client.get(f"/v1/psp_events/{psp_event}", headers=cast.operator.headers).json()
    assert webhook["body"]["payload"]["customer"] == {"name": "Asha Rao"}


def test_a_key_reads_them_with_its_own_scope_alone(client, container, cast, failure):
    path = f"/v1/events/{failure['id']}"
    _, narrow = make_api_key(container, cast.merchant, "events:read")
    _, wide = make_api_key(container, cast.merchant, "events:read", "contacts:read")
    hidden, shown = (client.get(path, headers={"Authorization": f"Bearer {key}"}).json() for key in (narrow, wide))
    assert hidden["metadata"]["buyer"] == {"fullName": "A… R…"}
    assert shown["metadata"]["buyer"] == {"fullName": "Asha Rao"}
    assert hidden["amount"] == shown["amount"] == 5000
