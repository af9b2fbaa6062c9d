"""An organization's own classification rules over HTTP: order, versions, trials, and what ingest does with them."""

import pytest

from app.db.models import AuditEntry, FailureEvent
from app.db.queries.scoped import owned

PATH = "/v1/rules"
SOFT = {"category": "network", "hardness": "soft", "retry": "retry_soon"}
HARD = {"category": "issuer_decline", "hardness": "hard"}


def make(client, merchant, name="Rule", *, match=None, then=None, **more) -> dict:
    body = {"name": name, "match": match or {"failure_reason": "acme_busy"}, "then": then or SOFT, **more}
    answer = client.post(PATH, json=body, headers=merchant.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def rules_of(client, merchant) -> dict:
    answer = client.get(PATH, headers=merchant.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids_of(client, merchant) -> list[str]:
    return [rule["id"] for rule in rules_of(client, merchant)["items"]]


def report(client, merchant, ref, **facts) -> dict:
    body = {
        "transaction_ref": ref,
        "amount": 5000,
        "currency": "INR",
        "gateway": "sandbox",
        "failure_reason": "acme_busy",
        "payment_method": {"type": "card", "token": "pm_sandbox_ok"},
        **facts,
    }
    answer = client.post("/v1/events/payment_failed", json=body, headers=merchant.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def pointers(answer) -> list[str]:
    assert answer.status_code == 422, answer.text
    return sorted(error["pointer"] for error in answer.json()["errors"])


def test_a_merchant_begins_without_rules(client, merchant):
    assert rules_of(client, merchant) == {"items": [], "next_cursor": None, "version": 0}


def test_a_rule_is_made_shown_changed_and_deleted_with_its_story_in_the_audit_log(client, container, merchant):
    made = make(client, merchant, "Busy", match={"failure_reason": "acme_busy", "gateway": "Sandbox"})
    assert made["position"] == 0
    assert made["enabled"] is True
    assert made["match"] == {"gateway": "Sandbox", "failure_reason": "acme_busy"}
    assert made["then"] == SOFT
    path = f"{PATH}/{made['id']}"
    assert client.get(path, headers=merchant.headers).json() == made
    changed = client.patch(path, json={"enabled": False, "then": HARD}, headers=merchant.headers).json()
    assert (changed["enabled"], changed["then"], changed["match"]) == (False, HARD, made["match"])
    assert rules_of(client, merchant)["version"] == 2
    assert client.delete(path, headers=merchant.headers).status_code == 204
    assert client.get(path, headers=merchant.headers).status_code == 404
    assert rules_of(client, merchant) == {"items": [], "next_cursor": None, "version": 3}
    with container.database.begin() as session:
        rows = session.scalars(owned(AuditEntry, merchant.id).where(AuditEntry.subject == made["id"]))
        told = [(row.action, (row.before or {}).get("then"), (row.after or {}).get("then")) for row in rows]
    assert sorted(told) == [
        ("rule.create", None, SOFT),
        ("rule.delete", HARD, None),
        ("rule.update", SOFT, HARD),
    ]


def test_a_key_makes_the_same_rule_once(client, merchant):
    body = {"name": "Once", "match": {"failure_reason": "acme_busy"}, "then": SOFT}
    headers = merchant.headers | {"Idempotency-Key": "a-rule"}
    first, again = (client.post(PATH, json=body, headers=headers) for _ in range(2))
    assert first.json() == again.json()
    assert len(ids_of(client, merchant)) == 1


def test_rules_are_put_in_order_and_each_must_be_named_once(client, container, merchant):
    first, second, third = (make(client, merchant, name)["id"] for name in ("a", "b", "c"))
    front = make(client, merchant, "d", position=0)["id"]
    assert ids_of(client, merchant) == [front, first, second, third]
    wanted = [third, front, second, first]
    answer = client.put(f"{PATH}/order", json={"ids": wanted}, headers=merchant.headers)
    assert [rule["id"] for rule in answer.json()["items"]] == wanted
    assert [rule["position"] for rule in answer.json()["items"]] == [0, 1, 2, 3]
    missing = client.put(f"{PATH}/order", json={"ids": wanted[1:]}, headers=merchant.headers)
    assert (missing.status_code, missing.json()["code"]) == (409, "rules_changed")
    twice = client.put(f"{PATH}/order", json={"ids": [*wanted, third]}, headers=merchant.headers)
    assert pointers(twice) == ["/ids"]
    assert ids_of(client, merchant) == wanted
    with container.database.begin() as session:
        (row,) = session.scalars(owned(AuditEntry, merchant.id).where(AuditEntry.action == "rule.order"))
        assert (row.before, row.after) == ({"ids": [front, first, second, third]}, {"ids": wanted})


@pytest.mark.parametrize(
    ("match", "then", "wrong"),
    [
        ({}, SOFT, ["/match"]),
        ({"message_contains": "ab"}, SOFT, ["/match/message_contains"]),
        ({"message_like": "*" * 12 + "abc"}, SOFT, ["/match/message_like"]),
        ({"min_amount": 5}, SOFT, ["/match/currency"]),
        ({"min_amount": 5, "max_amount": 4, "currency": "INR"}, SOFT, ["/match/max_amount"]),
        ({"payment_method_type": "shells"}, SOFT, ["/match/payment_method_type"]),
        ({"country": "I1"}, SOFT, ["/match/country"]),
        ({"gateway": "x"}, HARD | {"retry": "retry_soon"}, ["/then/retry"]),
        ({"gateway": "x"}, HARD | {"recommendation": "retry_later"}, ["/then/recommendation"]),
        ({"gateway": "x"}, SOFT | {"recommendation": "stop"}, ["/then/recommendation"]),
        ({"gateway": "x"}, SOFT | {"recommendation": "ask_payer_later"}, ["/then/recommendation"]),
        ({"gateway": "x"}, SOFT | {"reason": "my_own_word"}, ["/then/reason"]),
        ({"gateway": "x"}, SOFT | {"cooldown_seconds": 10**9}, ["/then/cooldown_seconds"]),
        ({"message_regex": "(a+)+"}, SOFT, ["/match/message_regex"]),
    ],
)
def test_what_a_rule_cannot_say_is_refused_where_it_is_said(client, merchant, match, then, wrong):
    answer = client.post(PATH, json={"name": "Bad", "match": match, "then": then}, headers=merchant.headers)
    assert pointers(answer) == wrong
    assert ids_of(client, merchant) == []


def test_there_are_words_to_choose_from(client, merchant):
    choices = client.get(f"{PATH}/choices", headers=merchant.headers).json()
    assert choices["hardness"] == ["soft", "hard"]
    assert "insufficient_funds" in choices["reasons"]
    assert "stop" not in choices["recommendations"]
    assert choices["most_rules"] == 200


def test_a_rule_holds_for_the_next_event_and_the_event_keeps_what_it_said(client, container, merchant):
    before = report(client, merchant, "order-1")
    assert (before["category"], before["rule"]) == ("unknown", "generic:unknown")
    made = make(client, merchant, "Busy", then=HARD)
    event = report(client, merchant, "order-2")
    assert (event["category"], event["hardness"]) == ("issuer_decline", "hard")
    assert event["rule"] == f"own:{made['id']}"
    assert event["recovery"]["next_attempt_kind"] == "link"
    client.patch(f"{PATH}/{made['id']}", json={"then": SOFT}, headers=merchant.headers)
    assert report(client, merchant, "order-3")["category"] == "network"
    client.patch(f"{PATH}/{made['id']}", json={"enabled": False}, headers=merchant.headers)
    assert report(client, merchant, "order-4")["category"] == "unknown"
    with container.database.begin() as session:
        row = session.scalars(owned(FailureEvent, merchant.id).where(FailureEvent.id == event["id"])).one()
        assert row.classification["own_rule"] == {
            "id": made["id"],
            "name": "Busy",
            "version": 1,
            "match": {"failure_reason": "acme_busy"},
            "then": HARD,
            "instead_of": "generic:unknown",
            "kept": [],
        }


def test_classify_uses_the_callers_rules_and_nobody_elses(client, merchant, cast):
    made = make(client, merchant, match={"failure_code": "acme_busy"})
    body = {"code": "ACME-busy"}
    mine = client.post("/v1/classify", json=body, headers=merchant.headers).json()["data"]
    assert (mine["rule"], mine["category"]) == (f"own:{made['id']}", "network")
    theirs = client.post("/v1/classify", json=body, headers=cast.outsider.headers).json()["data"]
    assert (theirs["rule"], theirs["category"]) == ("generic:unknown", "unknown")


def test_a_trial_shows_with_and_without_and_warns_of_what_a_rule_cannot_lift(client, merchant):
    draft = {"match": {"failure_code": "stolen_card"}, "then": SOFT}
    body = {"failure": {"gateway": "stripe", "failure_code": "stolen_card"}, "rule": draft}
    found = client.post(f"{PATH}/test", json=body, headers=merchant.headers).json()
    assert found["without"]["hardness"] == "hard"
    assert (found["with"]["hardness"], found["with"]["retry"]) == ("hard", "never")
    assert found["with"]["category"] == "network"
    assert found["matched"] == {"id": "rul_draft", "name": "Draft", "position": 0, "is_draft": True}
    assert found["changes"] is True
    assert [warning["code"] for warning in found["warnings"]] == ["hard", "never"]
    assert rules_of(client, merchant)["version"] == 0


def test_a_trial_of_a_whole_list_leaves_the_kept_rules_out(client, merchant):
    make(client, merchant, then=HARD)
    body = {"failure": {"failure_reason": "acme_busy"}, "rules": []}
    found = client.post(f"{PATH}/test", json=body, headers=merchant.headers).json()
    assert (found["without"]["hardness"], found["with"]["hardness"]) == ("hard", "soft")
    assert found["matched"] is None
    both = body | {"rule": {"match": {"gateway": "x"}, "then": SOFT}}
    assert client.post(f"{PATH}/test", json=both, headers=merchant.headers).status_code == 422
    bad = {"failure": {}, "rules": [{"match": {}, "then": SOFT}]}
    assert pointers(client.post(f"{PATH}/test", json=bad, headers=merchant.headers)) == ["/rules/0/match"]


def test_a_preview_counts_what_a_draft_would_have_decided(client, merchant):
    for number in range(3):
        report(client, merchant, f"busy-{number}", amount=1000 + number)
    report(client, merchant, "dollars", amount=70, currency="USD")
    report(client, merchant, "other", failure_reason="insufficient_funds")
    body = {"rule": {"match": {"failure_reason": "acme_busy"}, "then": HARD}}
    found = client.post(f"{PATH}/preview", json=body, headers=merchant.headers).json()
    assert (found["seen"], found["matched"], found["hidden"], found["bounded"]) == (5, 4, 0, False)
    assert (found["category_changes"], found["hardness_changes"], found["retry_changes"]) == (4, 4, 4)
    assert found["by_currency"] == [
        {"currency": "INR", "matched": 3, "matched_amount": 3003, "changed": 3, "changed_amount": 3003},
        {"currency": "USD", "matched": 1, "matched_amount": 70, "changed": 1, "changed_amount": 70},
    ]
    (move,) = found["moves"]
    assert list(move.values()) == ["unknown", "soft", "issuer_decline", "hard", 4]
    assert [example["transaction_ref"] for example in found["examples"]] == ["dollars", "busy-2", "busy-1", "busy-0"]
    make(client, merchant, match={"currency": "INR"})
    later = client.post(f"{PATH}/preview", json=body, headers=merchant.headers).json()
    assert (later["matched"], later["hidden"]) == (1, 3)
    first = client.post(f"{PATH}/preview", json=body | {"position": 0}, headers=merchant.headers).json()
    assert (first["matched"], first["hidden"]) == (4, 0)


def test_what_a_trial_says_is_what_ingest_then_does(client, merchant):
    draft = {"match": {"message_like": "limit * reached", "min_amount": 4000, "currency": "INR"}, "then": HARD}
    said = {"gateway": "sandbox", "failure_reason": "acme_limit", "failure_message": "Limit of today REACHED"}
    failure = {**said, "amount": 5000, "currency": "INR", "payment_method": {"type": "card"}}
    body = {"failure": failure, "rule": draft}
    trial = client.post(f"{PATH}/test", json=body, headers=merchant.headers).json()
    make(client, merchant, match=draft["match"], then=draft["then"])
    event = report(client, merchant, "order-9", **said)
    names = ("category", "reason", "hardness", "recommendation", "alt", "cooldown_seconds")
    assert {name: event[name] for name in names} == {name: trial["with"][name] for name in names}
    assert report(client, merchant, "order-10", **said, amount=3999)["hardness"] == trial["without"]["hardness"]


def test_an_order_names_each_rule_once_and_the_same_order_is_no_new_version(client, cast):
    first, second = (make(client, cast.merchant, name)["id"] for name in ("One", "Two"))
    before = rules_of(client, cast.merchant)
    path = f"{PATH}/order"
    twice = client.put(path, json={"ids": [first, second, first]}, headers=cast.admin.headers)
    assert pointers(twice) == ["/ids"]
    same = client.put(path, json={"ids": [first, second]}, headers=cast.admin.headers)
    assert same.status_code == 200, same.text
    assert rules_of(client, cast.merchant) == before
