"""What measures must be right itself: what is sent, what is counted, and that nothing is left behind."""

import json
import re
from datetime import datetime

import orjson
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import text

from app.cli.bench import analytics, bare, classification, sweep
from app.cli.bench.ingest import events
from app.cli.bench.load import Order, run_load
from app.cli.bench.results import Result, Target, paired, write_json
from app.cli.parser import run_command
from app.db.models import Organization
from app.db.session import Database
from app.services.analytics import upkeep
from tests.fakes.caller import ask
from tests.fakes.server import served


def order(url: str, path: str, **changes) -> Order:
    port = int(url.rpartition(":")[2])
    plain = {"seconds": 0.3, "warm_up_seconds": 0.0, "connections": 2, "series": "test"}
    return Order(port, path, {"Content-Type": "application/json"}, events(), **(plain | changes))


def listener() -> tuple[FastAPI, list[bytes]]:
    """Return an application that keeps every body, and those bodies."""
    app, bodies = FastAPI(), []

    @app.post("/", status_code=201)
    async def keep(request: Request) -> dict[str, int]:
        bodies.append(await request.body())
        return {"kept": len(bodies)}

    return app, bodies


def test_no_reference_is_sent_twice_and_every_answer_is_counted():
    app, bodies = listener()
    with served(app) as url:
        seen = run_load(order(url, "/"))

    references = [orjson.loads(body)["transaction_ref"] for body in bodies]
    assert len(set(references)) == len(references) > 0
    assert all(re.fullmatch(r"test-\d{9}", reference) for reference in references)
    assert seen.statuses.keys() == {"201"}
    # What is answered after the end is not counted: at most the last request of each connection.
    assert 0 <= len(bodies) - seen.statuses["201"] <= 2
    assert seen.per_second == pytest.approx(seen.statuses["201"] / 0.3)
    assert 0 < seen.p50_ms <= seen.p99_ms


def test_a_body_of_many_has_an_event_a_line_and_counts_as_many():
    app, bodies = listener()
    with served(app) as url:
        seen = run_load(order(url, "/", per_body=3))

    assert {len([orjson.loads(line) for line in body.splitlines()]) for body in bodies} == {3}
    assert seen.per_second == pytest.approx(3 * seen.statuses["201"] / 0.3)


def test_a_refusal_is_not_taken_for_an_answer():
    with served(FastAPI()) as url:
        assert run_load(order(url, "/nowhere")).statuses.keys() == {"404"}


def test_the_bare_endpoint_reads_the_same_body_and_refuses_a_bad_one():
    with served(bare.create_app()) as url:
        seen = run_load(order(url, bare.PATH))
        refused = ask("POST", url + bare.PATH, json={"transaction_ref": "x"})

    assert seen.statuses.keys() == {"201"}
    assert refused.status_code == 422


def test_the_sweep_reads_the_partial_index_and_puts_back_what_it_claimed(new_database_url):
    table = sweep.Table(Database(new_database_url, pool_size=1), 3000, 450, datetime.fromisoformat("2026-11-20T12:00Z"))
    sweep.fill(table, merchants=7)

    assert sweep.claims_per_second(table) > 0
    plan = sweep.explain(table)

    with table.database.begin() as session:
        left = session.execute(text("SELECT count(*), count(leased_until), sum(fence) FROM attempts")).one()
    table.database.dispose()
    assert tuple(left) == (3000, 0, 450)
    assert "ix_attempts_wake" in plan


def test_a_recount_makes_the_rollups_of_what_was_written_without_triggers(new_database_url):
    database = Database(new_database_url, pool_size=1)
    with database.begin() as session:
        now = datetime.fromisoformat("2026-11-20T12:00Z")
        session.add(Organization(id="org_largest", pair_id="org_largest", mode="test", name="Bench", created_at=now))
    largest = analytics.fill(database, reports=500, merchants=3)
    assert rollup_rows(database) == []
    organizations = list(upkeep.every_organization(database.begin))
    for organization_id in organizations:
        upkeep.rebuild(database.begin, organization_id=organization_id, batch=100)
        assert upkeep.check(database.begin, organization_id=organization_id) == ([], {})

    rows = rollup_rows(database)
    database.dispose()
    assert (len(organizations), largest) == (3, "org_largest")
    # Every level holds all of it: 500 reports of 400 transactions, two fifths of them the largest's.
    assert rows == [(level, 500, 400, 180) for level in (0, 1, 2)]


def rollup_rows(database: Database) -> list[tuple]:
    statement = "SELECT level, sum(reports), sum(opened), sum(received) FROM rollups GROUP BY 1 ORDER BY 1"
    with database.begin() as session:
        return [tuple(row) for row in session.execute(text(statement))]


def test_ratios_are_of_what_was_measured_together():
    results = paired("this", "requests/s", [(40, 100), (90, 100), (30, 50)], against="that", target=Target(0.6))

    assert results == [
        Result("that", 100, "requests/s"),
        Result("this", 40, "requests/s", "that", 0.6, Target(0.6)),
    ]
    assert [result.verdict() for result in results] == ["", "target ≥ 0.6: met"]


def test_a_missed_target_is_said():
    assert Result("slow", 2.0, "ms", "quick", 1.4, Target(1.3, at_most=True)).verdict() == "target ≤ 1.3: MISSED"


def test_figures_are_written_for_programs(tmp_path):
    place = tmp_path / "bench.json"
    write_json(place, [Result("that", 100, "requests/s"), Result("this", 40, "requests/s", "that", 0.4)])

    assert json.loads(place.read_text()) == {
        "that": {"value": 100, "unit": "requests/s", "against": None, "ratio": None},
        "this": {"value": 40, "unit": "requests/s", "against": "that", "ratio": 0.4},
    }


def test_the_worst_case_is_compared_with_what_merchants_send():
    known, fresh = classification.measure(rounds=1, failures=40)

    assert (known.name, fresh.name, fresh.against) == ("classification", "classification_uncached", "classification")
    assert fresh.ratio == fresh.value / known.value


def test_one_part_can_be_measured_alone(tmp_path, capsys):
    place = tmp_path / "bench.json"

    assert run_command(["bench", "--only", "classification", "--output", str(place)]) == 0
    assert json.loads(place.read_text()).keys() == {"classification", "classification_uncached"}
    assert "failures/s" in capsys.readouterr().out
