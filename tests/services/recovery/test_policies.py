"""Policies of an organization that has none: only a database that somebody changed by hand looks so."""

import pytest
from sqlalchemy import update

from app.db.models import Policy
from app.domain.errors import NotFoundError
from app.services.recovery.policies import PolicyWish, create_policy, get_active_policy


@pytest.fixture
def without_policy(engine):
    with engine.begin() as session:
        mine = Policy.organization_id == engine.organization_id
        session.execute(update(Policy).where(mine).values(is_active=False))
    return engine


def test_without_an_active_policy_there_is_none(without_policy):
    engine = without_policy
    with engine.begin() as session, pytest.raises(NotFoundError):
        get_active_policy(session, organization_id=engine.organization_id)


def test_the_first_active_policy_retires_nobody(without_policy):
    engine = without_policy
    with engine.begin() as session:
        made = create_policy(
            session,
            organization_id=engine.organization_id,
            wish=PolicyWish(is_active=True, terms={"max_retries": 1}),
            actor="tests",
            request_id=None,
            now=engine.clock.now(),
        )
    with engine.begin() as session:
        found = get_active_policy(session, organization_id=engine.organization_id)
    assert (found.id, found.policy.name) == (made.id, "Policy")
    assert found.version.settings["max_retries"] == 1


def test_new_recoveries_are_planned_by_the_active_policy(engine):
    with engine.begin() as session:
        create_policy(
            session,
            organization_id=engine.organization_id,
            wish=PolicyWish("Ladder", is_active=True, terms={"strategy": "ladder", "ladder_minutes": [7, 70]}),
            actor="tests",
            request_id=None,
            now=engine.clock.now(),
        )
    engine.report()
    begun = engine.clock.now()
    engine.work_when_due()
    assert (engine.clock.now() - begun).total_seconds() == 7 * 60
