"""The time that a request sees."""

from datetime import timedelta

import httpx
import pytest

from app.api.app import build_api
from app.api.deps import Now, OrgNow
from app.bootstrap import build_container
from app.db.models import Organization
from tests.fakes.server import served


@pytest.fixture(scope="module")
def probe(settings, clock):
    app = build_api(build_container(settings, clock=clock))  # of its own, for it is closed with the server

    @app.get("/v1/probe/times")
    def times(now: Now, org_now: OrgNow) -> dict[str, float]:
        return {"ahead": (org_now - now).total_seconds()}

    with served(app) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def test_a_moved_test_clock_is_seen_at_once_also_by_a_key_that_was_remembered(probe, container, cast):
    def ahead(headers):
        return probe.get("/v1/probe/times", headers=headers).json()["ahead"]

    assert ahead(cast.merchant.headers) == 0
    with container.database.begin() as session:
        session.get_one(Organization, cast.merchant.id).clock_offset = timedelta(days=30)
    assert ahead(cast.merchant.headers) == timedelta(days=30).total_seconds()
    assert ahead(cast.owner.headers) == timedelta(days=30).total_seconds()
    assert ahead(cast.outsider.headers) == 0


def test_a_live_organization_has_the_machines_time(probe, client, cast):
    live = {"organization_id": cast.merchant.registered.live.id}
    switched = client.post("/v1/auth/switch", json=live, headers=cast.owner.headers).json()
    answer = probe.get("/v1/probe/times", headers={"Authorization": f"Bearer {switched['access_token']}"})
    assert answer.json() == {"ahead": 0.0}
