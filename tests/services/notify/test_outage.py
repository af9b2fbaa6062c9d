"""While the provider fails, nobody is asked to pay there; afterwards, or after a day, everybody is."""

from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from tests.factories.messaging import PAYER, make_office
from tests.factories.recoveries import DAY, HOUR, MINUTE


@dataclass
class Outage:
    """Stands in for `Outages`: the provider fails since then, if at all."""

    begun: datetime | None = None

    def since(self, session, *, organization, gateway, now):
        del session, organization, gateway, now
        return self.begun


@pytest.fixture
def outage():
    return Outage()


@pytest.fixture
def office(engine_container, outage):
    return make_office(replace(engine_container, mailroom=replace(engine_container.mailroom, outages=outage)))


def test_a_message_waits_for_the_end_of_an_outage(office, outage):
    outage.begun = office.now
    office.fail()
    assert office.deliver() == []
    held = office.messages()[0]
    assert (held.status, held.error_code, held.tries) == ("queued", "provider_down", 0)
    assert 10 * MINUTE <= held.wake_at - office.now <= 20 * MINUTE

    office.engine.go_to(held.wake_at)
    assert office.deliver() == []
    outage.begun = None
    office.engine.clock.advance(20 * MINUTE)
    (mail,) = office.deliver()
    assert mail.event == "payment_failed_action_needed"
    assert office.messages()[0].status == "sent"


def test_after_a_day_it_goes_out_all_the_same(office, outage):
    outage.begun = office.now - DAY + HOUR
    office.fail()
    assert office.deliver() == []
    for _ in range(10):
        office.engine.clock.advance(20 * MINUTE)
        if office.deliver():
            break
    sent = office.messages()[0]
    assert (sent.status, sent.tries) == ("sent", 1)
    assert HOUR <= sent.sent_at - (outage.begun + DAY - HOUR) <= HOUR + 20 * MINUTE


def test_what_is_held_back_does_not_travel_in_anothers_digest(office, outage):
    outage.begun = office.now
    office.fail("order-1")
    office.fail("order-2", customer={**PAYER})
    assert office.deliver() == []
    assert [message.digest_id for ref in ("order-1", "order-2") for message in office.messages(ref)] == [None] * 4
