"""What providers report, in their own words, and what it does to a message: forwards only."""

import pytest
from sqlalchemy import select

from app.db.models import DeadAddress, Message, OptOut
from app.domain.notify.port import Channel, SendOutcome, SendResult
from app.domain.notify.states import MessageStatus
from app.domain.recovery.policy import Policy
from app.services.notify.receipts import record_receipt
from app.services.notify.reports import Receipt, mail_receipt, read_meta, read_twilio
from tests.factories.messaging import PAYER, make_office
from tests.factories.recoveries import DAY, LEASE, MINUTE

# As Twilio's documents show them, with fields that are not read.
TWILIO = {
    "AccountSid": "AC00000000000000000000000000000000",
    "ApiVersion": "2010-04-01",
    "From": "+15005550006",
    "MessageSid": "SM1",
    "MessageStatus": "delivered",
    "SmsSid": "SM1",
    "SmsStatus": "delivered",
    "To": "+919876543210",
}


def meta(status, wamid="wamid.1", **more):
    """Return a webhook as Meta's documents show it."""
    told = {"id": wamid, "status": status, "timestamp": "1603086313", "recipient_id": "919876543210", **more}
    metadata = {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": [told]}
    change = {"value": value, "field": "messages"}
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [change]}]}


@pytest.fixture
def office(engine_container):
    """A merchant who wrote to a payer by SMS, and may write by mail."""
    office = make_office(engine_container, policy=Policy(enabled_channels=("sms", "email")))
    office.fail()
    assert len(office.deliver()) == 1
    return office


def take(office, *receipts):
    with office.begin() as session:
        return [record_receipt(session, room=office.room, receipt=each, now=office.now) for each in receipts]


def receipt_of(office, status, **more):
    message = office.messages()[0]
    return Receipt(Channel(message.channel), message.provider_id, status, **more)


def rows(office, model):
    with office.begin() as session:
        return session.scalars(select(model).where(model.organization_id == office.engine.organization_id)).all()


@pytest.mark.parametrize(
    ("status", "code", "becomes", "dead", "stop"),
    [
        ("sent", None, MessageStatus.SENT, False, False),
        ("delivered", None, MessageStatus.DELIVERED, False, False),
        ("read", None, MessageStatus.DELIVERED, False, False),
        ("undelivered", "30005", MessageStatus.BOUNCED, True, False),
        ("undelivered", "30003", MessageStatus.BOUNCED, False, False),
        ("failed", "21610", MessageStatus.FAILED, False, True),
    ],
)
def test_twilio_is_understood(status, code, becomes, dead, stop):
    form = TWILIO | {"MessageStatus": status} | ({"ErrorCode": code} if code else {})
    assert read_twilio(form, message_id="msg_1") == [Receipt(Channel.SMS, "SM1", becomes, code, dead, stop, "msg_1")]


@pytest.mark.parametrize("status", ["accepted", "queued", "sending", "scheduled", "receiving", "", "news"])
def test_what_twilio_says_on_the_way_changes_nothing(status):
    assert read_twilio(TWILIO | {"MessageStatus": status}, message_id=None) == []


def test_whatsapp_over_twilio_is_told_apart():
    form = TWILIO | {"To": "whatsapp:+919876543210", "From": "whatsapp:+14155238886", "MessageStatus": "failed"}
    (receipt,) = read_twilio(form | {"ErrorCode": "63003"}, message_id=None)
    assert (receipt.channel, receipt.dead) == (Channel.WHATSAPP, True)


def test_meta_is_understood():
    error = {"code": 131026, "title": "Message undeliverable", "error_data": {"details": "…"}}
    body = meta("failed", errors=[error], biz_opaque_callback_data="msg_1")
    expected = Receipt(Channel.WHATSAPP, "wamid.1", MessageStatus.FAILED, "131026", dead=True, message_id="msg_1")
    assert read_meta(body) == [expected]
    priced = meta("sent", conversation={"id": "c1", "origin": {"type": "utility"}}, pricing={"billable": True})
    assert read_meta(priced) == [Receipt(Channel.WHATSAPP, "wamid.1", MessageStatus.SENT)]
    assert [each.status for each in read_meta(meta("read"))] == ["delivered"]


@pytest.mark.parametrize(
    "body", [None, [], {"entry": 3}, {"entry": [{"changes": [{"value": None}, 4]}]}, meta("deleted")]
)
def test_what_meta_sends_in_another_shape_is_left_out(body):
    assert read_meta(body) == []


def test_a_delivery_is_written_down_once_with_its_time(office):
    office.engine.clock.advance(MINUTE)
    delivered = receipt_of(office, MessageStatus.DELIVERED)
    assert take(office, delivered, delivered, receipt_of(office, MessageStatus.SENT)) == [True, True, True]
    message = office.messages()[0]
    assert (message.status, message.delivered_at) == ("delivered", office.now)
    assert [what for what, _ in office.engine.timeline()].count("message_delivered") == 1


@pytest.mark.parametrize("late", [MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.BOUNCED])
def test_late_reports_move_no_delivered_text_backwards_and_kill_no_address(office, late):
    take(office, receipt_of(office, MessageStatus.DELIVERED), receipt_of(office, late, dead=True))
    assert office.messages()[0].status == "delivered"
    assert rows(office, DeadAddress) == []
    assert len(office.messages()) == 2


def test_mail_that_was_delivered_can_still_be_given_back(engine_container):
    office = make_office(engine_container)
    office.fail()
    office.deliver()
    message = office.messages()[0]
    told = {"message_id": f"<{message.id}@shop.test>", "permanent": True, "code": "5.1.1"}
    take(office, mail_receipt(kind="delivered", **told), mail_receipt(kind="bounce", **told))
    assert office.messages()[0].status == "bounced"
    (dead,) = rows(office, DeadAddress)
    assert (dead.channel, dead.recipient_hash, dead.error_code) == ("email", message.recipient_hash, "5.1.1")


def test_a_bounce_kills_the_address_and_the_next_channel_carries_the_news_once(office):
    bounce = receipt_of(office, MessageStatus.BOUNCED, error_code="30005", dead=True)
    take(office, bounce, bounce)
    (mail,) = office.deliver()
    assert (mail.channel, mail.recipient, mail.event) == ("email", "payer@example.com", "payment_failed_action_needed")
    first, second = (m for m in office.messages() if m.event == "payment_failed_action_needed")
    assert (first.status, second.step) == ("bounced", f"{first.step}>email")
    office.engine.clock.advance(DAY)
    assert office.deliver() == []
    assert [(row.channel, row.error_code) for row in rows(office, DeadAddress)] == [("sms", "30005")]


def test_a_report_that_overtakes_the_answer_counts(engine_container):
    office = make_office(engine_container)
    office.fail()

    def report_first(message):
        delivered = Receipt(Channel.EMAIL, "early", MessageStatus.DELIVERED, message_id=message.message_id)
        assert take(office, delivered) == [True]

    office.channels.before_send = report_first
    assert len(office.deliver()) == 1
    message = office.messages()[0]
    assert (message.status, message.provider_id) == ("delivered", "early")
    assert message.sent_at == message.delivered_at == office.now


def test_a_report_mends_what_nobody_knew(office):
    office.engine.clock.advance(DAY)
    office.fail("order-2", customer={**PAYER, "ref": "cus_2", "phone": "+919876543211"})
    office.channels.answers.append(SendResult(SendOutcome.UNKNOWN, error_code="no_reply"))
    office.deliver()
    message = office.messages("order-2")[0]
    assert message.status == "unknown"
    take(office, Receipt(Channel.SMS, "SM9", MessageStatus.DELIVERED, message_id=message.id))
    assert office.messages("order-2")[0].status == "delivered"


def test_a_report_on_a_digest_reaches_all_that_it_carried(engine_container):
    office = make_office(engine_container)
    for ref in ("order-1", "order-2", "order-3"):
        office.fail(ref)
    (mail,) = office.deliver()
    take(office, Receipt(Channel.EMAIL, f"fake:{mail.message_id}", MessageStatus.DELIVERED))
    assert {office.messages(ref)[0].status for ref in ("order-1", "order-2", "order-3")} == {"delivered"}


def test_what_has_not_left_cannot_be_reported_on(engine_container):
    office = make_office(engine_container)
    office.fail()
    message = office.messages()[0]
    delivered = Receipt(Channel.EMAIL, "x", MessageStatus.DELIVERED, dead=True, message_id=message.id)
    wrong_channel = Receipt(Channel.SMS, "x", MessageStatus.DELIVERED, message_id=message.id)
    nobodys = Receipt(Channel.SMS, "SM404", MessageStatus.DELIVERED)
    assert take(office, delivered, wrong_channel, nobodys) == [False, False, False]
    assert office.messages()[0].status == "queued"
    assert rows(office, DeadAddress) == []


def test_a_complaint_is_a_wish_to_be_left_alone_on_every_channel(engine_container):
    office = make_office(engine_container, policy=Policy(enabled_channels=("email", "sms")))
    office.fail()
    office.deliver()
    message = office.messages()[0]
    take(office, mail_receipt(message_id=message.id, kind="complaint", permanent=True, code=None))
    (row,) = rows(office, OptOut)
    assert (row.source, row.created_by, row.recipient_hint) == ("email", "payer", "p…@example.com")
    office.engine.clock.advance(DAY)
    office.fail("order-2")
    assert office.deliver() == []
    assert [m.channel for m in office.messages("order-2")] == ["email", "email"]


def test_who_told_the_provider_to_stop_is_not_followed_to_another_channel(office):
    take(office, receipt_of(office, MessageStatus.FAILED, error_code="21610", stop=True))
    assert office.messages()[0].status == "failed"
    assert office.deliver() == []
    assert [m.channel for m in office.messages()] == ["sms", "sms"]


def test_a_task_that_is_delivered_twice_takes_nobody_for_dead(engine_container):
    office = make_office(engine_container)
    office.fail()
    (claimed,) = office.sweep()

    def deliver_again(_):
        office.channels.before_send = None
        assert office.run(claimed) is False

    office.channels.before_send = deliver_again
    office.channels.answers.append(SendResult(SendOutcome.TRANSIENT, error_code="busy"))
    assert office.run(claimed) is True
    message = office.messages()[0]
    assert (message.status, message.error_code) == ("queued", "busy")
    office.engine.clock.advance(LEASE)
    assert len(office.deliver()) == 1


def test_rows_of_messages_name_the_contact_for_replies(office):
    with office.begin() as session:
        statement = select(Message.contact_hash).where(Message.organization_id == office.engine.organization_id)
        assert None not in session.scalars(statement).all()
