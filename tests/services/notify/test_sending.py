"""Messages from plan to provider: once, at a decent hour, to nobody who should not get one."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.db.models import Organization, Recovery, Transaction
from app.domain.money import Money
from app.domain.notify.port import Channel, Effect, SendOutcome, SendResult
from app.domain.recovery.policy import Policy
from app.services.notify.mailroom import read_unsubscribe
from app.services.notify.plan import plan_message
from app.services.payments.capture import record_capture
from app.services.recovery import act
from tests.factories.messaging import PAYER, make_office
from tests.factories.recoveries import DAY, HOUR, LEASE, MINUTE
from tests.fakes.channels import FakeChannels


@pytest.fixture
def office(engine_container):
    return make_office(engine_container)


def pay(office, ref="order-1"):
    with office.begin() as session:
        recovery = session.get_one(Recovery, office.engine.recoveries[ref])
        record_capture(
            session,
            transaction=session.get_one(Transaction, recovery.transaction_id),
            psp_account_id=office.engine.account().account_id,
            psp_payment_id=f"pay_{ref}_{office.engine.organization_id}",
            money=Money(5000, "INR"),
            attempt_id=None,
            via="external",
            now=office.now,
        )


def test_payers_know_the_merchant_by_the_name_that_it_shows(office):
    with office.begin() as session:
        session.get_one(Organization, office.engine.organization_id).display_name = "The Old Pier"
    office.fail()
    (mail,) = office.deliver()
    assert mail.sender_name == "The Old Pier"
    for part in (mail.subject, mail.text, mail.html):
        assert "The Old Pier" in part
        assert "Harbour Books" not in part


def test_a_hard_decline_leads_to_one_message_with_a_link_a_code_and_the_truth(office):
    office.fail()
    (mail,) = office.deliver()
    first, last = office.messages()
    assert (mail.channel, mail.recipient, mail.event) == ("email", "payer@example.com", "payment_failed_action_needed")
    assert mail.subject == "Your payment of ₹50.00 to Harbour Books did not go through"
    assert "Hello Asha," in mail.text
    assert "We will not try it again by ourselves." in mail.text
    assert f"{first.code[:4]}-{first.code[4:]}" in mail.text
    assert "/verify" in mail.text
    assert "/pay/retry/" in mail.text
    assert 'href="http://127.0.0.1:8000/pay/retry/' in mail.html
    assert "script" not in mail.html
    assert "<img" not in mail.html
    assert (first.status, first.provider_id, first.tries) == ("sent", f"fake:{first.id}", 1)
    assert first.recipient_hint == "p…@example.com"
    assert b"payer" not in first.recipient
    assert (last.event, last.status) == ("last_notice", "queued")
    assert last.wake_at == office.engine.recovery().window_ends_at - timedelta(days=2)
    assert office.deliver() == []
    assert [what for what, _ in office.engine.timeline()][-2:] == ["link_created", "message_sent"]


def test_a_planned_retry_is_announced_with_its_time(engine_container):
    office = make_office(engine_container, policy=Policy(link_after_attempt=1, initial_delay_minutes=60))
    office.fail(reason="insufficient_funds", token="pm_sandbox_insufficient_funds")
    office.engine.work_when_due()
    office.tick()
    (mail,) = office.deliver()
    charge = next(a for a in office.engine.attempts() if a.kind == "charge" and a.status == "scheduled")
    assert "We will try it again by ourselves on Wednesday" in mail.text
    assert charge.due_at > office.now


def test_quiet_hours_hold_a_message_until_the_payers_morning(office):
    office.wait_until(4, 15)  # Friday, half past eight in the evening in India
    office.fail()
    assert office.deliver() == []
    message = office.messages()[0]
    assert (message.status, message.error_code) == ("queued", "quiet_hours")
    assert message.wake_at == office.now + timedelta(days=2, hours=12, minutes=30)
    office.engine.go_to(message.wake_at)
    assert len(office.deliver()) == 1


@pytest.mark.parametrize("how", ["paid", "cancelled"])
def test_nobody_is_written_to_who_paid_or_whose_recovery_was_cancelled_meanwhile(office, how):
    office.fail()
    if how == "paid":
        pay(office)
    else:
        with office.begin() as session:
            act.cancel(
                session,
                organization_id=office.engine.organization_id,
                recovery_id=office.engine.recoveries["order-1"],
                actor="usr_1",
                now=office.now,
            )
    assert office.deliver() == []
    assert office.messages()[0].status == "suppressed"
    office.engine.clock.advance(29 * DAY)
    assert office.deliver() == []
    assert {m.status for m in office.messages()} == {"suppressed"}


def test_a_promise_silences_messages_until_its_day(office):
    office.fail()
    day = office.now + 2 * DAY
    with office.begin() as session:
        session.get_one(Recovery, office.engine.recoveries["order-1"]).promised_for = day
    assert office.deliver() == []
    assert (office.messages()[0].error_code, office.messages()[0].wake_at) == ("promised_for", day)


def test_a_dead_worker_leaves_a_message_unknown_and_nobody_sends_it_again(office):
    office.fail()
    message_id = office.die_after_claim()
    assert office.deliver() == []
    office.engine.clock.advance(LEASE + MINUTE)
    assert office.deliver() == []
    message = office.messages()[0]
    assert (message.id, message.status, message.error_code) == (message_id, "unknown", "worker_lost")
    office.engine.clock.advance(HOUR)
    assert office.deliver() == []


def test_an_answer_that_comes_after_the_lease_still_counts(office):
    office.fail()
    (claimed,) = office.sweep()

    def dawdle(_):
        office.channels.before_send = None
        office.engine.clock.advance(LEASE + MINUTE)
        assert office.deliver() == []

    office.channels.before_send = dawdle
    office.run(claimed)
    assert office.messages()[0].status == "sent"
    assert len(office.channels.sent) == 1


def test_what_was_not_sent_is_sent_later_and_given_up_in_the_end(office):
    office.fail()
    office.channels.answers.extend([SendResult(SendOutcome.TRANSIENT, error_code="busy")] * 8)
    for _ in range(7):
        assert office.deliver() == []
        assert (office.messages()[0].status, office.messages()[0].error_code) == ("queued", "busy")
        office.engine.go_to(office.messages()[0].wake_at)
    office.deliver()
    assert office.messages()[0].status in {"failed", "queued"}
    assert office.channels.sent == []


def test_an_unknown_outcome_is_final(office):
    office.fail()
    office.channels.answers.append(SendResult(SendOutcome.UNKNOWN, error_code="no_reply"))
    office.deliver()
    office.engine.clock.advance(DAY)
    assert office.deliver() == []
    assert office.messages()[0].status == "unknown"


def test_a_dead_address_gets_nothing_again_and_the_next_channel_is_taken(engine_container):
    office = make_office(engine_container, policy=Policy(enabled_channels=("email", "sms")))
    office.fail()
    office.channels.answers.append(SendResult(SendOutcome.PERMANENT, error_code="550", effect=Effect.DEAD))
    office.deliver()
    assert office.messages()[0].status == "failed"
    office.fail("order-2")
    assert office.messages("order-2")[0].channel == "sms"
    (sms,) = office.deliver()
    assert (sms.recipient, sms.html) == ("+919876543210", "")


def test_who_opted_out_at_the_provider_is_left_alone(office):
    office.fail()
    office.channels.answers.append(SendResult(SendOutcome.PERMANENT, error_code="21610", effect=Effect.OPTED_OUT))
    office.deliver()
    office.engine.clock.advance(DAY)
    office.fail("order-2")
    assert office.deliver() == []
    assert office.story("order-2")[0] == ("payment_failed_action_needed", "suppressed", "opted_out")


def test_one_payer_gets_one_digest_for_several_payments(office):
    for ref in ("order-1", "order-2", "order-3"):
        office.fail(ref)
    (mail,) = office.deliver()
    assert mail.event == "digest"
    assert all(ref in mail.text for ref in ("order-1", "order-2", "order-3"))
    assert mail.text.count("/pay/retry/") == 3
    firsts = [office.messages(ref)[0] for ref in ("order-1", "order-2", "order-3")]
    assert {m.status for m in firsts} == {"sent"}
    assert len({m.digest_id for m in firsts} - {None}) == 1
    assert office.deliver() == []


def test_the_cap_per_day_counts_over_all_recoveries(office):
    office.fail("order-1")
    assert len(office.deliver()) == 1
    office.fail("order-2")
    assert office.deliver() == []
    waiting = office.messages("order-2")[0]
    assert (waiting.status, waiting.error_code) == ("queued", "daily_cap")
    office.engine.go_to(waiting.wake_at)
    (mail,) = office.deliver()
    assert "order-2" in mail.text


def test_two_workers_never_overlook_each_others_message(office):
    office.fail("order-1")
    office.fail("order-2")
    first, second = office.sweep()
    assert office.run(first) is True
    assert office.run(second) is False
    assert len(office.channels.sent) == 1


def test_other_payers_are_not_in_the_digest(office):
    office.fail("order-1")
    office.fail("order-2", customer={**PAYER, "ref": "cus_2", "email": "other@example.com"})
    mails = office.deliver()
    assert sorted(mail.recipient for mail in mails) == ["other@example.com", "payer@example.com"]
    assert {mail.event for mail in mails} == {"payment_failed_action_needed"}


def test_a_repeat_of_the_plan_writes_no_second_message(office):
    office.fail()
    first = office.messages()[0]
    with office.begin() as session:
        again = plan_message(
            session,
            room=office.room,
            recovery_id=office.engine.recoveries["order-1"],
            event=first.event,
            step=first.step,
            attempt_id=first.attempt_id,
            channel=None,
            now=office.now,
        )
    assert again is None
    assert len(office.messages()) == 2


def test_who_cannot_be_reached_is_told_of_in_the_timeline(office):
    office.fail(customer={"ref": "cus_9"})
    assert office.messages() == []
    assert office.engine.timeline()[-1] == ("message_impossible", "tinko")


def test_the_last_notice_says_that_it_is_the_last(office):
    office.fail()
    office.deliver()
    last = office.messages()[1]
    office.engine.go_to(last.wake_at)
    mails = office.deliver()
    while not mails:
        office.engine.go_to(office.messages()[1].wake_at)
        mails = office.deliver()
    assert "last time" in mails[0].text


def test_texts_come_in_the_payers_language_and_clock(office):
    office.fail(customer={**PAYER, "locale": "hi-IN", "timezone": "Asia/Kolkata"})
    (mail,) = office.deliver()
    assert mail.locale == "hi"
    assert "नमस्ते" in mail.text


def test_only_our_own_unsubscribe_links_are_read(office):
    url = office.room.unsubscribe_url("msg_1")
    token = url.rpartition("/")[2]
    assert read_unsubscribe(office.room.crypto, token) == "msg_1"
    for wrong in ("msg_2" + token[5:], token[:-1], "", "msg_1.", "é.é"):
        assert read_unsubscribe(office.room.crypto, wrong) is None


def test_a_channel_that_is_not_set_up_is_passed_over(engine_container):
    office = make_office(
        engine_container,
        policy=Policy(enabled_channels=("whatsapp", "email")),
        channels=FakeChannels(Channel.EMAIL),
    )
    office.fail()
    assert office.messages()[0].channel == "email"


def test_the_database_refuses_to_send_a_message_twice(office):
    office.fail()
    office.deliver()
    with pytest.raises(Exception, match="cannot go from sent to queued"), office.begin() as session:
        session.execute(text("UPDATE messages SET status = 'queued' WHERE id = :id"), {"id": office.messages()[0].id})


def test_what_may_have_gone_out_counts_against_the_cap(office):
    office.fail("order-1")
    office.channels.answers.append(SendResult(SendOutcome.UNKNOWN, error_code="no_reply"))
    office.deliver()
    office.fail("order-2")
    assert office.deliver() == []
    assert office.story("order-2")[0] == ("payment_failed_action_needed", "queued", "daily_cap")


def test_one_mailbox_and_one_payer_get_no_more_than_the_cap_whatever_the_reference_or_the_channel(office):
    office.fail("order-1", customer={"email": "payer@example.com", "phone": "+919876543210", "country": "IN"})
    assert len(office.deliver()) == 1
    office.fail("order-2", customer={**PAYER, "ref": "cus_2"})
    office.fail("order-3", customer={"email": "Payer@example.com", "country": "IN"})
    with office.begin() as session:
        recovery_id = office.engine.recoveries["order-1"]
        wanted = {"event": "payment_failed_action_needed", "step": "by_text", "attempt_id": None, "channel": "sms"}
        plan_message(session, room=office.room, recovery_id=recovery_id, now=office.now, **wanted)
    assert office.deliver() == []
    waiting = [m.error_code for ref in ("order-1", "order-2", "order-3") for m in office.messages(ref)]
    assert waiting.count("daily_cap") == 3


def test_nobody_is_asked_to_pay_while_a_charge_is_in_flight(engine_container):
    office = make_office(engine_container, policy=Policy(link_after_attempt=1, initial_delay_minutes=60))
    office.fail(reason="insufficient_funds", token="pm_sandbox_insufficient_funds")
    office.engine.work_when_due()
    office.tick()
    with office.begin() as session:
        charge = next(a for a in office.engine.attempts() if a.status == "scheduled" and a.kind == "charge")
        session.execute(text("UPDATE attempts SET status = 'executing' WHERE id = :id"), {"id": charge.id})
    assert office.deliver() == []
    assert office.story()[0] == ("payment_failed_action_needed", "queued", "charge_in_flight")


def test_weekends_are_for_rest_unless_the_policy_says_otherwise(engine_container):
    for weekends, sent in ((True, 0), (False, 1)):
        office = make_office(engine_container, policy=Policy(quiet_weekends=weekends))
        office.wait_until(5, 6.5)  # Saturday, noon in India
        office.fail()
        assert len(office.deliver()) == sent
