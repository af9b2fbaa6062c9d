"""When messages may leave: never in quiet hours, never to who paid or opted out, never more than the cap."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.notify.codes import new_code, read_code, shown
from app.domain.notify.contacts import address_for, language_of, masked
from app.domain.notify.events import Event
from app.domain.notify.hours import (
    QuietHours,
    next_decent,
    places,
    quiet_hours_of,
    start_of_day,
    start_of_next_day,
    weekend_of,
    zone_of,
)
from app.domain.notify.port import Channel
from app.domain.notify.rules import Defer, MessageFacts, Send, Suppress, decide
from app.domain.notify.states import MESSAGE_TRANSITIONS, MessageStatus, may_become

INDIA = ZoneInfo("Asia/Kolkata")
NOON = datetime(2026, 11, 18, 6, 30, tzinfo=UTC)  # a Wednesday, noon in India
FACTS = MessageFacts(
    event=Event.ACTION_NEEDED,
    recovery_status="open",
    is_paid=False,
    is_newest=True,
    is_paused=False,
    charge_in_flight=False,
    charge_planned=True,
    opted_out=False,
    address_dead=False,
    promised_for=None,
    sent_today=0,
    zone=INDIA,
    quiet=QuietHours(),
)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  (hypothesis adds UTC)
ZONES = st.sampled_from(sorted({place.zone for place in places().values()})).map(ZoneInfo)
MINUTES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
QUIET = st.builds(
    QuietHours,
    start=MINUTES,
    end=MINUTES,
    weekend=st.sampled_from([frozenset({5, 6}), frozenset({4, 5}), frozenset(), frozenset({5})]),
).filter(lambda quiet: quiet.start != quiet.end)
ANY_FACTS = st.builds(
    MessageFacts,
    event=st.sampled_from(Event),
    recovery_status=st.sampled_from(["open", "recovered", "exhausted", "cancelled"]),
    is_paid=st.booleans(),
    is_newest=st.booleans(),
    is_paused=st.booleans(),
    charge_in_flight=st.booleans(),
    charge_planned=st.booleans(),
    opted_out=st.booleans(),
    address_dead=st.booleans(),
    promised_for=st.none() | TIMES,
    sent_today=st.integers(0, 3),
    zone=ZONES,
    quiet=QUIET,
    daily_cap=st.integers(1, 3),
    provider_down_since=st.none() | TIMES,
    seed=st.text(max_size=8),
)


@given(ANY_FACTS, TIMES)
def test_nothing_leaves_in_quiet_hours_after_payment_after_opting_out_or_beyond_the_cap(facts, now):
    verdict = decide(facts, now=now)
    if not isinstance(verdict, Send):
        return
    assert facts.recovery_status == "open"
    assert not any((facts.is_paid, facts.opted_out, facts.address_dead, facts.charge_in_flight))
    if facts.event is not Event.LINK_REISSUED:
        assert not facts.quiet.holds(now.astimezone(facts.zone))
        assert facts.sent_today < facts.daily_cap
        assert facts.promised_for is None or facts.promised_for <= now
        assert not facts.is_paused


@given(ANY_FACTS, TIMES)
def test_what_waits_always_waits_for_a_later_time(facts, now):
    verdict = decide(facts, now=now)
    if isinstance(verdict, Defer):
        assert verdict.until > now
        assert verdict.rule


@given(TIMES, ZONES, QUIET)
def test_the_next_decent_moment_is_decent_and_soon(at, zone, quiet):
    decent = next_decent(at, zone=zone, quiet=quiet)
    assert at <= decent <= at + timedelta(days=5)
    assert not quiet.holds(decent.astimezone(zone))
    assert next_decent(decent, zone=zone, quiet=quiet) == decent


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"is_paid": True}, "paid"),
        ({"recovery_status": "cancelled"}, "recovery_cancelled"),
        ({"recovery_status": "exhausted"}, "recovery_exhausted"),
        ({"is_newest": False}, "newer_recovery"),
        ({"opted_out": True}, "opted_out"),
        ({"address_dead": True}, "address_dead"),
    ],
)
@pytest.mark.parametrize("event", list(Event))
def test_what_rules_a_message_out_rules_out_every_kind(changes, rule, event):
    assert decide(replace(FACTS, event=event, **changes), now=NOON) == Suppress(rule)


def test_a_decent_hour_lets_it_leave():
    assert decide(FACTS, now=NOON) == Send()


@pytest.mark.parametrize(
    ("changes", "until", "rule"),
    [
        ({"charge_in_flight": True}, NOON + timedelta(minutes=30), "charge_in_flight"),
        ({"is_paused": True}, NOON + timedelta(hours=6), "paused"),
        ({"promised_for": NOON + timedelta(days=3)}, NOON + timedelta(days=3), "promised_for"),
        ({"sent_today": 1}, datetime(2026, 11, 19, 3, 30, tzinfo=UTC), "daily_cap"),
    ],
)
def test_what_holds_a_message_back(changes, until, rule):
    assert decide(replace(FACTS, **changes), now=NOON) == Defer(until, rule)


HOUR = timedelta(hours=1)


@given(st.text(max_size=30), st.timedeltas(timedelta(0), timedelta(hours=23, minutes=39)))
def test_who_is_asked_to_pay_waits_while_the_provider_is_down(seed, down_for):
    verdict = decide(replace(FACTS, provider_down_since=NOON - down_for, seed=seed), now=NOON)
    assert isinstance(verdict, Defer)
    assert verdict.rule == "provider_down"
    assert timedelta(minutes=10) <= verdict.until - NOON <= timedelta(minutes=20)


def test_those_who_wait_for_a_provider_do_not_all_come_back_at_once():
    down = [replace(FACTS, provider_down_since=NOON, seed=f"msg_{n}") for n in range(50)]
    assert len({decide(facts, now=NOON).until for facts in down}) == 50


@pytest.mark.parametrize(("down_for", "held"), [(23.9 * HOUR, True), (24 * HOUR, False), (90 * HOUR, False)])
def test_an_outage_holds_messages_for_a_day_at_most(down_for, held):
    verdict = decide(replace(FACTS, provider_down_since=NOON - down_for), now=NOON)
    assert verdict == (Defer(NOON - down_for + 24 * HOUR, "provider_down") if held else Send())


@pytest.mark.parametrize("event", [Event.RETRY_SCHEDULED, Event.CARD_EXPIRING, Event.LINK_REISSUED])
def test_news_of_the_plan_and_what_the_payer_asked_for_leave_in_an_outage(event):
    assert decide(replace(FACTS, event=event, provider_down_since=NOON), now=NOON) == Send()


def test_friday_evening_waits_for_monday_morning():
    friday = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # half past eight in the evening
    assert decide(FACTS, now=friday) == Defer(datetime(2026, 11, 23, 3, 30, tzinfo=UTC), "quiet_hours")


def test_who_asked_for_a_link_gets_it_at_night():
    night = datetime(2026, 11, 18, 20, 0, tzinfo=UTC)
    assert decide(replace(FACTS, event=Event.LINK_REISSUED, sent_today=5), now=night) == Send()


def test_the_payers_zone_comes_before_the_countrys_and_the_merchants():
    told = zone_of(timezone="America/Chicago", country="IN", fallback_country="PH")
    assert told.key == "America/Chicago"
    assert zone_of(timezone="Mars/Olympus", country="in", fallback_country="PH").key == "Asia/Kolkata"
    assert zone_of(timezone="../etc/passwd", country=None, fallback_country="PH").key == "Asia/Manila"
    assert zone_of(timezone=None, country="XX", fallback_country=None).key == "UTC"


def test_days_of_rest_follow_the_country():
    assert weekend_of(country="SA", fallback_country=None) == frozenset({4, 5})
    assert weekend_of(country=None, fallback_country="IN") == frozenset({5, 6})
    assert weekend_of(country=None, fallback_country=None) == frozenset({5, 6})


def test_every_country_has_a_zone_that_exists():
    assert len(places()) > 240
    for place in places().values():
        assert ZoneInfo(place.zone).key == place.zone


def test_a_policys_quiet_hours_are_taken():
    quiet = quiet_hours_of({"start": "12:00", "end": "14:00"}, weekend=frozenset())
    assert quiet == QuietHours(time(12), time(14), frozenset())
    assert quiet.holds(datetime(2026, 11, 18, 13, 0, tzinfo=INDIA))
    assert not quiet.holds(datetime(2026, 11, 18, 14, 0, tzinfo=INDIA))


def test_days_begin_at_the_payers_midnight():
    assert start_of_day(NOON, zone=INDIA) == datetime(2026, 11, 17, 18, 30, tzinfo=UTC)
    assert start_of_next_day(NOON, zone=INDIA) == datetime(2026, 11, 18, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("channel", "customer", "address"),
    [
        (Channel.EMAIL, {"email": " Payer@Example.com "}, "payer@example.com"),
        (Channel.EMAIL, {"email": "no address"}, None),
        (Channel.EMAIL, {"email": "a@b\r\nBcc: c@d"}, None),
        (Channel.SMS, {"phone": "+91 98765-43210"}, "+919876543210"),
        (Channel.SMS, {"phone": "0091 98765 43210"}, "+919876543210"),
        (Channel.SMS, {"phone": "98765 43210"}, None),
        (Channel.WHATSAPP, {}, None),
    ],
)
def test_addresses_have_one_spelling(channel, customer, address):
    assert address_for(channel, customer) == address


def test_addresses_are_shown_hidden():
    assert masked("payer@example.com") == "p…@example.com"
    assert masked("+919876543210") == "+91…10"


@pytest.mark.parametrize(
    ("locale", "language"),
    [("hi-IN", "hi"), ("ta_IN", "ta"), ("fil-PH", "fil"), ("tl", "fil"), ("de", "en"), (None, "en"), ("", "en")],
)
def test_the_language_that_fits_best_is_taken(locale, language):
    assert language_of(locale) == language


def test_codes_are_read_however_they_are_typed():
    code = new_code()
    assert read_code(f" {shown(code).lower()} ") == code
    assert read_code("AEIO-U000") is None
    assert read_code("") is None
    assert new_code() != code


def test_nothing_follows_an_end_and_nothing_is_sent_twice():
    assert may_become("queued", MessageStatus.SENDING)
    assert not may_become("unknown", MessageStatus.SENDING)
    assert not may_become("unknown", MessageStatus.QUEUED)
    assert not any(MessageStatus.SENDING in MESSAGE_TRANSITIONS[s] for s in MessageStatus if s != "queued")
