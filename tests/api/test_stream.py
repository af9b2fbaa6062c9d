"""Live changes: what changed is told to who watches, and to nobody else; streams end when they must."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest

from app.api.app import build_api
from app.api.live import Live, StreamsFullError, TooManyStreamsError
from app.api.routers.stream import Pace
from app.api.shutdown import when_told_to_end
from app.bootstrap import build_container
from app.db.queries import stream as queries
from app.infra.settings import child_environment
from app.services.live import Change, Watch
from app.services.recovery.act import pause
from tests.factories.identity import add_person, make_api_key, make_merchant
from tests.fakes.server import served

FAILURE = {"amount": 49900, "currency": "INR", "gateway": "sandbox", "failure_reason": "insufficient_funds"}


def report(client, merchant, ref) -> dict:
    body = {**FAILURE, "transaction_ref": ref}
    return client.post("/v1/events/payment_failed", json=body, headers=merchant.headers).json()


class Heard:
    """The lines of one stream, read as they come."""

    def __init__(self, reply: httpx.Response) -> None:
        self.reply, self.lines = reply, reply.iter_lines()

    def topics(self) -> set[str]:
        """Wait for the next change."""
        for line in self.lines:
            if line.startswith("data: "):
                return set(json.loads(line.removeprefix("data: "))["topics"])
        raise AssertionError("the stream ended")

    def next(self) -> str:
        return next(line for line in self.lines if line)


@contextmanager
def listening(client, headers, **params) -> Iterator[Heard]:
    with client.stream("GET", "/v1/stream", headers=headers, params=params) as reply:
        assert reply.status_code == 200, reply.read()
        yield Heard(reply)


@pytest.fixture(scope="module")
def quick(settings, clock):
    """An API that looks often, and whose silent streams are not silent for long."""
    app = build_api(build_container(settings, clock=clock))
    app.state.stream_pace = Pace(ping_seconds=0.1, recheck_seconds=0.0)
    app.state.live._every = 0.1
    with served(app) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def test_a_stream_says_what_it_is_and_that_nobody_may_keep_it(client, merchant):
    with listening(client, merchant.headers) as heard:
        assert heard.reply.headers["content-type"].startswith("text/event-stream")
        assert heard.reply.headers["cache-control"] == "no-store"
        assert heard.reply.headers["x-accel-buffering"] == "no"
        assert heard.next() == "retry: 3000"


def test_a_new_failure_is_told_to_its_merchant(client, quick, merchant):
    with listening(quick, merchant.owner.headers) as heard:
        report(client, merchant, "live-1")
        assert heard.topics() == {"events", "recoveries"}


def test_a_change_that_no_event_brought_is_told_too(client, quick, merchant):
    recovery_id = report(client, merchant, "live-2")["recovery"]["id"]
    with listening(quick, merchant.headers) as heard:
        answer = client.post(f"/v1/recoveries/{recovery_id}/pause", json={}, headers=merchant.headers)
        assert answer.status_code == 200, answer.text
        assert heard.topics() - {"audit_log"} == {"recoveries"}


def test_a_clock_that_moves_is_told(client, quick, merchant):
    with listening(quick, merchant.headers) as heard:
        client.post("/v1/test/clock/advance", json={"seconds": 3600}, headers=merchant.headers)
        while "clock" not in heard.topics():  # that it was asked for is written down before
            pass


def test_another_merchants_changes_are_not_told(client, quick, merchant, container):
    other = make_merchant(container)
    with listening(quick, merchant.headers) as heard, listening(quick, other.headers) as theirs:
        report(client, other, "live-3")
        assert theirs.topics() == {"events", "recoveries"}
        # Whatever was to be told was told in the same look.
        assert [heard.next() for _ in range(4)] == ["retry: 3000", ": ping", ": ping", ": ping"]


def test_a_stream_of_one_recovery_hears_of_that_one_only(client, quick, merchant):
    mine = report(client, merchant, "live-4")["recovery"]["id"]
    with listening(quick, merchant.headers, recovery_id=mine) as heard, listening(quick, merchant.headers) as all_:
        report(client, merchant, "live-5")
        assert all_.topics() == {"events", "recoveries"}
        client.post(f"/v1/recoveries/{mine}/pause", json={}, headers=merchant.headers)
        assert heard.topics() - {"audit_log"} == {"recoveries"}


def test_a_stream_of_somebody_elses_recovery_is_not_found(client, container, merchant):
    theirs = report(client, make_merchant(container), "live-6")["recovery"]["id"]
    answer = client.get("/v1/stream", params={"recovery_id": theirs}, headers=merchant.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_who_may_not_read_recoveries_hears_nothing(client, container, merchant):
    _, key = make_api_key(container, merchant, "events:*")
    answer = client.get("/v1/stream", headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")


def test_topics_that_the_caller_may_not_read_are_left_out(client, quick, container, merchant):
    analyst = add_person(container, merchant, "analyst")
    recovery_id = report(client, merchant, "live-7")["recovery"]["id"]
    with listening(quick, analyst.headers) as heard:
        client.post(f"/v1/recoveries/{recovery_id}/pause", json={}, headers=merchant.headers)
        assert heard.topics() == {"recoveries"}


def test_a_silent_stream_is_kept_open_and_ends_with_the_sign_in(quick, container, merchant):
    operator = add_person(container, merchant, "operator")
    with listening(quick, operator.headers) as heard:
        assert [heard.next() for _ in range(3)] == ["retry: 3000", ": ping", ": ping"]
        assert quick.post("/v1/auth/logout", headers=operator.headers).status_code == 204
        assert set(heard.lines) <= {": ping", ""}  # and it ends
    assert quick.get("/v1/stream", headers=operator.headers).status_code == 401


def test_who_leaves_is_forgotten(settings, clock, merchant):
    app = build_api(build_container(settings, clock=clock))
    with served(app) as url, httpx.Client(base_url=url, timeout=30) as client:
        with listening(client, merchant.headers):
            assert app.state.live.count() == 1
        for _ in range(100):
            if app.state.live.count() == 0:
                break
            client.get("/healthz")
        assert app.state.live.count() == 0


def nothing(_watched) -> dict[str, Change]:
    return {}


def test_an_organization_listens_only_so_often_and_a_process_too():
    async def run():
        live = Live(nothing, every=0.01, most=3, most_each=2)
        first = await live.open("org_a")
        await live.open("org_a")
        with pytest.raises(TooManyStreamsError) as too_many:
            await live.open("org_a")
        await live.open("org_b")
        with pytest.raises(StreamsFullError) as full:
            await live.open("org_c")
        assert too_many.value.retry_after == full.value.retry_after == timedelta(seconds=30)
        live.close(first)
        await live.open("org_a")
        live.shut()
        with pytest.raises(StreamsFullError):
            await live.open("org_d")
        await live.join()

    asyncio.run(run())


def test_a_look_that_fails_is_not_the_end():
    looks = []

    def look(watched):
        looks.append(set(watched))
        if len(looks) < 3:
            raise OSError("no database")
        return {"org_a": Change(frozenset({"events"}))}

    async def run():
        live = Live(look, every=0.01)
        listener = await live.open("org_a")
        while not (topics := await listener.wait(5)):
            pass
        live.shut()
        await live.join()
        assert (await listener.wait(5), listener.ended) == (frozenset(), True) or topics
        return topics

    assert asyncio.run(run()) == {"events"}
    assert looks[:3] == [{"org_a"}] * 3


def test_nobody_is_looked_for_when_nobody_listens():
    looked = threading.Event()

    def look(_watched):
        looked.set()
        return {}

    async def run():
        live = Live(look, every=0.01)
        listener = await live.open("org_a")
        live.close(listener)
        await asyncio.to_thread(live._thread.join, 0.05)
        looked.clear()
        await asyncio.to_thread(live._thread.join, 0.05)
        live.shut()
        await live.join()

    asyncio.run(run())
    assert not looked.is_set()


def test_a_first_look_finds_no_change_and_the_next_one_what_is_new(container, client, merchant):
    watch = Watch()
    now = container.clock.now()
    with container.database.begin() as session:
        assert watch.look(session, organization_ids=[merchant.id], now=now) == {}
        assert watch.look(session, organization_ids=[merchant.id], now=now) == {}
    recovery_id = report(client, merchant, "live-8")["recovery"]["id"]
    with container.database.begin() as session:
        found = watch.look(session, organization_ids=[merchant.id], now=container.clock.now())
    assert found == {merchant.id: Change(frozenset({"events", "recoveries"}), frozenset({recovery_id}))}
    assert found[merchant.id].concerns(recovery_id)
    assert not found[merchant.id].concerns("rec_another")


def test_more_news_than_is_looked_at_may_concern_any_recovery(container, client, merchant):
    watch = Watch()
    with container.database.begin() as session:
        watch.look(session, organization_ids=[merchant.id], now=container.clock.now())
    for number in range(queries.MOST):
        report(client, merchant, f"many-{number}")
    with container.database.begin() as session:
        (change,) = watch.look(session, organization_ids=[merchant.id], now=container.clock.now()).values()
    assert change.concerns("rec_any")


def test_what_happened_under_a_moved_clock_is_found(container, client, merchant):
    recovery_id = report(client, merchant, "live-9")["recovery"]["id"]
    client.post("/v1/test/clock/advance", json={"seconds": 86_400}, headers=merchant.headers)
    watch = Watch()
    now = container.clock.now()
    with container.database.begin() as session:
        watch.look(session, organization_ids=[merchant.id], now=now)
        pause(session, organization_id=merchant.id, recovery_id=recovery_id, actor="tinko", now=now + timedelta(days=1))
        session.flush()
        (change,) = watch.look(session, organization_ids=[merchant.id], now=now).values()
        assert (change.topics, change.recovery_ids) == ({"recoveries"}, {recovery_id})
        session.rollback()


def test_the_looks_read_indexes_only(container, merchant):
    with container.database.begin() as session:
        session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
        for query, parameters in (
            (queries._NEWEST, {"organizations": [merchant.id], "most": 20}),
            (queries._ENTRIES, {"after": "tml_0", "until": "tml_1", "most": 20}),
        ):
            lines = session.execute(query.__class__(f"EXPLAIN {query.text}"), parameters).scalars().all()
            assert [line for line in lines if "Seq Scan" in line] == []


SERVER = """
import socket, sys, uvicorn
from app.main import create_app
config = uvicorn.Config(create_app(), log_level="warning", timeout_graceful_shutdown=20)
uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
"""


def test_a_server_that_is_told_to_end_ends_its_streams_at_once(container, database_url, redis_url, merchant):
    secret = container.settings.secret_key.get_secret_value()
    addresses = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": secret, "LOG_LEVEL": "ERROR"}
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        arguments = [sys.executable, "-c", SERVER, str(door.fileno())]
        process = subprocess.Popen(arguments, env=child_environment(addresses), pass_fds=[door.fileno()])
    try:
        with httpx.Client(base_url=url, timeout=60) as client, listening(client, merchant.headers) as heard:
            assert heard.next() == "retry: 3000"
            process.send_signal(signal.SIGTERM)
            assert set(heard.lines) <= {""}
        # Without hearing of it, it would wait for 20 seconds, and cut the stream off.
        assert process.wait(timeout=15) in {0, -signal.SIGTERM}
    finally:
        process.kill()
        process.wait()


def test_a_signal_is_heard_and_goes_on_to_who_handled_it():
    heard = []

    async def run():
        acted = asyncio.Event()
        with when_told_to_end(acted.set):
            os.kill(os.getpid(), signal.SIGTERM)
            await acted.wait()
        heard.append("act")

    before = signal.signal(signal.SIGTERM, lambda *_: heard.append("handler"))
    try:
        asyncio.run(run())
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == ["handler", "act", "handler"]
