"""Only for test organizations: a clock that moves, and the sandbox's own books, with a real sandbox behind."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import delete

from app.api.app import build_api
from app.api.routers import practice
from app.bootstrap import build_container
from app.db.locks import try_lock
from app.db.models import AuditEntry, Organization, PspAccount
from app.db.queries.scoped import owned
from app.domain.errors import UnavailableError
from app.services import clock as clocks
from app.tasks.sweeps import pursue_clock
from tests.factories.identity import make_api_key, make_merchant, sign_in
from tests.fakes.server import served
from tests.simulators.sandbox_server import own_database, running_sandbox

DAY = 86_400
CHARGES = "/v1/test/sandbox_psp/charges"
CLOCK = "/v1/test/clock"


@pytest.fixture(scope="module")
def house(settings, postgres_url, clock):
    """The API over a container that knows a running sandbox."""
    with own_database(postgres_url) as books, running_sandbox(books, webhook_threads=0) as sandbox_url:
        container = build_container(settings.model_copy(update={"sandbox_api_base": sandbox_url}), clock=clock)
        with served(build_api(container)) as url, httpx.Client(base_url=url, timeout=40) as client:
            yield container, client


@pytest.fixture
def container(house):
    return house[0]


@pytest.fixture
def client(house):
    return house[1]


def report(client, merchant, ref="order-1", token="pm_sandbox_ok", gateway="sandbox"):
    body = {
        "transaction_ref": ref,
        "amount": 5000,
        "currency": "INR",
        "gateway": gateway,
        "failure_reason": "insufficient_funds",
        "payment_method": {"type": "card", "token": token},
    }
    answer = client.post("/v1/events/payment_failed", json=body, headers=merchant.headers)
    assert answer.status_code == 201
    return answer.json()["recovery"]["id"]


def advance(client, who, seconds):
    return client.post(f"{CLOCK}/advance", json={"seconds": seconds}, headers=who.headers)


def charges(client, who, **params):
    return client.get(CHARGES, params=params, headers=who.headers)


def test_time_passes_and_what_falls_due_happens(client, container, cast):
    merchant, begun = cast.merchant, container.clock.now()
    recovery_id = report(client, merchant, token="pm_sandbox_recovers_on_3")
    answer = advance(client, cast.operator, 30 * DAY)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["offset_seconds"], body["advancing_to"]) == (30 * DAY, None)
    assert datetime.fromisoformat(body["now"]) == begun + timedelta(days=30)
    assert client.get(CLOCK, headers=cast.analyst.headers).json() == body
    assert client.get(f"/v1/recoveries/{recovery_id}", headers=merchant.headers).json()["status"] == "recovered"
    seen = charges(client, merchant, transaction_ref="order-1").json()
    assert [(c["status"], c["amount"], c["currency"]) for c in seen["items"]] == [
        ("declined", 5000, "INR"),
        ("declined", 5000, "INR"),
        ("captured", 5000, "INR"),
    ]
    assert {c["transaction_ref"] for c in seen["items"]} == {"order-1"}
    assert seen["next_cursor"] is None
    with container.database.begin() as session:
        [entry] = session.scalars(owned(AuditEntry, merchant.id).where(AuditEntry.action == "test_clock.advance"))
        assert (entry.actor, entry.after["seconds"]) == (cast.operator.user.id, 30 * DAY)


def test_nobody_elses_time_passes(client, cast):
    before = client.get(CLOCK, headers=cast.outsider.headers).json()
    assert advance(client, cast.merchant, DAY).status_code == 200
    assert client.get(CLOCK, headers=cast.outsider.headers).json() == before


def test_a_key_learns_at_once_that_time_has_passed(client, cast):
    merchant = cast.merchant
    report(client, merchant, "before")
    advance(client, merchant, DAY)
    report(client, merchant, "after")
    opened = [
        datetime.fromisoformat(client.get(f"/v1/recoveries/by_ref/{ref}", headers=merchant.headers).json()["opened_at"])
        for ref in ("before", "after")
    ]
    assert opened[1] - opened[0] == timedelta(days=1)


def test_time_adds_up(client, merchant):
    assert [advance(client, merchant, n).json()["offset_seconds"] for n in (1, 59, 63_072_000)] == [1, 60, 63_072_060]


@pytest.mark.parametrize("seconds", [0, -1, 63_072_001, 1.5, "60", None, True, 2**80])
def test_time_passes_in_whole_seconds_up_to_two_years(client, merchant, seconds):
    answer = advance(client, merchant, seconds)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/seconds")
    assert client.get(CLOCK, headers=merchant.headers).json()["offset_seconds"] == 0


def test_a_clock_goes_no_further_than_a_hundred_years(client, container, merchant):
    with container.database.begin() as session:
        session.get_one(Organization, merchant.id).clock_offset = clocks.FARTHEST - timedelta(seconds=5)
    answer = advance(client, merchant, 6)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/seconds")
    assert advance(client, merchant, 5).status_code == 200


def test_what_takes_long_goes_on_and_nobody_else_may_move_the_clock_meanwhile(client, container, merchant):
    recovery_id = report(client, merchant)
    for _ in range(3):
        practice._SLOTS.acquire()
    try:
        begun = advance(client, merchant, DAY)
    finally:
        for _ in range(3):
            practice._SLOTS.release()
    assert begun.status_code == 202
    target = datetime.fromisoformat(begun.json()["advancing_to"])
    assert target == container.clock.now() + timedelta(days=1)
    again = advance(client, merchant, DAY)
    assert (again.status_code, again.json()["code"]) == (409, "clock_moving")
    assert datetime.fromisoformat(client.get(CLOCK, headers=merchant.headers).json()["advancing_to"]) == target
    pursue_clock(container, organization_id=merchant.id)
    arrived = client.get(CLOCK, headers=merchant.headers).json()
    assert (arrived["advancing_to"], arrived["offset_seconds"]) == (None, DAY)
    assert client.get(f"/v1/recoveries/{recovery_id}", headers=merchant.headers).json()["status"] == "recovered"


def test_of_two_at_once_one_is_told_that_the_clock_moves(client, merchant):
    for n in range(3):
        report(client, merchant, f"order-{n}", "pm_sandbox_insufficient_funds")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: advance(client, merchant, 7 * DAY), range(2)))
    statuses = sorted(answer.status_code for answer in answers)
    moved = client.get(CLOCK, headers=merchant.headers).json()["offset_seconds"]
    # Only if the first was done before the second began do both go through.
    assert (statuses, moved) in [([200, 409], 7 * DAY), ([200, 200], 14 * DAY)]


def test_a_call_waits_for_whoever_moves_the_clock_already(client, container, merchant):
    report(client, merchant)
    with ThreadPoolExecutor(1) as pool, try_lock(container.database.engine, clocks.lock_name(merchant.id)) as held:
        assert held
        waiting = pool.submit(advance, client, merchant, DAY)
        while client.get(CLOCK, headers=merchant.headers).json()["advancing_to"] is None:
            assert not waiting.done()
        clocks.pursue(
            container.database.begin,
            payments=container.payments,
            crypto=container.crypto,
            clock=container.clock,
            organization_id=merchant.id,
            budget=timedelta(seconds=20),
        )
        answer = waiting.result()
    assert (answer.status_code, answer.json()["offset_seconds"]) == (200, DAY)


def test_a_live_organization_has_neither_clock_nor_sandbox(client, container, merchant):
    live = sign_in(container, merchant.owner.user, merchant.registered.live.id, "owner")
    answers = [advance(client, live, 60), client.get(CLOCK, headers=live.headers), charges(client, live)]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(403, "live_organization")] * 3


def test_each_needs_its_permission(client, container, cast):
    _, key = make_api_key(container, cast.merchant, "events:*")
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get(CLOCK, headers=headers).status_code == 403
    assert client.get(CHARGES, headers=headers).status_code == 403
    assert advance(client, cast.analyst, 60).status_code == 403
    assert client.get(CLOCK, headers=cast.operator.headers).json()["offset_seconds"] == 0


# The sandbox's books


def test_the_books_are_read_page_by_page(client, merchant):
    for n in range(3):
        report(client, merchant, f"order-{n}")
    advance(client, merchant, DAY)
    first = charges(client, merchant, limit=2).json()
    rest = charges(client, merchant, limit=2, cursor=first["next_cursor"]).json()
    assert sorted(c["transaction_ref"] for c in first["items"] + rest["items"]) == ["order-0", "order-1", "order-2"]
    assert (len(first["items"]), rest["next_cursor"]) == (2, None)
    assert [c["transaction_ref"] for c in charges(client, merchant, transaction_ref="order-1").json()["items"]] == [
        "order-1"
    ]
    assert charges(client, merchant, transaction_ref="order-9").json() == {"items": [], "next_cursor": None}


def test_another_merchants_books_are_others(client, cast):
    report(client, cast.merchant)
    advance(client, cast.merchant, DAY)
    assert len(charges(client, cast.merchant).json()["items"]) == 1
    assert charges(client, cast.outsider, transaction_ref="order-1").json()["items"] == []


@pytest.mark.parametrize(
    "params",
    [
        {"transaction_ref": ""},
        {"transaction_ref": "x" * 129},
        {"transaction_ref": "a\nb"},
        {"limit": 0},
        {"limit": 101},
        {"cursor": "nonsense"},
        {"cursor": "cmVjXzAxbTd3ZDd0ZzBjZHljZzVqcWZ6dDkycG42"},  # of another list
        {"cursor": "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ"},  # more digits than there are charges
    ],
)
def test_a_question_that_makes_no_sense_is_refused(client, merchant, params):
    assert charges(client, merchant, **params).status_code == 422


def test_a_named_account_is_asked_and_must_be_the_merchants(client, container, cast):
    with container.database.begin() as session:
        mine = session.scalars(owned(PspAccount, cast.merchant.id)).one().id
    assert charges(client, cast.merchant, psp_account_id=mine).status_code == 200
    assert charges(client, cast.outsider, psp_account_id=mine).status_code == 404


def test_without_an_account_there_are_no_books(client, container):
    merchant = make_merchant(container)
    with container.database.begin() as session:
        session.execute(delete(PspAccount).where(PspAccount.organization_id == merchant.id))
    answer = charges(client, merchant)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_psp_account")


@dataclass
class Books:
    """Books that somebody spoiled."""

    items: list
    next_cursor: str | None = None
    down: bool = False

    def charges(self, api_key, **_):
        assert api_key.startswith("sbx_")
        if self.down:
            raise UnavailableError("down", retry_after=timedelta(seconds=2), code="sandbox_unavailable")
        return self

    def close(self):
        """Nothing to let go of."""


@pytest.mark.parametrize("books", [Books([], down=True), Books([{"id": "pay_1"}]), Books(["what"])])
def test_a_sandbox_that_is_down_or_talks_nonsense_is_unavailable(settings, clock, merchant, books):
    app = build_api(replace(build_container(settings, clock=clock), sandbox_console=books))
    with served(app) as url, httpx.Client(base_url=url) as client:
        answer = charges(client, merchant)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
