"""Every refusal has the same shape, and no input makes a 500."""

import json
import re
import socket
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import psycopg.errors
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.api.app import build_api
from app.api.deps import Db
from app.api.schemas.common import BigInt, Body
from app.bootstrap import build_container
from app.domain import errors
from tests.fakes.server import served


class Note(Body):
    title: str
    amount: BigInt = 0
    free: dict[str, object] | None = None


REFUSALS = {
    "malformed": (errors.TinkoError("odd"), 400),
    "not_found": (errors.NotFoundError("gone"), 404),
    "unauthenticated": (errors.UnauthenticatedError("who?"), 401),
    "forbidden": (errors.ForbiddenError("no"), 403),
    "conflict": (errors.ConflictError("state"), 409),
    "running": (errors.InProgressError("wait", retry_after=timedelta(seconds=1)), 409),
    "invalid": (errors.InvalidError("bad", errors=(errors.FieldError("/a~1b", "why"),)), 422),
    "too_large": (errors.TooLargeError("much"), 413),
    "rate": (errors.RateLimitedError("often", retry_after=timedelta(milliseconds=1500)), 429),
    "down": (errors.UnavailableError("down", retry_after=timedelta(seconds=7)), 503),
    "lock": (OperationalError("SELECT", {}, psycopg.errors.LockNotAvailable()), 503),
    "deadlock": (OperationalError("SELECT", {}, psycopg.errors.DeadlockDetected()), 503),
    "slow": (OperationalError("SELECT", {}, psycopg.errors.QueryCanceled()), 503),
    "away": (OperationalError("SELECT", {}, psycopg.OperationalError("connection refused")), 503),
    "pool": (PoolTimeoutError(), 503),
    "twice": (IntegrityError("INSERT", {}, psycopg.errors.UniqueViolation()), 409),
    "broken": (IntegrityError("INSERT", {}, psycopg.errors.ForeignKeyViolation()), 500),
    "bug": (ValueError("a secret detail"), 500),
    "deep": (RecursionError(), 422),
    "surrogate": (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), 422),
}


@pytest.fixture(scope="module")
def probe(settings, clock):
    app = build_api(build_container(settings, clock=clock))  # of its own, for it is closed with the server

    @app.get("/v1/probe/refuse/{which}")
    def refuse(which: str) -> None:
        raise REFUSALS[which][0]

    @app.post("/v1/probe/notes")
    def take(note: Note) -> str:
        return note.title

    @app.post("/v1/probe/store")
    def store(note: Note, db: Db) -> str:
        return db.execute(text("SELECT CAST(:value AS text)"), {"value": json.dumps(note.free)}).scalar_one()

    @app.get("/v1/probe/number")
    def number(db: Db, n: int) -> int:
        return db.execute(text("SELECT CAST(:n AS bigint)"), {"n": n}).scalar_one()

    @app.post("/v1/webhooks/probe")
    def hook() -> str:
        return "stored"

    @app.get("/v1/probe/commit")
    def breaks_at_commit(db: Db) -> str:
        db.execute(text("CREATE TEMP TABLE later (a int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP"))
        db.execute(text("INSERT INTO later VALUES (1), (1)"))
        return "never"

    with served(app) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def assert_problem(answer: httpx.Response, status: int, code: str | None = None) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert set(body) - {"errors"} == {"type", "title", "status", "detail", "code", "request_id"}
    assert body["status"] == status
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["type"] == f"urn:tinko:problem:{body['code']}"
    assert code in {None, body["code"]}
    return body


@pytest.mark.parametrize("which", REFUSALS)
def test_every_kind_of_error_has_its_status_and_the_one_shape(probe, which):
    body = assert_problem(probe.get(f"/v1/probe/refuse/{which}"), REFUSALS[which][1])
    assert "secret detail" not in json.dumps(body)
    assert "Traceback" not in json.dumps(body)


@pytest.mark.parametrize(("which", "seconds"), [("rate", "2"), ("down", "7"), ("running", "1"), ("pool", "2")])
def test_who_has_to_wait_is_told_how_long(probe, which, seconds):
    assert probe.get(f"/v1/probe/refuse/{which}").headers["retry-after"] == seconds


def test_who_is_not_known_is_told_how_to_be(probe):
    assert probe.get("/v1/probe/refuse/unauthenticated").headers["www-authenticate"] == 'Bearer realm="tinko"'


def test_invalid_fields_come_with_pointers(probe):
    body = assert_problem(probe.post("/v1/probe/notes", json={"amount": "x", "odd": 1}), 422, "invalid")
    assert [each["pointer"] for each in body["errors"]] == ["/title", "/amount", "/odd"]
    body = assert_problem(probe.get("/v1/probe/refuse/invalid"), 422)
    assert body["errors"] == [{"pointer": "/a~1b", "detail": "why"}]


def test_a_bad_query_is_pointed_at(probe):
    body = assert_problem(probe.get("/v1/probe/number", params={"n": "many"}), 422)
    assert body["errors"][0]["pointer"] == "/query/n"


def test_unknown_paths_and_methods_have_the_same_shape(probe):
    assert_problem(probe.get("/nowhere"), 404, "not_found")
    answer = probe.delete("/v1/probe/notes")
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


def send(probe: httpx.Client, body: bytes, media: str = "application/json") -> httpx.Response:
    return probe.post("/v1/probe/notes", content=body, headers={"Content-Type": media})


NO_JSON = {
    "cut short": b"{",
    "a word": b"nonsense",
    "no UTF-8": b'{"title": "\xff"}',
    "a bare NUL": b'{"title": "a\x00b"}',
    "UTF-16": '{"title": "x"}'.encode("utf-16-le"),
    "only brackets": b"[" * 10_000,
    "very deep": b'{"a":' * 100_000,
    "deep and whole": b"[" * 100_000 + b"]" * 100_000,
}


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json_is_malformed(probe, body):
    assert_problem(send(probe, body), 400, "malformed_json")


@pytest.mark.parametrize(
    "body",
    [
        rb'{"title": "a\u0000b"}',
        rb'{"title": "\\\u0000"}',
        rb'{"title": "x", "free": {"\u0000": 1}}',
        rb'{"title": "\ud83d"}',
        rb'{"title": "\uDE00\uD83D"}',
        rb'{"title": "x", "free": {"a": ["\ud83d\ud83d\ude00"]}}',
        b'{"title": "\xed\xa0\x80"}',
    ],
)
def test_text_that_cannot_be_stored_is_invalid(probe, body):
    assert_problem(send(probe, body), 422, "invalid")


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (rb'{"title": "\ud83d\ude00 \u0041"}', "😀 A"),
        (rb'{"title": "\\u0000"}', "\\u0000"),
        (rb'{"title": "\\\\ud800"}', "\\\\ud800"),
        ('{"title": "हिन्दी 😀"}'.encode(), "हिन्दी 😀"),
    ],
)
def test_text_that_only_looks_so_passes(probe, body, title):
    answer = send(probe, body)
    assert (answer.status_code, answer.json()) == (200, title)


def test_a_deep_value_is_never_a_server_error(probe):
    for depth in (50, 500, 900, 980):
        body = b'{"title": "x", "free": {"a": ' + b"[" * depth + b"]" * depth + b"}}"
        answer = probe.post("/v1/probe/store", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {200, 400, 422}


@pytest.mark.parametrize("digits", [str(2**63), str(-(2**63) - 1), "1" + "0" * 400, "1" + "0" * 5000])
def test_numbers_beyond_bigint_are_invalid(probe, digits):
    answer = send(probe, b'{"title": "x", "amount": ' + digits.encode() + b"}")
    assert_problem(answer, 422 if len(digits) < 4300 else 400)
    assert_problem(probe.get("/v1/probe/number", params={"n": digits}), 422)


def test_a_nul_in_the_path_or_query_is_invalid(probe):
    assert_problem(probe.get("/v1/probe/refuse/a%00b"), 422)
    assert_problem(probe.get("/v1/probe/number?n=%00"), 422)


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_body_that_is_no_json_is_the_wrong_media_type(probe, media):
    assert_problem(send(probe, b'{"title": "x"}', media), 415, "unsupported_media_type")


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "application/vnd.api+json", "APPLICATION/JSON"])
def test_json_by_any_of_its_names_passes(probe, media):
    assert send(probe, b'{"title": "x"}', media).status_code == 200


def test_providers_of_messages_may_send_webhooks_as_they_like(probe):
    answer = probe.post("/v1/webhooks/messages/probe", content=b"a=\x00", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 404  # nobody is there, and nothing was refused before


def test_providers_of_payments_send_json_that_is_not_looked_at_before_its_signature(probe):
    assert probe.post("/v1/webhooks/probe", content=b"\x00 no json").status_code == 200
    answer = probe.post("/v1/webhooks/probe", content=b"a=b", headers={"Content-Type": "text/plain"})
    assert_problem(answer, 415, "unsupported_media_type")


def test_a_body_beyond_the_limit_is_too_large(probe):
    assert_problem(send(probe, b" " * (1024 * 1024 + 1)), 413, "too_large")
    assert send(probe, b'{"title": "x"}' + b" " * (1024 * 1024 - 14)).status_code == 200


def test_a_body_of_untold_length_is_counted_as_it_comes(probe):
    def endless():
        for _ in range(1100):
            yield b" " * 1024

    answer = probe.post("/v1/probe/notes", content=endless(), headers={"Content-Type": "application/json"})
    assert_problem(answer, 413, "too_large")


def test_what_breaks_at_commit_is_never_told_as_done(probe):
    assert_problem(probe.get("/v1/probe/commit"), 409, "conflict")


@pytest.mark.parametrize("given", ["abc-123_.X", "a" * 128])
def test_a_sane_request_id_is_kept(probe, given):
    assert probe.get("/nowhere", headers={"X-Request-Id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a" * 129, "a b", "a;b", "é"])
def test_any_other_request_id_is_replaced(probe, given):
    answer = probe.get("/nowhere", headers={"X-Request-Id": given.encode()})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


def test_answers_carry_security_headers(probe):
    headers = probe.get("/v1/nowhere").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")


def test_a_caller_who_leaves_in_the_middle_harms_nobody(probe):
    where = urlsplit(str(probe.base_url))
    with socket.create_connection((where.hostname, where.port)) as connection:
        connection.sendall(
            b"POST /v1/probe/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
        )
    assert send(probe, b'{"title": "still here"}').json() == "still here"
