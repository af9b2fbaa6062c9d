"""Figures over HTTP: what is asked for, what is refused, and that each number leads to its list."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.api.schemas.analytics import DistributionView, RecoveryRateView, RevenueView, TimeseriesView
from app.db.models import Attempt, Recovery
from tests.factories.identity import add_person

PATH = "/v1/analytics"
EVERY = (
    "kpis",
    "recovery-rate",
    "failure-distribution",
    "revenue-recovered",
    "funnel",
    "time-to-recover",
    "timeseries",
)
SHAPES = {
    "recovery-rate": RecoveryRateView,
    "failure-distribution": DistributionView,
    "revenue-recovered": RevenueView,
    "timeseries": TimeseriesView,
}


@pytest.fixture
def fails(client, merchant):
    def report(ref, **facts):
        body = {"amount": 5000, "currency": "INR", "gateway": "sandbox", "failure_reason": "insufficient_funds"}
        path = "/v1/events/payment_failed"
        answer = client.post(path, json={"transaction_ref": ref, **body, **facts}, headers=merchant.headers)
        assert answer.status_code == 201
        return answer.json()

    return report


@pytest.fixture
def ask(client, merchant):
    def get(name, *, headers=None, status=200, **query):
        answer = client.get(f"{PATH}/{name}", params=query, headers=headers or merchant.headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    return get


def test_answers_have_the_shape_of_their_models(ask, fails):
    """Some are told without passing through their models."""
    fails("a")
    for name, model in SHAPES.items():
        answer = ask(name)
        assert (
            model.model_validate(answer, by_name=False, by_alias=True).model_dump(mode="json", by_alias=True) == answer
        )


def test_an_organization_without_events_is_answered(ask, clock):
    today = clock.now().date()
    for name in EVERY:
        answer = ask(name)
        assert answer["currency"] is None
        assert (answer["from"], answer["to"]) == (str(today - timedelta(days=29)), str(today + timedelta(days=1)))


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"currency": "XXX"}, "currency_unknown"),
        ({"currency": "inr"}, "currency_unknown"),
        ({"from": "2026-02-02", "to": "2026-02-01"}, "period_invalid"),
        ({"from": "2020-01-01", "to": "2026-01-01"}, "period_invalid"),
        ({"from": "9999-12-31"}, "period_invalid"),
        ({"from": "yesterday"}, "invalid"),
    ],
)
def test_what_makes_no_question_is_refused(ask, query, code):
    for name in EVERY:
        assert ask(name, status=422, **query)["code"] == code


def test_steps_of_days_are_bounded(ask):
    query = {"from": "2025-01-01", "to": "2026-12-01"}
    for name in ("timeseries", "recovery-rate", "revenue-recovered"):
        assert ask(name, status=422, group_by="day", **query)["errors"][0]["pointer"] == "/query/group_by"
        ask(name, group_by="month", **query)


def test_the_first_figures_with_the_period_before(ask, fails):
    fails("a")
    fails("b", currency="PHP", amount=700, failure_reason="network_error")
    answer = ask("kpis", compare="previous")
    assert answer["currencies"] == ["INR", "PHP"]
    cohort = answer["figures"]["cohort"]
    amounts = [{"currency": "INR", "amount": 5000}, {"currency": "PHP", "amount": 700}]
    assert cohort["failed"] == cohort["still_open"] == {"count": 2, "amounts": amounts}
    assert (cohort["recovery_rate"], cohort["still_open_rate"], cohort["settled_recovery_rate"]) == (0.0, 1.0, None)
    assert answer["figures"]["reports"]["count"] == 2
    assert [stage["stage"] for stage in answer["figures"]["funnel"]] == [
        "failed",
        "retried",
        "messaged",
        "opened",
        "paid",
    ]
    assert answer["previous"]["to"] == answer["from"]
    assert answer["previous"]["figures"]["cohort"]["failed"] == {"count": 0, "amounts": []}
    assert ask("kpis")["previous"] is None
    assert ask("kpis", currency="PHP")["figures"]["cohort"]["failed"]["amounts"] == amounts[1:]


def test_each_number_of_a_cohort_is_as_long_as_its_list(client, merchant, ask, fails):
    fails("a")
    fails("b", failure_reason="network_error")
    client.post(f"/v1/recoveries/{fails('c')['recovery']['id']}/cancel", headers=merchant.headers)
    answer = ask("recovery-rate", group_by="category", currency="INR")
    for part in (
        answer["total"] | {"lists": answer["lists"]},
        *(g["figures"] | {"lists": g["lists"]} for g in answer["groups"]),
    ):
        for name, path in part["lists"].items():
            rows = client.get(path, headers=merchant.headers).json()["items"]
            assert len(rows) == part[name]["count"], (name, path)
    assert answer["total"]["cancelled"]["count"] == 1
    assert [group["key"] for group in answer["groups"]] == ["funds", "network"]


def test_a_series_has_every_day_and_adds_up(ask, fails):
    fails("a")
    points = ask("timeseries")["points"]
    assert len(points) == 30
    assert [point["cohort"]["failed"]["count"] for point in points] == [0] * 29 + [1]
    assert {after["from"] for after in points[1:]} == {before["to"] for before in points[:-1]}
    months = ask("timeseries", group_by="month")["points"]
    assert sum(point["reports"]["count"] for point in months) == 1
    assert (months[0]["from"], months[-1]["to"]) == (points[0]["from"], points[-1]["to"])


def test_days_are_those_of_the_organizations_own_clock(client, merchant, ask, fails):
    fails("a")
    later = client.get("/v1/test/clock", headers=merchant.headers).json()
    moved = client.post("/v1/test/clock/advance", json={"seconds": 3 * 86_400}, headers=merchant.headers)
    assert moved.status_code in {200, 202}, (later, moved.text)
    points = ask("timeseries")["points"]
    assert [point["cohort"]["failed"]["count"] for point in points[-4:]] == [1, 0, 0, 0]


def test_failures_are_told_apart_by_the_reports_own_words(ask, fails):
    fails("a")
    fails("a", gateway="stripe", failure_reason="network_error")
    groups = ask("failure-distribution", group_by="gateway")["groups"]
    assert {group["key"]: (group["figures"]["reports"]["count"], group["figures"]["share"]) for group in groups} == {
        "sandbox": (1, 0.5),
        "stripe": (1, 0.5),
    }


def test_what_needs_a_person_is_counted_with_its_list(container, ask, fails):
    quiet = ask("attention")
    assert quiet["count"] == 0
    recovery_id = fails("a")["recovery"]["id"]
    with container.database.begin() as session:
        session.get_one(Recovery, recovery_id).needs_attention = "duplicate_charge"
    answer = ask("attention")
    (item,) = [item for item in answer["items"] if item["count"]]
    assert item == {
        "name": "recoveries",
        "count": 1,
        "more": False,
        "reasons": {"duplicate_charge": 1},
        "list": "/v1/recoveries?needs_attention=true",
    }
    assert [each["name"] for each in answer["items"]] == [each["name"] for each in quiet["items"]]


def test_an_unknown_outcome_that_its_recovery_names_is_counted_once(container, ask, fails):
    recovery_id = fails("a", payment_method={"type": "card", "token": "pm_sandbox_ok"})["recovery"]["id"]
    with container.database.begin() as session:
        attempt = session.scalars(select(Attempt).where(Attempt.recovery_id == recovery_id)).one()
        for attempt.status in ("executing", "unknown"):
            session.flush()
    assert {each["name"] for each in ask("attention")["items"] if each["count"]} == {"unknown_outcomes"}
    with container.database.begin() as session:
        session.get_one(Recovery, recovery_id).needs_attention = "outcome_unknown"
    answer = ask("attention")
    assert answer["count"] == 1
    assert {each["name"] for each in answer["items"] if each["count"]} == {"recoveries"}


def test_nobody_elses_figures_are_seen(container, cast, ask, fails):
    fails("a")
    assert ask("kpis", headers=cast.outsider.headers)["currencies"] == []
    analyst = add_person(container, cast.merchant, "analyst")
    assert ask("attention", headers=analyst.headers)["count"] == 0
