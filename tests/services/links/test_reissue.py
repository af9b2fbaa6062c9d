"""Fresh links in place of old ones: never for one that works, and not without end."""

from datetime import timedelta

import pytest

from app.domain.errors import RateLimitedError
from app.domain.links.errors import LinkGoneError, LinkStillValidError
from app.services.links.issue import revoke_link
from app.services.links.reissue import MOST_PER_LINK, MOST_PER_RECOVERY, reissue

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ask(engine):
    engine.report(customer={"email": "payer@example.com"}, failure_reason="lost_card")

    def ask(issued):
        with engine.begin() as session:
            reissue(session, tokens=engine.container.link_tokens, token=issued.token, now=engine.clock.now())

    return ask


def expired(engine, payer):
    issued = payer.link(ttl=MINUTE)
    engine.clock.advance(MINUTE)
    return issued


def waiting(engine):
    return [message.payload["event"] for message in engine.outbox() if message.topic == "message.plan"]


def test_a_link_that_works_is_not_replaced(engine, payer, ask):
    with pytest.raises(LinkStillValidError):
        ask(payer.link())
    assert waiting(engine) == []


def test_a_link_that_was_withdrawn_is_not_replaced(engine, payer, ask):
    issued = payer.link()
    with engine.begin() as session:
        for _ in range(2):
            revoke_link(
                session,
                organization_id=engine.organization_id,
                link_id=issued.link_id,
                actor="usr_1",
                now=engine.clock.now(),
            )
    with pytest.raises(LinkGoneError) as gone:
        ask(issued)
    assert gone.value.code == "link_revoked"
    assert [what for what, _ in engine.timeline()].count("link_revoked") == 1
    assert waiting(engine) == []


def test_one_link_is_replaced_three_times_and_not_within_a_minute(engine, payer, ask):
    issued = expired(engine, payer)
    for _ in range(MOST_PER_LINK):
        ask(issued)
        with pytest.raises(RateLimitedError):
            ask(issued)
        engine.clock.advance(MINUTE)
    with pytest.raises(RateLimitedError) as refused:
        ask(issued)
    assert refused.value.retry_after == timedelta(days=1)
    assert waiting(engine) == ["link_reissued"] * MOST_PER_LINK


def test_one_recovery_has_ten_links_replaced_and_no_more(engine, payer, ask):
    for _ in range(MOST_PER_RECOVERY):
        ask(expired(engine, payer))
    with pytest.raises(RateLimitedError):
        ask(expired(engine, payer))
    assert len(waiting(engine)) == MOST_PER_RECOVERY
