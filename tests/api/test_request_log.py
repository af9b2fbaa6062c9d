"""The log of requests: what merchants' servers asked and people changed, without secrets, and never in the way."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.api.app import build_api
from app.api.request_log import MOST_PER_SECOND, RequestLog
from app.bootstrap import build_container
from app.domain.identity.caller import Caller
from app.domain.ids import REQUEST, new_id
from app.infra.metrics import REQUESTS_NOT_KEPT
from app.services.housekeeping import tidy
from app.services.request_log import Answered, keep_requests
from tests.factories.identity import add_person, make_api_key, make_cast, make_merchant
from tests.fakes.caller import ask
from tests.fakes.server import served

KEY = Caller("org_a", "test", "key_a", frozenset(), timedelta())
PERSON = replace(KEY, actor="usr_a", session_id="ses_a")
FAILURE = {
    "transaction_ref": "logged-1",
    "amount": 49900,
    "currency": "INR",
    "gateway": "sandbox",
    "failure_reason": "insufficient_funds",
    "failure_message": "card 4242424242424242 declined",
    "customer": {"email": "asha@example.com"},
    "metadata": {"api_key": "something"},
}


def asked(client, headers, count=1, **params) -> list[dict]:
    """Wait until the log has that many requests that fit, and return them."""
    for _ in range(200):
        answer = client.get("/v1/request_log", params={"limit": 100, **params}, headers=headers)
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        if len(items) >= count:
            return items
        time.sleep(0.02)
    raise AssertionError(f"{len(items)} of {count} requests were written")


def not_kept(why: str) -> float:
    return REQUESTS_NOT_KEPT.labels(why)._value.get()


def answered(now, organization_id, **changes) -> Answered:
    usual = Answered(
        organization_id=organization_id,
        at=now,
        actor="key_a",
        method="GET",
        path="/v1/recoveries",
        query=b"",
        status=200,
        seconds=0.01,
        request_id="r-1",
        ip="192.0.2.1",
        request_body=b"",
        response_body=b'{"items": []}',
    )
    return replace(usual, **changes)


def test_a_servers_request_is_kept_with_masked_bodies(client, merchant):
    sent = {**merchant.headers, "X-Request-ID": "their-own-id", "Idempotency-Key": "once"}
    reply = client.post("/v1/events/payment_failed", json=FAILURE, headers=sent)
    assert reply.status_code == 201
    (brief,) = asked(client, merchant.owner.headers)
    assert (brief["method"], brief["path"], brief["query"]) == ("POST", "/v1/events/payment_failed", "")
    assert (brief["status"], brief["error_code"], brief["actor"]) == (201, None, merchant.api_key_id)
    assert (brief["request_id"], brief["ip"]) == ("their-own-id", "127.0.0.1")
    assert brief["duration_ms"] > 0
    assert "request_body" not in brief
    whole = client.get(f"/v1/request_log/{brief['id']}", headers=merchant.owner.headers).json()
    assert brief.items() <= whole.items()
    assert whole["request_body"] == {
        **FAILURE,
        "failure_message": "card ***4242 declined",
        "customer": {"email": "a…@example.com"},
        "metadata": {"api_key": "***"},
    }
    assert whole["response_body"]["transaction_ref"] == "logged-1"
    assert (whole["request_truncated"], whole["response_truncated"]) == (False, False)


def test_a_refusal_is_kept_with_its_code(client, merchant):
    client.post("/v1/events/payment_failed", json={**FAILURE, "amount": -5}, headers=merchant.headers)
    client.get("/v1/recoveries?q=asha%40example.com&status=none", headers=merchant.headers)
    client.get("/v1/events/evt_none", headers=merchant.headers)
    items = asked(client, merchant.owner.headers, 3)
    assert [(item["status"], item["error_code"]) for item in items] == [
        (404, "not_found"),
        (422, "invalid"),
        (422, "invalid"),
    ]
    assert items[1]["query"] == "q=a…@example.com&status=none"


def test_of_people_only_changes_are_kept_and_of_their_passwords_nothing(client, container):
    cast = make_cast(container)
    client.get("/v1/recoveries", headers=cast.admin.headers)
    client.post("/v1/api_keys", json={"name": "new", "scopes": ["*"]}, headers=cast.owner.headers)
    client.post("/v1/auth/switch", json={"organization_id": cast.merchant.id}, headers=cast.admin.headers)
    switched, created = asked(client, cast.operator.headers, 2)
    assert [each["path"] for each in (switched, created)] == ["/v1/auth/switch", "/v1/api_keys"]
    assert created["actor"] == cast.owner.user.id
    whole = client.get(f"/v1/request_log/{created['id']}", headers=cast.operator.headers).json()
    assert "tk_test_" not in str(whole)
    whole = client.get(f"/v1/request_log/{switched['id']}", headers=cast.operator.headers).json()
    assert (whole["request_body"], whole["response_body"]) == (None, None)


def test_of_a_batch_no_body_is_kept(client, merchant):
    assert client.post("/v1/events/payment_failed/batch", json=[FAILURE], headers=merchant.headers).status_code == 200
    (brief,) = asked(client, merchant.owner.headers, path="/v1/events/payment_failed/batch")
    whole = client.get(f"/v1/request_log/{brief['id']}", headers=merchant.owner.headers).json()
    assert (whole["request_body"], whole["response_body"]) == (None, None)


def test_of_a_long_body_the_beginning_is_kept(client, merchant):
    body = {**FAILURE, "transaction_ref": "long-1", "metadata": {f"k{n}": "x" * 400 for n in range(20)}}
    assert client.post("/v1/events/payment_failed", json=body, headers=merchant.headers).status_code == 201
    (brief,) = asked(client, merchant.owner.headers)
    whole = client.get(f"/v1/request_log/{brief['id']}", headers=merchant.owner.headers).json()
    assert whole["request_truncated"] is True
    assert whole["request_body"]["transaction_ref"] == "long-1"
    assert 10 < len(whole["request_body"]["metadata"]) < 20


def test_who_may_read_the_log(client, container):
    cast = make_cast(container)
    for person in (cast.owner, cast.admin, cast.operator):
        assert client.get("/v1/request_log", headers=person.headers).status_code == 200
    refused = client.get("/v1/request_log", headers=cast.analyst.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
    assert client.get("/v1/request_log/req_x", headers=cast.analyst.headers).status_code == 403


def test_another_merchants_requests_are_not_there(client, container, merchant):
    other = make_merchant(container)
    client.get("/v1/events/evt_none", headers=other.headers)
    (theirs,) = asked(client, other.owner.headers)
    assert client.get("/v1/request_log", headers=merchant.owner.headers).json()["items"] == []
    answer = client.get(f"/v1/request_log/{theirs['id']}", headers=merchant.owner.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.fixture
def history(container, clock, merchant):
    """Four requests, an hour apart, the newest an hour ago."""
    now = clock.now()
    rows = [
        answered(now - timedelta(hours=4), merchant.id, path="/v1/links/lnk_1", status=404),
        answered(now - timedelta(hours=3), merchant.id, method="POST", path="/v1/recoveries/rec_1/retry", status=409),
        answered(now - timedelta(hours=2), merchant.id, actor="key_b"),
        answered(now - timedelta(hours=1), merchant.id, status=500),
    ]
    with container.database.begin() as session:
        keep_requests(session, rows)
    return now


@pytest.mark.parametrize(
    ("wanted", "statuses"),
    [
        ({}, [500, 200, 409, 404]),
        ({"status": "4xx"}, [409, 404]),
        ({"status": "409"}, [409]),
        ({"status": "5xx", "method": "GET"}, [500]),
        ({"method": "POST"}, [409]),
        ({"path": "/v1/recoveries"}, [500, 200, 409]),
        ({"path": "/v1/re%"}, []),
        ({"key_id": "key_b"}, [200]),
    ],
)
@pytest.mark.usefixtures("history")
def test_the_log_is_narrowed(client, merchant, wanted, statuses):
    items = client.get("/v1/request_log", params=wanted, headers=merchant.owner.headers).json()["items"]
    assert [item["status"] for item in items] == statuses


def test_the_log_is_narrowed_to_a_time_and_paged(client, merchant, history):
    between = {
        "from": (history - timedelta(hours=3)).isoformat(),
        "to": (history - timedelta(hours=1)).isoformat(),
        "limit": 1,
    }
    first = client.get("/v1/request_log", params=between, headers=merchant.owner.headers).json()
    rest = {**between, "cursor": first["next_cursor"]}
    second = client.get("/v1/request_log", params=rest, headers=merchant.owner.headers).json()
    assert [first["items"][0]["status"], second["items"][0]["status"]] == [200, 409]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("wanted", [{"status": "6xx"}, {"status": "4xx5"}, {"method": "FETCH"}, {"from": "today"}])
def test_a_filter_that_means_nothing_is_refused(client, merchant, wanted):
    assert client.get("/v1/request_log", params=wanted, headers=merchant.owner.headers).status_code == 422


def test_what_is_older_than_its_days_goes_in_bounded_batches(container, clock, merchant):
    now = clock.now()
    kept = timedelta(days=7)
    old = [answered(now - kept - timedelta(minutes=n + 1), merchant.id) for n in range(6)]
    with container.database.begin() as session:
        session.execute(text("DELETE FROM request_log WHERE id < :before"), {"before": new_id(REQUEST, now=now - kept)})
        keep_requests(session, [*old, answered(now - kept + timedelta(minutes=1), merchant.id)])
        assert tidy(session, now=now, batch=1, requests_kept=kept)["request_log"] == 4
        assert tidy(session, now=now, batch=1, requests_kept=kept)["request_log"] == 2
        assert tidy(session, now=now, batch=1, requests_kept=kept)["request_log"] == 0
        session.rollback()


def log_at(times: list[float], clock, per_second: int) -> RequestLog:
    return RequestLog(lambda _: None, clock=clock, per_second=per_second, seconds=lambda: times[-1])


def test_over_the_budget_only_errors_are_kept_and_the_rest_is_counted(clock):
    times = [7.0]
    log = log_at(times, clock, 3)
    before = not_kept("budget")
    assert [log.wants(KEY, method="POST", status=201) for _ in range(5)] == [True] * 3 + [False] * 2
    assert [log.wants(KEY, method="POST", status=422) for _ in range(5)] == [True] * 3 + [False] * 2
    assert log.wants(replace(KEY, organization_id="org_b"), method="POST", status=201) is True
    assert not_kept("budget") - before == 4
    times.append(8.0)
    assert log.wants(KEY, method="POST", status=201) is True


def test_all_organizations_together_have_a_budget_too(clock):
    log = log_at([7.0], clock, 1)
    callers = [replace(KEY, organization_id=f"org_{n}") for n in range(MOST_PER_SECOND + 5)]
    wanted = [log.wants(caller, method="POST", status=201) for caller in callers]
    assert wanted == [True] * MOST_PER_SECOND + [False] * 5


@pytest.mark.parametrize(
    ("caller", "method", "wanted"), [(KEY, "GET", True), (PERSON, "GET", False), (PERSON, "PUT", True)]
)
def test_reads_of_people_are_not_wanted(clock, caller, method, wanted):
    assert RequestLog(lambda _: None, clock=clock, per_second=3).wants(caller, method=method, status=200) is wanted


def test_a_budget_of_nothing_keeps_nothing(clock):
    assert RequestLog(lambda _: None, clock=clock, per_second=0).wants(KEY, method="GET", status=500) is False


SCOPE = {"path": "/v1/links", "method": "GET", "query_string": b"", "state": {"request_id": "r-1"}, "client": None}


def put(log: RequestLog, count: int) -> None:
    for _ in range(count):
        log.put(KEY, SCOPE, status=200, seconds=0.1, request_body=b"{}", response_body=b"{}")


def test_when_too_many_wait_the_rest_is_dropped_and_counted_and_the_end_writes_what_waits(clock):
    written, begun, go_on = [], threading.Event(), threading.Event()

    def keep(group):
        begun.set()
        go_on.wait(10)
        written.extend(group)

    log = RequestLog(keep, clock=clock, per_second=3, most_waiting=5)
    before = not_kept("full")
    put(log, 1)
    assert begun.wait(10)
    put(log, 7)
    go_on.set()
    log.close()
    assert len(written) == 6
    assert not_kept("full") - before == 2
    assert {each.ip for each in written} == {"unknown"}
    assert log.wants(KEY, method="GET", status=500) is False


def test_a_group_that_cannot_be_written_is_counted_and_the_next_one_is_written(clock):
    written, failed = [], threading.Event()

    def keep(group):
        if not failed.is_set():
            failed.set()
            raise OSError("no database")
        written.extend(group)

    log = RequestLog(keep, clock=clock, per_second=3)
    before = not_kept("failed")
    put(log, 1)
    assert failed.wait(10)
    put(log, 2)
    log.close()
    assert len(written) == 2
    assert not_kept("failed") - before == 1


def test_a_server_that_ends_writes_what_it_still_has(settings, clock, client, merchant):
    with served(build_api(build_container(settings, clock=clock))) as url:
        assert ask("GET", f"{url}/v1/recoveries", headers=merchant.headers).status_code == 200
    items = client.get("/v1/request_log", headers=merchant.owner.headers).json()["items"]
    assert [item["path"] for item in items] == ["/v1/recoveries"]


def test_a_key_of_few_rights_is_kept_with_its_refusal(client, container, merchant):
    key_id, key = make_api_key(container, merchant, "links:read")
    client.get("/v1/recoveries", headers={"Authorization": f"Bearer {key}"})
    (brief,) = asked(client, add_person(container, merchant, "operator").headers)
    assert (brief["status"], brief["error_code"], brief["actor"]) == (403, "permission_missing", key_id)
