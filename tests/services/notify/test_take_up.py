"""What is read again when a message is taken up, and what leaves then: once, for whom it is meant, in which words."""

import pytest
from sqlalchemy import text

from app.db.models import MessageTemplate, MessageTemplateVersion
from app.domain.ids import MESSAGE, TEMPLATE, new_id
from app.domain.notify.events import Event
from app.domain.notify.port import Channel
from app.domain.notify.states import MessageStatus
from app.domain.notify.texts import Text
from app.services.notify.opt_outs import opt_out
from app.services.notify.receipts import record_receipt
from app.services.notify.reports import Receipt
from app.services.notify.take_up import take_up
from app.services.notify.templates import Place, create_template
from app.services.recovery import act
from tests.factories.messaging import make_office
from tests.factories.recoveries import LEASE, MINUTE

OURS = "Your payment of ₹50.00 to Harbour Books did not go through"
PLACE = Place(Event.ACTION_NEEDED, Channel.EMAIL, "en")


@pytest.fixture
def office(engine_container):
    return make_office(engine_container)


def test_a_message_that_is_not_there_is_not_taken_up(office):
    with office.begin() as session:
        assert take_up(session, room=office.room, message_id="msg_none", fence=1, now=office.now) is None
        assert opt_out(session, message_id="msg_none", source="payer", now=office.now) is False
    assert office.channels.sent == []


def test_what_was_ended_while_it_was_in_hand_is_put_down_and_not_sent(office):
    office.fail()
    (claimed,) = office.sweep()
    ended = text("UPDATE messages SET status = 'suppressed', wake_at = NULL WHERE id = :id")
    with office.begin() as session:
        session.execute(ended, {"id": claimed.id})
    assert office.run(claimed) is False
    message = office.messages()[0]
    assert (message.status, message.leased_until, message.wake_at) == ("suppressed", None, None)
    assert message.tries == 0
    assert office.channels.sent == []


def test_a_dead_worker_makes_nothing_unknown_that_was_reported_delivered(office):
    office.fail("order-1")
    office.fail("order-2")
    lead, member = office.sweep()
    with office.begin() as session:
        job = take_up(session, room=office.room, message_id=lead.id, fence=lead.fence, now=office.now)
    assert job is not None
    report = Receipt(Channel.EMAIL, "overtaken", MessageStatus.DELIVERED, message_id=member.id)
    with office.begin() as session:
        assert record_receipt(session, room=office.room, receipt=report, now=office.now) is True
    office.engine.clock.advance(LEASE + MINUTE)
    assert office.deliver() == []
    assert office.story("order-1")[0][1:] == ("unknown", "worker_lost")
    assert office.story("order-2")[0][1:] == ("delivered", "")


def test_a_digest_leaves_out_what_may_not_be_sent(office):
    office.fail("order-1")
    office.fail("order-2")
    first, _ = office.sweep()
    with office.begin() as session:
        act.cancel(
            session,
            organization_id=office.engine.organization_id,
            recovery_id=office.engine.recoveries["order-2"],
            actor="usr_1",
            now=office.now,
        )
    assert office.run(first) is True
    (mail,) = office.channels.sent
    assert mail.event == "payment_failed_action_needed"
    assert "order-2" not in mail.text
    left = office.messages("order-2")[0]
    assert (left.digest_id, left.link_id, left.tries) == (None, None, 0)


def test_the_merchants_own_text_is_sent_and_the_message_names_its_version(office):
    own = Text("Please pay {{ merchant }}", "Once more: {{ link_url }} {{ code }} {{ verify_url }}", None)
    with office.begin() as session:
        row = create_template(
            session,
            organization_id=office.engine.organization_id,
            place=PLACE,
            text=own,
            actor="usr_1",
            request_id=None,
            now=office.now,
        )
        template_id = row.id
    office.fail()
    (mail,) = office.deliver()
    assert mail.subject == "Please pay Harbour Books"
    assert mail.text.startswith("Once more: http")
    message = office.messages()[0]
    assert (message.template_id, message.template_version, message.error_detail) == (template_id, 1, None)


def test_a_text_that_cannot_be_filled_in_is_replaced_by_the_usual_one_and_the_message_says_why(office):
    wanted = {"event": PLACE.event, "channel": PLACE.channel, "locale": PLACE.locale}
    where = {"organization_id": office.engine.organization_id, "created_at": office.now}
    with office.begin() as session:
        template = MessageTemplate(id=new_id(TEMPLATE, now=office.now), version=1, **where, **wanted)
        session.add(template)
        session.flush()
        broken = {"subject": "Hello", "body": "{{ nobody.knows }}", "html": None}
        session.add(
            MessageTemplateVersion(
                template_id=template.id, version=1, created_at=office.now, created_by="usr_1", **broken
            )
        )
    office.fail()
    (mail,) = office.deliver()
    assert mail.subject == OURS
    message = office.messages()[0]
    assert (message.status, message.template_id, message.template_version) == ("sent", None, None)
    assert message.error_detail


def test_a_report_that_names_an_id_of_nobodys_is_known_by_the_providers(office):
    office.fail()
    office.deliver()
    sent = office.messages()[0]
    stranger = new_id(MESSAGE, now=office.now)
    report = Receipt(Channel.EMAIL, sent.provider_id, MessageStatus.DELIVERED, message_id=stranger)
    with office.begin() as session:
        assert record_receipt(session, room=office.room, receipt=report, now=office.now) is True
    assert office.messages()[0].status == "delivered"
