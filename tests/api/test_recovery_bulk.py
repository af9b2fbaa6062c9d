"""One act on many recoveries: looked at beforehand, and done one by one."""

import secrets

import pytest
from sqlalchemy import select

from app.api.routers import recovery_bulk
from app.db.models import Attempt, AuditEntry, Recovery
from app.services.recovery.allowed import Action
from app.services.recovery.bulk import act_on_many

BULK = "/v1/recoveries/bulk"


def reports(client, merchant, *wanted):
    """Report a failure for each (reference, facts), and return the recoveries' ids in order."""
    common = {"amount": 5000, "currency": "INR", "gateway": "sandbox", "failure_reason": "insufficient_funds"}
    method = {"payment_method": {"type": "card", "token": "pm_sandbox_ok"}}
    body = [{"transaction_ref": ref, **common, **method, **facts} for ref, facts in wanted]
    answer = client.post("/v1/events/payment_failed/batch", json=body, headers=merchant.headers)
    assert answer.status_code in {200, 207}, answer.text
    refs = {ref: None for ref, _ in wanted}
    for ref in refs:
        refs[ref] = client.get(f"/v1/recoveries/by_ref/{ref}", headers=merchant.headers).json()["id"]
    return list(refs.values())


def statuses(container, ids):
    with container.database.begin() as session:
        found = {
            r.id: (r.status, r.paused_at is not None)
            for r in session.scalars(select(Recovery).where(Recovery.id.in_(ids)))
        }
    return [found[each] for each in ids]


def planned(container, ids):
    with container.database.begin() as session:
        statement = select(Attempt).where(Attempt.recovery_id.in_(ids), Attempt.kind == "charge")
        return {attempt.recovery_id: attempt.due_at for attempt in session.scalars(statement)}


def audited(container, organization_id, action):
    with container.database.begin() as session:
        statement = select(AuditEntry).where(AuditEntry.organization_id == organization_id, AuditEntry.action == action)
        return {entry.subject: (entry.actor, entry.after) for entry in session.scalars(statement)}


@pytest.fixture
def mixed(client, cast):
    """Two that may be charged, one hard decline, one in another currency; and one of somebody else's."""
    ids = reports(
        client,
        cast.merchant,
        ("a", {}),
        ("b", {"amount": 700}),
        ("hard", {"failure_reason": "lost_card"}),
        ("yen", {"currency": "JPY", "amount": 9}),
    )
    (stranger,) = reports(client, cast.outsider, ("a", {}))
    return [*ids, stranger]


def test_a_preview_tells_everything_and_changes_nothing(client, container, cast, mixed):
    a, b, hard, yen, stranger = mixed
    before = planned(container, mixed)
    body = {"action": "retry", "ids": [*mixed, a]}
    answer = client.post(f"{BULK}/preview", json=body, headers=cast.operator.headers)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["action"], told["allowed"]) == ("retry", 3)
    assert told["money"] == [{"currency": "INR", "amount": 5700}, {"currency": "JPY", "amount": 9}]
    assert {each["rule"]: each["count"] for each in told["refused"]} == {"hard_decline": 1, "not_found": 1}
    assert [(item["id"], item["allowed"], item["rule"]) for item in told["items"]] == [
        (a, True, None),
        (b, True, None),
        (hard, False, "hard_decline"),
        (yen, True, None),
        (stranger, False, "not_found"),
    ]
    assert all(item["reason"] for item in told["items"] if not item["allowed"])
    assert planned(container, mixed) == before
    assert audited(container, cast.merchant.id, "recovery.retry") == {}


def test_what_is_allowed_is_done_and_the_rest_is_left_alone(client, container, cast, mixed):
    a, b, hard, yen, stranger = mixed
    before = planned(container, mixed)
    answer = client.post(BULK, json={"action": "retry", "ids": mixed}, headers=cast.operator.headers)
    assert answer.status_code == 200
    assert answer.json()["allowed"] == 3
    after = planned(container, mixed)
    assert {each for each in after if after[each] != before[each]} == {a, b, yen}
    assert after[stranger] == before[stranger]
    actor = cast.operator.user.id
    assert audited(container, cast.merchant.id, "recovery.retry") == {
        each: (actor, {"bulk": True}) for each in (a, b, yen)
    }
    story = client.get(f"/v1/recoveries/{a}", headers=cast.operator.headers).json()["timeline"]
    assert ("attempt_moved", actor) in {(entry["what"], entry["who"]) for entry in story}
    assert statuses(container, [hard]) == [("open", False)]


def test_pause_resume_and_cancel_in_bulk(client, container, cast, mixed):
    def do(action):
        answer = client.post(BULK, json={"action": action, "ids": mixed[:4]}, headers=cast.operator.headers)
        return answer.json()["allowed"], {each["rule"]: each["count"] for each in answer.json()["refused"]}

    assert do("pause") == (4, {})
    assert statuses(container, mixed[:4]) == [("open", True)] * 4
    assert do("pause") == (0, {"paused_already": 4})
    assert do("resume") == (4, {})
    assert do("cancel") == (4, {})
    assert statuses(container, mixed) == [("cancelled", False)] * 4 + [("open", False)]
    assert do("resume") == (0, {"recovery_not_open": 4})
    assert do("cancel") == (0, {"illegal_transition": 4})
    assert do("retry") == (0, {"recovery.ended": 4})


def test_the_same_key_does_it_once(client, cast):
    (recovery_id,) = reports(client, cast.merchant, ("a", {}))
    headers = cast.operator.headers | {"Idempotency-Key": secrets.token_hex(8)}
    body = {"action": "cancel", "ids": [recovery_id]}
    first, second = (client.post(BULK, json=body, headers=headers) for _ in range(2))
    assert (first.json()["allowed"], second.json()) == (1, first.json())
    assert second.headers["idempotent-replayed"] == "true"
    other = client.post(BULK, json=body | {"action": "pause"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_more_than_one_transaction_holds_is_done_all_the_same(client, container, cast):
    ids = reports(client, cast.merchant, *((f"many-{n}", {}) for n in range(53)))
    told = client.post(BULK, json={"action": "retry", "ids": ids}, headers=cast.operator.headers).json()
    assert (told["allowed"], [item["id"] for item in told["items"]]) == (53, ids)
    assert len(set(planned(container, ids).values())) == 1


def test_what_somebody_else_holds_is_told_and_tried_again_later(client, container, cast):
    ids = reports(client, cast.merchant, ("a", {}))

    def impatient():
        held = container.database.begin()

        class Session:
            def __enter__(self):
                session = held.__enter__()
                session.connection().exec_driver_sql("SET LOCAL lock_timeout = '20ms'")
                return session

            def __exit__(self, *error):
                return held.__exit__(*error)

        return Session()

    with container.database.begin() as session:
        session.execute(select(Recovery).where(Recovery.id.in_(ids)).with_for_update()).all()
        outcomes = act_on_many(
            impatient,
            organization_id=cast.merchant.id,
            action=Action.CANCEL,
            ids=ids,
            actor="usr_operator",
            request_id=None,
            clock=container.clock,
            now=container.clock.now(),
        )
    assert [(each.allowed, each.rule) for each in outcomes] == [(False, "busy")]
    assert statuses(container, ids) == [("open", False)]


def test_only_a_few_such_calls_run_at_once(client, cast):
    for _ in range(3):
        recovery_bulk._SLOTS.acquire()
    try:
        body = {"action": "cancel", "ids": ["rec_none"]}
        answer = client.post(BULK, json=body, headers=cast.operator.headers)
    finally:
        for _ in range(3):
            recovery_bulk._SLOTS.release()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


@pytest.mark.parametrize(
    "body",
    [
        {"action": "retry", "ids": []},
        {"action": "retry", "ids": ["rec_x"] * 501},
        {"action": "acknowledge", "ids": ["rec_x"]},
        {"action": "retry"},
    ],
)
@pytest.mark.parametrize("path", [BULK, f"{BULK}/preview"])
def test_a_body_that_makes_no_sense_is_refused(client, cast, path, body):
    assert client.post(path, json=body, headers=cast.operator.headers).status_code == 422


@pytest.mark.parametrize("path", [BULK, f"{BULK}/preview"])
def test_whoever_only_reads_acts_on_nothing(client, container, cast, path):
    ids = reports(client, cast.merchant, ("a", {}))
    answer = client.post(path, json={"action": "cancel", "ids": ids}, headers=cast.analyst.headers)
    assert answer.status_code == 403
    assert statuses(container, ids) == [("open", False)]


def test_a_network_rule_is_asked_for_each(client, cast):
    banned = {
        "gateway": "stripe",
        "failure_reason": "card_declined",
        "network_decline_code": "51",
        "network_advice_code": "03",
        "payment_method": {"type": "card", "brand": "mastercard", "token": "pm_sandbox_ok"},
    }
    ids = reports(client, cast.merchant, ("a", {}), ("banned", banned))
    told = client.post(BULK, json={"action": "retry", "ids": ids}, headers=cast.operator.headers).json()
    assert [(item["allowed"], item["rule"]) for item in told["items"]] == [(True, None), (False, "mc.mac03_21.stop")]
