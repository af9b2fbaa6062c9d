"""What reached nobody over one channel is carried by the next one of the policy: once, and to nobody who said stop."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.notify.port import Channel, Effect, SendOutcome, SendResult
from app.domain.recovery.policy import Policy
from tests.factories.messaging import PAYER, make_office
from tests.factories.recoveries import DAY
from tests.fakes.channels import FakeChannels

ALL = Policy(enabled_channels=("email", "sms", "whatsapp"))
REFUSED = SendResult(SendOutcome.PERMANENT, error_code="refused")


@pytest.fixture
def office(engine_container):
    return make_office(engine_container, policy=ALL)


def told(office, ref="order-1"):
    """Return (channel, status) of each message but the last notice."""
    return [(m.channel, m.status) for m in office.messages(ref) if m.event != "last_notice"]


def test_a_refusal_for_good_falls_through_the_policys_channels_in_their_order(office):
    office.fail()
    office.channels.answers.extend([REFUSED, REFUSED])
    assert office.deliver() == []
    assert office.deliver() == []
    (message,) = office.deliver()
    assert (message.channel, message.event) == (Channel.WHATSAPP, "payment_failed_action_needed")
    assert told(office) == [("email", "failed"), ("sms", "failed"), ("whatsapp", "sent")]
    first = office.messages()[0]
    steps = [m.step for m in office.messages() if m.event != "last_notice"]
    assert steps == [first.step, f"{first.step}>sms", f"{first.step}>whatsapp"]


def test_after_the_last_channel_nobody_is_left(office):
    office.fail()
    office.channels.answers.extend([REFUSED] * 3)
    for _ in range(4):
        office.deliver()
    assert told(office) == [("email", "failed"), ("sms", "failed"), ("whatsapp", "failed")]
    assert office.channels.sent == []


def test_being_busy_too_often_is_a_failure_too(office):
    office.fail()
    office.channels.answers.extend([SendResult(SendOutcome.TRANSIENT, error_code="busy")] * 8)
    while told(office) == [("email", "queued")]:
        assert office.deliver() == []
        office.engine.go_to(office.messages()[0].wake_at or office.now)
    assert [mail.channel for mail in office.deliver()] == ["sms"]


def test_what_may_have_gone_out_falls_nowhere(office):
    office.fail()
    office.channels.answers.append(SendResult(SendOutcome.UNKNOWN, error_code="no_reply"))
    office.deliver()
    office.engine.clock.advance(DAY)
    assert office.deliver() == []
    assert told(office) == [("email", "unknown")]


def test_who_said_stop_is_not_followed(office):
    office.fail()
    office.channels.answers.append(SendResult(SendOutcome.PERMANENT, error_code="21610", effect=Effect.OPTED_OUT))
    office.deliver()
    assert told(office) == [("email", "failed")]


def test_an_address_that_died_meanwhile_leaves_its_message_to_the_next_channel(office):
    office.fail("order-1")
    office.engine.clock.advance(DAY)
    office.fail("order-2", customer={**PAYER, "ref": "cus_2"})
    office.channels.answers.append(SendResult(SendOutcome.PERMANENT, error_code="550", effect=Effect.DEAD))
    office.deliver()
    assert sorted(told(office, "order-1") + told(office, "order-2")) == [
        ("email", "failed"),
        ("email", "suppressed"),
        ("sms", "queued"),
        ("sms", "queued"),
    ]


def test_channels_without_an_address_or_without_settings_are_passed_over(engine_container):
    channels = FakeChannels(Channel.EMAIL, Channel.WHATSAPP)
    office = make_office(engine_container, policy=ALL, channels=channels)
    office.fail("order-1")
    office.fail("order-2", customer={"ref": "cus_2", "email": "other@example.com", "country": "IN"})
    office.channels.answers.extend([REFUSED, REFUSED])
    office.deliver()
    assert told(office, "order-1")[1][0] == "whatsapp"
    assert told(office, "order-2") == [("email", "failed")]


def test_a_digest_falls_as_a_digest(office):
    for ref in ("order-1", "order-2"):
        office.fail(ref)
    office.channels.answers.append(REFUSED)
    assert office.deliver() == []
    (message,) = office.deliver()
    assert (message.channel, message.event) == (Channel.SMS, "digest")
    assert office.deliver() == []


def test_an_ended_recovery_falls_nowhere(office):
    office.fail()

    def window_ends(_):
        office.engine.clock.advance(31 * DAY)
        assert office.engine.end_windows() == 1

    office.channels.before_send = window_ends
    office.channels.answers.append(REFUSED)
    office.deliver()
    assert told(office) == [("email", "failed")]


def test_many_workers_at_once_keep_to_the_cap_and_write_each_news_once(engine_container):
    office = make_office(engine_container, policy=ALL)
    payers = [
        PAYER,
        {**PAYER, "email": "work@example.com"},
        {**PAYER, "ref": "cus_2"},
        {"email": "payer@example.com", "country": "IN"},
    ]
    for number in range(8):
        office.fail(f"order-{number}", customer=payers[number % 4])
    claimed = office.sweep()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(office.run, claimed))
    # One mailbox and one reference tie all four together: the first to leave carries what is its own.
    recipients = [message.recipient for message in office.channels.sent]
    assert recipients.count("payer@example.com") <= 1
    assert recipients.count("work@example.com") <= 1
    assert 1 <= len(recipients) <= 2
    assert office.deliver() == []
