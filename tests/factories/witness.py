"""A witness at the door through which messages leave: holds each against what it knows itself, not against our rules.

Payers share mailboxes and references, live where Friday is a day of rest, and where clocks change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from sqlalchemy import text

from app.domain.notify.port import Channel, Effect, OutgoingMessage, SendOutcome, SendResult
from tests.factories.recoveries import WorkerKilled

SATURDAY_SUNDAY, FRIDAY_SATURDAY = {5, 6}, {4, 5}
ASKED_FOR = "link_reissued"
ABOUT_A_TRY = {"retry_scheduled", "card_expiring"}
OPEN = {"queued", "sending"}
ENDED = {"recovery_cancelled", "recovery_exhausted", "recovery_recovered"}


@dataclass(frozen=True)
class Payer:
    """Somebody who owes; `known` is what the merchant tells of them."""

    zone: ZoneInfo
    weekend: frozenset[int]
    known: dict[str, str]

    def contact(self, channel: str) -> str | None:
        return self.known.get("email" if channel == Channel.EMAIL else "phone")

    @property
    def name(self) -> str:
        return self.known.get("ref") or self.known.get("email") or self.known.get("phone", "nobody")


def payer(zone: str, country: str, weekend: set[int] = SATURDAY_SUNDAY, **known: str) -> Payer:
    return Payer(ZoneInfo(zone), frozenset(weekend), {"country": country, **known})


_LIVES = count(100_000)


def new_payers() -> tuple[Payer, ...]:
    """Return people whom no other merchant writes to."""
    life = next(_LIVES)
    asha, indian = f"asha.{life}@example.com", f"+919876{life}"
    new_york = {"timezone": "America/New_York", "email": f"bo.{life}@example.com", "phone": f"+1500555{life}"}
    return (
        payer("Asia/Kolkata", "IN", ref="cus_1", email=asha, phone=indian),
        payer("America/New_York", "US", **new_york),
        payer(
            "Asia/Riyadh", "SA", FRIDAY_SATURDAY, ref="cus_3", email=f"cem.{life}@example.com", phone=f"+966501{life}"
        ),
        # The first one's mailbox under another reference, and their reference with another mailbox.
        payer("Asia/Kolkata", "IN", ref="cus_4", email=asha, phone=f"+919877{life}"),
        payer("Asia/Kolkata", "IN", ref="cus_1", email=f"asha.at.work.{life}@example.com"),
        payer("Asia/Manila", "PH", ref="cus_6", phone=f"+639171{life}"),
        payer("Asia/Kolkata", "IN", ref="cus_7"),
    )


@dataclass
class Debt:
    """What the witness knows of one payment."""

    payer: Payer
    recovery_id: str
    paid: bool = False
    cancelled: bool = False
    paused: bool = False
    promised_for: datetime | None = None


@dataclass
class Gone:
    """A message that went out of the door; `taken_back` if it is certain that it reached nobody."""

    message: OutgoingMessage
    at: datetime
    payers: set[str]
    news: set[tuple[str, str]]
    taken_back: bool = False


FORGOTTEN = text("""
    SELECT m.id, m.status FROM messages m LEFT JOIN messages lead ON lead.id = m.digest_id
    WHERE m.organization_id = :id AND (
        m.status = 'queued' AND m.wake_at IS NULL
        OR m.status = 'sending' AND m.digest_id IS NULL AND m.leased_until IS NULL
        OR m.status = 'sending' AND m.digest_id IS NOT NULL AND lead.status <> 'sending'
        OR m.status NOT IN ('queued', 'sending') AND (m.wake_at IS NOT NULL OR m.leased_until IS NOT NULL))
""")
PLANNED = text("""
    SELECT EXISTS (SELECT FROM messages WHERE recovery_id = :recovery_id AND step = :step)
        OR EXISTS (SELECT FROM timeline WHERE recovery_id = :recovery_id AND what = 'message_impossible'
                   AND facts->>'step' = :step)
        OR EXISTS (SELECT FROM recoveries WHERE id = :recovery_id AND status <> 'open')
""")
CARRIED = text("""
    SELECT m.id, m.recovery_id, m.event, m.status, split_part(m.step, '>', 1) AS step, r.status AS recovery,
           EXISTS (SELECT FROM attempts a WHERE a.transaction_id = r.transaction_id
                   AND a.status IN ('executing', 'unknown', 'awaiting_payer')) AS in_flight,
           EXISTS (SELECT FROM attempts a WHERE a.recovery_id = r.id
                   AND a.status = 'scheduled' AND a.kind = 'charge') AS retried
    FROM messages m JOIN recoveries r ON r.id = m.recovery_id WHERE m.id = :id OR m.digest_id = :id
""")


@dataclass
class Witness:
    """Knows what was done, and has the names of `app.domain.notify.port.ChannelsPort`.

    `answer` says what happens to the next message at the door; `meanwhile` runs while it is on its way, and may
    know better what happens to it.
    """

    channels: tuple[str, ...]
    hours: tuple[time, time] | None
    quiet_weekends: bool
    daily_cap: int
    begin: Callable = None  # type: ignore[assignment]  # set as soon as there is an engine
    now: Callable[[], datetime] = None  # type: ignore[assignment]  # as above
    debts: dict[str, Debt] = field(default_factory=dict)
    opted_out: set[str] = field(default_factory=set)
    ever_opted_out: set[str] = field(default_factory=set)
    dead: set[tuple[str, str]] = field(default_factory=set)
    gone: list[Gone] = field(default_factory=list)
    stopped: set[tuple[str, str]] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)
    answer: str = "taken"
    meanwhile: Callable[[OutgoingMessage], str | None] | None = None

    def available(self) -> frozenset[Channel]:
        return frozenset(Channel)

    def send(self, message: OutgoingMessage) -> SendResult:
        answer, self.answer = self.answer, "taken"
        meanwhile, self.meanwhile = self.meanwhile, None
        gone = self.look_at(message)
        if meanwhile is not None:
            answer = meanwhile(message) or answer
        return self.end(gone, answer)

    def end(self, gone: Gone, answer: str) -> SendResult:
        """Answer as the channel does; what certainly stayed here is not among what is gone."""
        message = gone.message
        if answer in {"taken", "dies after", "silence, but gone"}:
            self.gone.append(gone)
        if answer.startswith(("dies", "silence")):
            self.unclear.add(message.message_id)
        if answer.startswith("dies"):
            raise WorkerKilled
        if answer == "taken":
            return SendResult(SendOutcome.SENT, f"door:{message.message_id}")
        if answer.startswith("silence"):
            return SendResult(SendOutcome.UNKNOWN, error_code="no_reply")
        self.refused.add(message.message_id)
        if answer.startswith("busy"):
            wait = timedelta(hours=3) if answer == "busy for hours" else None
            return SendResult(SendOutcome.TRANSIENT, error_code="busy", retry_after=wait)
        effect = {"dead": Effect.DEAD, "told to stop": Effect.OPTED_OUT}.get(answer, Effect.NONE)
        if effect is Effect.DEAD:
            self.dead.add((message.channel, message.recipient))
        if effect is Effect.OPTED_OUT:
            self.opts_out(message.recipient)
            self.stopped |= gone.news
        return SendResult(SendOutcome.PERMANENT, error_code=answer, effect=effect)

    def opts_out(self, address: str) -> None:
        self.opted_out.add(address)
        self.ever_opted_out.add(address)

    # What the witness sees at the door.

    def look_at(self, message: OutgoingMessage) -> Gone:
        """Hold a message that is about to leave against everything that is known."""
        with self.begin() as session:
            carried = session.execute(CARRIED, {"id": message.message_id}).all()
        debts = {row.recovery_id: self.debt(row.recovery_id) for row in carried}
        news = {(row.recovery_id, row.step) for row in carried}
        asked_for = message.event == ASKED_FOR
        assert {row.status for row in carried} == {"sending"}
        assert message.recipient not in self.opted_out, "whoever opted out is left alone"
        assert (message.channel, message.recipient) not in self.dead, "nobody writes to a dead address"
        for row in carried:
            debt = debts[row.recovery_id]
            assert message.recipient == debt.payer.contact(message.channel), "nobody reads another payer's news"
            assert not debt.paid, "nobody is written to who paid"
            assert not debt.cancelled, "nobody is written to of what was cancelled"
            assert row.recovery == "open"
            assert not row.in_flight, "nobody is asked to pay while a charge runs"
            assert row.event not in ABOUT_A_TRY or row.retried, "no try is announced that is not planned"
            if not asked_for:
                self.is_decent(debt)
        self.is_true(message, carried, debts)
        payers = {debt.payer.name for debt in debts.values()}
        assert not news & self.stopped, "nobody is followed to another channel who said stop"
        assert not any(news & each.news for each in self.gone if not each.taken_back), "no news comes twice"
        if not asked_for:
            self.is_within_the_cap(message, payers, next(iter(debts.values())).payer.zone)
        return Gone(message, self.now(), payers, news)

    def debt(self, recovery_id: str) -> Debt:
        return next(debt for debt in self.debts.values() if debt.recovery_id == recovery_id)

    def is_decent(self, debt: Debt) -> None:
        now = self.now()
        assert not debt.paused, "a paused recovery writes to nobody"
        assert debt.promised_for is None or debt.promised_for <= now, "a promise silences messages until its day"
        assert not self.is_quiet(debt.payer, now), f"it is {now.astimezone(debt.payer.zone):%A %H:%M} for the payer"

    def is_quiet(self, payer: Payer, at: datetime) -> bool:
        local = at.astimezone(payer.zone)
        if self.quiet_weekends and local.weekday() in payer.weekend:
            return True
        start, end = self.hours or (time(20), time(9))
        return (start <= local.time() < end) if start < end else not (end <= local.time() < start)

    def is_within_the_cap(self, message: OutgoingMessage, payers: set[str], zone: ZoneInfo) -> None:
        today = self.now().astimezone(zone).date()
        earlier = [
            each
            for each in self.gone
            if not each.taken_back
            and each.at.astimezone(zone).date() == today
            and (each.message.recipient == message.recipient or each.payers & payers)
        ]
        assert len(earlier) < self.daily_cap, "one payer, and one mailbox, gets no more than the cap per day"

    def is_true(self, message: OutgoingMessage, carried, debts: dict[str, Debt]) -> None:
        """Hold what a mail says of the plan against the plan; all of these payers read English."""
        if message.channel != Channel.EMAIL or message.event == "card_expiring" or len(carried) > 1:
            return
        will = carried[0].retried and not debts[carried[0].recovery_id].paused
        assert ("We will try it again by ourselves on" in message.text) is will
        assert ("We will not try it again by ourselves." in message.text) is not will

    # What the witness says in the end.

    def its_end_is_what_happened(self, message, messages: Sequence):
        lead = message.digest_id or message.id
        went = [each for each in self.gone if each.message.message_id == lead]
        debt = self.debt(message.recovery_id)
        assert message.status not in OPEN, "everything ends"
        if went:
            assert message.status in {"sent", "delivered", "bounced", "failed", "unknown"}
            assert message.status != "failed" or went[-1].taken_back
        elif message.status == "unknown":
            assert lead in self.unclear
        elif message.status == "failed":
            assert lead in self.refused
        else:
            assert message.status == "suppressed", "what nobody sent was kept back for a reason"
            self.the_reason_is_true(message, debt)
        if not went and (message.status == "failed" or message.error_code == "address_dead"):
            self.it_falls_to_the_next_channel(message, debt, messages)

    def the_reason_is_true(self, message, debt: Debt):
        contact = debt.payer.contact(message.channel)
        reasons = {
            "paid": debt.paid,
            "opted_out": contact in self.ever_opted_out,
            "address_dead": (message.channel, contact) in self.dead,
            "recovery_cancelled": debt.cancelled,
            "nothing_planned": message.event in ABOUT_A_TRY,
        }
        assert reasons.get(message.error_code, message.error_code in ENDED), message.error_code

    def it_falls_to_the_next_channel(self, message, debt: Debt, messages: Sequence):
        """What reached nobody is carried by the next channel, unless nobody was to be written to any more."""
        channels = self.channels
        later = channels[channels.index(message.channel) + 1 :] if message.channel in channels else channels
        reachable = [name for name in later if debt.payer.contact(name) and name not in self.dead_ones(debt)]
        was_over = message.ended_at is not None and message.ended_at <= message.finished_at
        if not reachable or was_over or debt.payer.contact(message.channel) in self.ever_opted_out:
            return
        step = f"{message.step.partition('>')[0]}>"
        assert any(m.recovery_id == message.recovery_id and m.step.startswith(step) for m in messages)

    def dead_ones(self, debt: Debt) -> set[str]:
        return {channel for channel, address in self.dead if address == debt.payer.contact(channel)}
