"""An organization's first steps: read from what is there, and from what people chose."""

import pytest
from sqlalchemy import select

from app.db.models import AuditEntry, Organization, PspAccount, Recovery
from app.db.queries.scoped import owned
from tests.api.test_recovery_lists import report
from tests.factories.identity import sign_in

STEPS = "/v1/onboarding"


def told(client, who):
    answer = client.get(STEPS, headers=who.headers)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [step["name"] for step in body["steps"]] == ["organization", "psp", "first_event", "recovered", "policy"]
    assert all((step["at"] is not None) == step["done"] for step in body["steps"])
    return [step["name"] for step in body["steps"] if step["done"]], body["dismissed"]


def test_a_merchant_who_signed_up_has_a_name_and_a_currency(client, cast):
    assert told(client, cast.analyst) == (["organization"], False)


def test_without_a_currency_the_first_step_is_open(client, container, cast):
    with container.database.begin() as session:
        session.get_one(Organization, cast.merchant.id).currency = None
    assert told(client, cast.owner) == ([], False)


def test_steps_are_done_by_what_happens(client, container, cast):
    recovery_id = report(client, cast.merchant, "order-1")
    assert told(client, cast.owner) == (["organization", "first_event"], False)
    with container.database.begin() as session:
        recovery = session.get_one(Recovery, recovery_id)
        recovery.status, recovery.ended_at = "recovered", container.clock.now()
    assert told(client, cast.owner) == (["organization", "first_event", "recovered"], False)
    made = client.post("/v1/retry/policies", json={"name": "Ours"}, headers=cast.owner.headers)
    assert made.status_code == 201
    assert told(client, cast.owner) == (["organization", "first_event", "recovered", "policy"], False)
    with container.database.begin() as session:
        session.scalars(owned(PspAccount, cast.merchant.id)).one().psp = "stripe"
    assert len(told(client, cast.owner)[0]) == 5


def test_an_account_that_was_taken_away_does_not_count(client, container, cast):
    with container.database.begin() as session:
        account = session.scalars(owned(PspAccount, cast.merchant.id)).one()
        account.psp, account.deleted_at = "stripe", container.clock.now()
    assert told(client, cast.owner) == (["organization"], False)


def test_people_may_go_on_with_the_sandbox_and_the_policy_that_is_there(client, container, cast):
    admin = cast.admin.headers
    for step, choice in (("psp", "sandbox"), ("policy", "keep"), ("psp", "sandbox")):
        answer = client.post(f"{STEPS}/choose", json={"step": step, "choice": choice}, headers=admin)
        assert answer.status_code == 200, answer.text
    assert {step["name"]: step["choice"] for step in answer.json()["steps"] if step["choice"]} == {
        "psp": "sandbox",
        "policy": "keep",
    }
    assert told(client, cast.owner) == (["organization", "psp", "policy"], False)
    assert told(client, cast.outsider.owner) == (["organization"], False)
    with container.database.begin() as session:
        chosen = session.scalars(
            owned(AuditEntry, cast.merchant.id).where(AuditEntry.action == "onboarding.choose").order_by(AuditEntry.id)
        ).all()
    assert [(entry.actor, entry.after["step"]) for entry in chosen] == [
        (cast.admin.user.id, "psp"),
        (cast.admin.user.id, "policy"),
    ]


def test_the_steps_are_dismissed_for_everybody(client, container, cast):
    for _ in range(2):
        assert client.post(f"{STEPS}/dismiss", headers=cast.owner.headers).json()["dismissed"] is True
    assert told(client, cast.analyst) == (["organization"], True)
    assert told(client, cast.outsider.owner)[1] is False
    with container.database.begin() as session:
        statement = select(AuditEntry.actor).where(
            AuditEntry.organization_id == cast.merchant.id, AuditEntry.action == "onboarding.dismiss"
        )
        assert session.scalars(statement).all() == [cast.owner.user.id]


def test_the_live_twin_has_steps_of_its_own(client, container, cast):
    client.post(f"{STEPS}/dismiss", headers=cast.owner.headers)
    live = sign_in(container, cast.owner.user, cast.merchant.registered.live.id, "owner")
    assert told(client, live) == (["organization"], False)


@pytest.mark.parametrize(
    "body", [{"step": "psp", "choice": "keep"}, {"step": "first_event", "choice": "sandbox"}, {"step": "psp"}]
)
def test_there_is_no_other_choice(client, cast, body):
    assert client.post(f"{STEPS}/choose", json=body, headers=cast.owner.headers).status_code == 422
    assert told(client, cast.owner) == (["organization"], False)


@pytest.mark.parametrize("path", ["choose", "dismiss"])
def test_who_may_not_change_policies_chooses_nothing(client, cast, path):
    body = {"step": "psp", "choice": "sandbox"} if path == "choose" else None
    assert client.post(f"{STEPS}/{path}", json=body, headers=cast.operator.headers).status_code == 403
    assert client.post(f"{STEPS}/{path}", json=body, headers=cast.merchant.headers).status_code == 403
    assert told(client, cast.owner) == (["organization"], False)
