"""Telling payers of automatic tries and of cards that end before them: where the policy wants it, and what is so."""

from datetime import timedelta

import pytest

from app.domain.recovery.policy import Policy
from app.services import clock as clocks
from app.services.notify.notices import plan_notices
from app.services.recovery import act
from tests.factories.messaging import PAYER, make_office
from tests.factories.recoveries import DAY, HOUR, MINUTE

ANNOUNCES = Policy(notify_retry_scheduled=True, initial_delay_minutes=180, max_retries=2)
WARNS = Policy(notify_card_expiring=True, initial_delay_minutes=180)
CARD = {"type": "card", "token": "pm_sandbox_insufficient_funds", "brand": "visa", "last4": "4242"}


@pytest.fixture
def announcing(engine_container):
    return make_office(engine_container, policy=ANNOUNCES)


def ended(office, months=0):
    """Return a card that ended so many months ago."""
    year, month = divmod(office.now.year * 12 + office.now.month - 2 - months, 12)
    return {**CARD, "exp_month": month + 1, "exp_year": year}


def fails(office, ref="order-1", **facts):
    office.fail(ref, reason="insufficient_funds", **{"payment_method": CARD, **facts})


def notice(office) -> int:
    with office.begin() as session:
        return plan_notices(session, room=office.room, organization_id=office.engine.organization_id, now=office.now)


def test_by_default_nobody_is_told_of_automatic_tries(engine_container):
    office = make_office(engine_container)
    fails(office, payment_method=ended(office))
    assert notice(office) == 0
    assert office.messages() == []


def test_a_planned_try_is_announced_once_with_its_time(announcing):
    fails(announcing)
    assert (notice(announcing), notice(announcing)) == (1, 0)
    (mail,) = announcing.deliver()
    charge = announcing.engine.attempts()[0]
    assert mail.event == "retry_scheduled"
    assert mail.subject == "Your payment of ₹50.00 to Harbour Books will be tried again"
    assert "You need not do anything now" in mail.text
    assert "We will try it again by ourselves on Wednesday" in mail.text
    assert charge.due_at - announcing.now == timedelta(hours=3)
    assert [m.step for m in announcing.messages()] == [f"retry_scheduled:{charge.id}"]


def test_each_try_is_announced_for_itself(announcing):
    fails(announcing)
    notice(announcing)
    announcing.deliver()
    announcing.engine.clock.advance(3 * HOUR)
    announcing.tick()
    assert notice(announcing) == 1
    assert [m.event for m in announcing.messages()] == ["retry_scheduled", "retry_scheduled"]


def test_no_try_is_announced_that_is_no_longer_planned(announcing):
    fails(announcing, payment_method={**CARD, "token": "pm_sandbox_hard_decline"})
    notice(announcing)
    announcing.engine.clock.advance(3 * HOUR)
    announcing.tick()
    announcing.tick()
    events = {mail.event for mail in announcing.deliver()}
    assert events == {"payment_failed_action_needed"}
    assert announcing.story()[0] == ("retry_scheduled", "suppressed", "nothing_planned")


def test_who_was_told_of_a_try_is_still_asked_when_only_they_can_help(announcing):
    fails(announcing, payment_method={**CARD, "token": "pm_sandbox_hard_decline"})
    notice(announcing)
    assert len(announcing.deliver()) == 1
    links = [a for a in announcing.engine.attempts() if a.kind == "link"]
    assert [(a.status, a.decision["rule"]) for a in links] == [("scheduled", "notice.link")]
    announcing.engine.clock.advance(3 * HOUR)
    announcing.tick()
    announcing.tick()
    links = [a for a in announcing.engine.attempts() if a.kind == "link"]
    assert [(a.status, a.decision["rule"]) for a in links] == [("scheduled", "hard_decline.link")]
    announcing.engine.clock.advance(DAY)
    assert [mail.event for mail in announcing.deliver()] == ["payment_failed_action_needed"]


def test_who_was_told_of_a_try_is_asked_when_the_merchant_reports_that_only_they_can_help(announcing):
    fails(announcing)
    notice(announcing)
    (announced,) = announcing.deliver()
    told_at = announcing.now
    announcing.engine.clock.advance(HOUR)
    announcing.fail(reason="lost_card", payment_method=CARD)
    charge, link = sorted(announcing.engine.attempts(), key=lambda attempt: attempt.kind)
    assert (charge.status, link.status, link.decision["rule"]) == ("cancelled", "scheduled", "hard_decline.link")
    assert (link.decision["earlier"]["rule"], link.due_at) == ("notice.link", told_at + HOUR)
    announcing.engine.clock.advance(DAY)
    (asked,) = announcing.deliver()
    assert (announced.event, asked.event) == ("retry_scheduled", "payment_failed_action_needed")
    whats = [what for what, _ in announcing.engine.timeline()]
    assert whats.count("attempt_replanned") == 1


def test_an_offered_link_does_not_keep_the_next_try_from_being_planned(announcing):
    fails(announcing)
    notice(announcing)
    announcing.deliver()
    answer = announcing.engine.report(failure_reason="insufficient_funds", payment_method=CARD, customer=PAYER)
    kinds = {attempt.kind: (attempt.status, attempt.decision["rule"]) for attempt in announcing.engine.attempts()}
    assert kinds["link"] == ("scheduled", "notice.link")
    assert kinds["charge"][0] == "scheduled"
    assert answer["recovery"]["next_attempt_kind"] == "charge"


def test_a_paused_try_is_announced_when_it_goes_on(announcing):
    fails(announcing)
    notice(announcing)
    where = {
        "organization_id": announcing.engine.organization_id,
        "recovery_id": announcing.engine.recoveries["order-1"],
    }
    with announcing.begin() as session:
        act.pause(session, **where, actor="usr_1", now=announcing.now)
    assert announcing.deliver() == []
    assert announcing.story() == [("retry_scheduled", "queued", "paused")]


def test_whoever_cannot_be_reached_is_looked_at_once(announcing):
    fails(announcing, customer={"ref": "cus_9"})
    assert (notice(announcing), notice(announcing)) == (1, 0)
    assert [what for what, _ in announcing.engine.timeline()].count("message_impossible") == 1


def test_a_card_that_ends_before_the_next_try_is_warned_of_once(engine_container):
    office = make_office(engine_container, policy=WARNS)
    fails(office, payment_method=ended(office))
    assert notice(office) == 1
    (mail,) = office.deliver()
    assert mail.event == "card_expiring"
    assert mail.subject == "Your card ends before we try your payment of ₹50.00 to Harbour Books again"
    assert "your card Visa 4242, good through" in mail.text
    assert "/pay/retry/" in mail.text
    office.engine.clock.advance(3 * HOUR)
    office.tick()
    assert notice(office) == 1
    assert [m.step for m in office.messages()] == ["card_expiring"]


@pytest.mark.parametrize("method", [CARD, {**CARD, "exp_month": "?", "exp_year": "soon"}, {"months": 3}])
def test_a_card_that_lives_on_or_whose_end_nobody_told_is_not_warned_of(engine_container, method):
    office = make_office(engine_container, policy=WARNS)
    method = ended(office, months=-14) if "months" in method else method
    fails(office, payment_method=method)
    assert notice(office) == 1
    assert office.messages() == []


def test_a_warning_takes_the_place_of_the_announcement(engine_container):
    office = make_office(engine_container, policy=Policy(notify_card_expiring=True, notify_retry_scheduled=True))
    fails(office, payment_method=ended(office))
    notice(office)
    assert [m.event for m in office.messages()] == ["card_expiring"]
    office.engine.clock.advance(2 * HOUR)
    office.tick()
    notice(office)
    assert [m.event for m in office.messages()] == ["card_expiring", "retry_scheduled"]


def test_a_warning_is_not_lost_in_a_digest(engine_container):
    office = make_office(engine_container, policy=WARNS)
    fails(office, "order-1", payment_method=ended(office))
    notice(office)
    office.engine.clock.advance(MINUTE)
    office.fail("order-2")
    mails = office.deliver()
    assert [mail.event for mail in mails] in (["card_expiring"], ["payment_failed_action_needed"])


def test_other_merchants_are_not_looked_at(announcing):
    fails(announcing)
    other = announcing.engine.another(policy=ANNOUNCES)
    with announcing.begin() as session:
        seen = plan_notices(session, room=announcing.room, organization_id=other.organization_id, now=announcing.now)
    assert seen == 0
    with announcing.begin() as session:
        assert plan_notices(session, room=announcing.room, now=announcing.now) == 1


def test_a_test_clock_carries_announcements_along(announcing):
    announcing.engine.report("order-1", customer=PAYER, payment_method=CARD)
    where = {"organization_id": announcing.engine.organization_id}
    with announcing.begin() as session:
        clocks.start_advance(session, **where, by=2 * DAY, now=announcing.now)
    assert clocks.pursue(
        announcing.begin,
        payments=announcing.engine.payments,
        crypto=announcing.engine.container.crypto,
        clock=announcing.engine.clock,
        budget=timedelta(seconds=30),
        room=announcing.room,
        **where,
    )
    assert announcing.channels.sent[0].event == "retry_scheduled"
