"""Health and metrics, as load balancers, Prometheus and operators ask for them."""

from contextlib import contextmanager

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.api.app import build_api
from app.api.routers.ops import _is_loopback
from app.bootstrap import build_container
from app.domain.payments.breaker import BreakerRules
from app.psp.breaker_store import BreakerKey, RedisBreakerStore
from tests.fakes.server import served

GAUGES = {
    "tinko_oldest_due_attempt_age_seconds",
    "tinko_unknown_outcomes",
    "tinko_outbox_dead",
    "tinko_outbox_pending",
    "tinko_psp_events_dead",
    "tinko_rollups_behind_seconds",
    "tinko_recoveries_open",
}
NOWHERE = {"database_url": "postgresql://nobody@127.0.0.1:1/none", "redis_url": "redis://127.0.0.1:1/0"}


@contextmanager
def api(settings, clock, **changes):
    """Serve an API of its own, with other settings."""
    secret = type(settings.database_url)
    changes = {name: secret(value) for name, value in changes.items()}
    container = build_container(settings.model_copy(update=changes), clock=clock)
    with served(build_api(container)) as url, httpx.Client(base_url=url, timeout=20) as client:
        yield client


def sample(text: str, name: str, **labels: str) -> float | None:
    found = [
        each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
        if each.name == name and each.labels == labels
    ]
    return found[0] if found else None


@pytest.mark.parametrize("path", ["/healthz", "/health/live", "/health/ready"])
def test_a_healthy_process_is_ok(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


def test_the_status_tells_how_everything_is_doing(client, container, merchant):
    status = client.get("/health/status").json()
    assert status["ok"] is True
    assert set(status["dependencies"]) == {"database", "schema", "broker"}
    for dependency in status["dependencies"].values():
        assert (dependency["ok"], dependency["problem"]) == (True, None)
        assert 0 <= dependency["latency_ms"] < 10_000
    assert status["queues"] == {"control": 0, "work": 0}
    for name in GAUGES:
        assert status[name.removeprefix("tinko_")] >= 0
    secrets = (
        container.settings.database_url.get_secret_value(),
        container.settings.secret_key.get_secret_value(),
        merchant.id,
    )
    assert [secret for secret in secrets if secret in str(status)] == []


def test_open_breakers_are_counted_for_all_and_named_to_operators(settings, clock):
    with api(settings, clock) as client:
        with_breaker = build_container(settings, clock=clock)
        store = RedisBreakerStore(with_breaker.redis)
        for account in ("psp_a", "psp_b"):
            key = BreakerKey("acme", account, "calls")
            for _ in range(10):
                store.record(key, failed=True, probe=False, rules=BreakerRules(), now=clock.now())
        status = client.get("/health/status", headers={"X-Forwarded-For": "203.0.113.7"}).json()
        operators = client.get("/health/status").json()
        metrics = client.get("/metrics").text
        with_breaker.close()
    acme = [each for each in status["breakers"] if each["psp"] == "acme"]
    assert acme == [{"psp": "acme", "lane": "calls", "state": "open", "accounts": 2}]
    assert status["account_breakers"] is None
    assert "psp_a" not in str(status)
    since = clock.now().isoformat().replace("+00:00", "Z")
    assert [each for each in operators["account_breakers"] if each["psp"] == "acme"] == [
        {"psp": "acme", "account_id": account, "lane": "calls", "state": "open", "since": since}
        for account in ("psp_a", "psp_b")
    ]
    assert sample(metrics, "tinko_breaker_open", psp="acme") == 2


def test_without_database_and_broker_the_process_lives_and_is_not_ready(settings, clock):
    with api(settings, clock, **NOWHERE) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/health/live").status_code == 200
        ready = client.get("/health/ready")
        assert (ready.status_code, ready.json()["code"]) == (503, "not_ready")
        assert ready.headers["retry-after"] == "2"
        assert ready.json()["detail"] == (
            "Not ready: the database does not answer; the schema cannot be read; the broker does not answer."
        )
        status = client.get("/health/status")
        assert (status.status_code, status.json()["ok"]) == (200, False)
        assert [status.json()[name] for name in ("queues", "breakers", "account_breakers", "unknown_outcomes")] == [
            None
        ] * 4
        metrics = client.get("/metrics")
        assert metrics.status_code == 200
        assert sample(metrics.text, "tinko_database_up") == 0
        assert sample(metrics.text, "tinko_unknown_outcomes") is None


def test_a_database_that_was_never_migrated_is_not_ready(settings, clock, empty_database_url):
    with api(settings, clock, database_url=empty_database_url) as client:
        ready = client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["detail"] == "Not ready: the schema is not at head; run `tinko migrate`."


def test_prometheus_reads_the_process_and_the_database(client):
    client.get("/healthz")
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    for name in GAUGES:
        assert sample(answer.text, name) is not None, name
    assert sample(answer.text, "tinko_database_up") == 1
    assert sample(answer.text, "process_start_time_seconds") > 0
    assert sample(answer.text, "tinko_http_requests_total", method="GET", route="/healthz", status="200") >= 1


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_without_a_token_metrics_are_for_this_machine_alone(client, header):
    answer = client.get("/metrics", headers={header: "203.0.113.7"})
    assert (answer.status_code, answer.json()["code"]) == (403, "metrics_local_only")


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("2001:db8::1", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine(address, local):
    assert _is_loopback(address) is local


def test_with_a_token_only_its_bearer_reads_metrics(settings, clock):
    with api(settings, clock, metrics_token="a token for Prometheus") as client:
        for credential in (None, "Bearer", "Bearer wrong", "Basic a token for Prometheus", "Bearer é"):
            headers = {} if credential is None else {"Authorization": credential.encode()}
            answer = client.get("/metrics", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
            assert client.get("/health/status", headers=headers).json()["account_breakers"] is None
        for credential in ("Bearer a token for Prometheus", "bearer a token for Prometheus"):
            headers = {"Authorization": credential, "X-Forwarded-For": "203.0.113.7"}
            assert client.get("/health/status", headers=headers).json()["account_breakers"] is not None
            assert client.get("/metrics", headers=headers).status_code == 200
