"""A test organization's clock carries its messages along, in order."""

from datetime import timedelta

from app.services import clock as clocks
from tests.factories.messaging import make_office
from tests.factories.recoveries import DAY


def test_advancing_the_clock_sends_what_falls_due_on_the_way(engine_container):
    office = make_office(engine_container)
    office.engine.report("order-1", failure_reason="lost_card", customer={"email": "payer@example.com"})
    with office.begin() as session:
        clocks.start_advance(session, organization_id=office.engine.organization_id, by=40 * DAY, now=office.now)
    arrived = clocks.pursue(
        office.begin,
        payments=office.engine.payments,
        crypto=office.engine.container.crypto,
        clock=office.engine.clock,
        organization_id=office.engine.organization_id,
        budget=timedelta(seconds=30),
        room=office.room,
    )
    assert arrived
    assert [mail.event for mail in office.channels.sent] == ["payment_failed_action_needed", "last_notice"]
    first, last = office.channels.sent
    assert timedelta(days=20) < last.sent_at - first.sent_at < 30 * DAY
    assert office.engine.recovery().status == "exhausted"
