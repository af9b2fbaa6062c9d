"""The same request twice happens once."""

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select

from app.api.app import build_api
from app.api.deps import AnyCaller, Db, Now
from app.api.idempotency import Idempotent, fingerprint
from app.api.schemas.common import Body
from app.bootstrap import build_container
from app.db.models import AuditEntry, IdempotencyKey
from app.domain.errors import ConflictError
from app.services.audit import record_audit
from tests.fakes.server import served


class Wish(Body):
    name: str
    again: bool = False


class Gate:
    """Holds effects back until the test lets them go."""

    def __init__(self):
        self.entered = threading.Event()
        self.open = threading.Event()


GATE = Gate()


@pytest.fixture(scope="module")
def probe(settings, clock):
    app = build_api(build_container(settings, clock=clock))  # of its own, for it is closed with the server

    def effect(wish, db, caller, now):
        if wish.name == "refused":
            raise ConflictError("not now")
        if wish.name == "slow":
            GATE.entered.set()
            assert GATE.open.wait(10)
        who = {"organization_id": caller.organization_id, "actor": caller.actor}
        record_audit(db, **who, action="wish", subject="x", now=now)
        return {"name": wish.name, "nonce": secrets.token_hex(8)}

    @app.post("/v1/probe/wishes", status_code=201)
    def make(wish: Wish, db: Db, caller: AnyCaller, now: Now, once: Idempotent):
        return once.run(lambda: effect(wish, db, caller, now))

    @app.post("/v1/probe/other", status_code=201)
    def other(wish: Wish, db: Db, caller: AnyCaller, now: Now, once: Idempotent):
        return once.run(lambda: effect(wish, db, caller, now), status=202)

    with served(app) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def post(probe, merchant, key, name="a", path="/v1/probe/wishes", **more):
    headers = merchant.headers if key is None else {**merchant.headers, "Idempotency-Key": key}
    return probe.post(path, json={"name": name, **more}, headers=headers)


def wishes_of(container, merchant) -> int:
    with container.database.begin() as session:
        count = select(func.count()).where(AuditEntry.organization_id == merchant.id, AuditEntry.action == "wish")
        return session.scalar(count)


def test_a_repeat_gets_the_same_answer_and_happens_once(probe, container, merchant):
    first, second = post(probe, merchant, "k"), post(probe, merchant, "k")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert wishes_of(container, merchant) == 1


def test_the_status_is_repeated_too(probe, merchant):
    answers = [post(probe, merchant, "k", path="/v1/probe/other") for _ in range(2)]
    assert [each.status_code for each in answers] == [202, 202]


def test_without_a_key_everything_happens_again(probe, container, merchant):
    assert post(probe, merchant, None).json() != post(probe, merchant, None).json()
    assert wishes_of(container, merchant) == 2


def test_the_same_key_with_another_body_or_route_is_refused(probe, container, merchant):
    post(probe, merchant, "k")
    for answer in (post(probe, merchant, "k", "b"), post(probe, merchant, "k", path="/v1/probe/other")):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert wishes_of(container, merchant) == 1


def test_the_order_of_fields_is_no_difference(probe, merchant):
    headers = {**merchant.headers, "Idempotency-Key": "k", "Content-Type": "application/json"}
    first = probe.post("/v1/probe/wishes", content=b'{"name":"a","again":true}', headers=headers)
    second = probe.post("/v1/probe/wishes", content=b'{ "again": true, "name": "a" }', headers=headers)
    assert first.content == second.content


def test_a_key_belongs_to_its_organization(probe, cast):
    first, second = post(probe, cast.merchant, "k"), post(probe, cast.outsider, "k")
    assert first.json()["nonce"] != second.json()["nonce"]


def test_one_still_running_is_told_to_wait(probe, container, merchant):
    GATE.entered.clear()
    GATE.open.clear()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(post, probe, merchant, "k", "slow")
        assert GATE.entered.wait(10)
        waiting = post(probe, merchant, "k", "slow")
        GATE.open.set()
        done = running.result()
    assert (waiting.status_code, waiting.json()["code"]) == (409, "idempotency_in_progress")
    assert waiting.headers["retry-after"] == "1"
    assert done.status_code == 201
    assert wishes_of(container, merchant) == 1


def test_twenty_at_once_happen_once(probe, container, merchant):
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post(probe, merchant, "k"), range(20)))
    assert {each.status_code for each in answers} <= {201, 409}
    made = {each.content for each in answers if each.status_code == 201}
    assert len(made) == 1
    assert {each.json()["code"] for each in answers if each.status_code == 409} <= {"idempotency_in_progress"}
    assert wishes_of(container, merchant) == 1


def test_a_refused_request_may_use_its_key_again(probe, merchant):
    assert post(probe, merchant, "k", "refused").status_code == 409
    assert post(probe, merchant, "k", "fine").status_code == 201


def test_an_expired_key_counts_as_absent(probe, container, merchant, clock):
    first = post(probe, merchant, "k")
    clock.advance(timedelta(hours=container.settings.idempotency_retention_hours) - timedelta(seconds=1))
    assert post(probe, merchant, "k").content == first.content
    clock.advance(timedelta(seconds=1))
    second = post(probe, merchant, "k", "b")
    assert second.status_code == 201
    assert post(probe, merchant, "k", "b").content == second.content


@pytest.mark.parametrize("key", ["", "a" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(probe, merchant, key):
    answer = post(probe, merchant, key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")
    assert answer.json()["errors"][0]["pointer"] == "/header/Idempotency-Key"


def test_the_kept_answer_cannot_be_read_in_the_database(probe, container, merchant):
    answer = post(probe, merchant, "k")
    with container.database.begin() as session:
        kept = session.get_one(IdempotencyKey, (merchant.id, "k"))
        assert kept.sealed
        assert answer.json()["nonce"].encode() not in kept.body
        assert kept.expires_at == container.clock.now() + timedelta(hours=48)


def test_nobody_gets_a_kept_answer_without_being_let_in(probe, merchant):
    post(probe, merchant, "k")
    answer = probe.post("/v1/probe/wishes", json={"name": "a"}, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 401


def test_what_is_no_json_is_compared_as_it_is():
    assert fingerprint("POST", "/a", b"") == fingerprint("POST", "/a", b"")
    assert fingerprint("POST", "/a", b"{") != fingerprint("POST", "/a", b"{ ")
    assert fingerprint("POST", "/a", b"1") != fingerprint("PUT", "/a", b"1")
