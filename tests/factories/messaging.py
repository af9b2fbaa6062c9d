"""A merchant who writes to payers: the engine with channels in memory, driven by hand."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select, text

from app.db.models import Message
from app.domain.notify.port import OutgoingMessage
from app.domain.recovery.policy import DEFAULT_POLICY, Policy
from app.services.notify.run import claim_messages, run_message
from app.services.notify.take_up import take_up
from tests.factories.recoveries import LEASE, Engine, make_engine
from tests.fakes.channels import FakeChannels

PAYER = {"ref": "cus_1", "email": "payer@example.com", "phone": "+919876543210", "name": "Asha", "country": "IN"}
WEDNESDAY = 2


@dataclass
class Office:
    """An engine whose payers are written to."""

    engine: Engine
    channels: FakeChannels

    @property
    def now(self) -> datetime:
        return self.engine.clock.now()

    @property
    def begin(self):
        return self.engine.begin

    @property
    def room(self):
        return self.engine.container.mailroom

    def fail(self, ref="order-1", *, customer=None, reason="lost_card", **facts):
        """Report a failure that only the payer can mend, and let the message be planned."""
        self.engine.report(ref, failure_reason=reason, customer=PAYER if customer is None else customer, **facts)
        self.tick()

    def tick(self) -> None:
        """Let attempts run, and the outbox be worked off; no message leaves."""
        self.engine.work()
        self.engine.settle_outbox()

    def sweep(self, *, in_flight=200):
        with self.begin() as session:
            return claim_messages(session, now=self.now, lease=LEASE, in_flight=in_flight)

    def run(self, claimed) -> bool:
        return run_message(
            self.begin, room=self.room, clock=self.engine.clock, message_id=claimed.id, fence=claimed.fence
        )

    def deliver(self) -> list[OutgoingMessage]:
        """Sweep, work on everything that is due, and return what went out."""
        before = len(self.channels.sent)
        for claimed in self.sweep():
            self.run(claimed)
        return self.channels.sent[before:]

    def die_after_claim(self) -> str:
        """Take a message up and die before anything is sent or recorded."""
        (claimed,) = self.sweep()
        with self.begin() as session:
            job = take_up(session, room=self.room, message_id=claimed.id, fence=claimed.fence, now=self.now)
        assert job is not None
        return claimed.id

    def messages(self, ref="order-1") -> list[Message]:
        statement = select(Message).where(Message.recovery_id == self.engine.recoveries[ref]).order_by(Message.id)
        with self.begin() as session:
            return list(session.scalars(statement))

    def story(self, ref="order-1") -> list[tuple[str, str, str]]:
        """Return (event, status, error code) of each message."""
        return [(m.event, m.status, m.error_code or "") for m in self.messages(ref)]

    def wait_until(self, weekday: int, hour: float) -> None:
        """Let time pass until that weekday and hour (UTC) come next."""
        start = self.now
        day = start.date() + timedelta(days=(weekday - start.weekday()) % 7)
        at = datetime.combine(day, time(), UTC) + timedelta(hours=hour)
        self.engine.go_to(at if at >= start else at + timedelta(days=7))


def make_office(container, *, policy: Policy = DEFAULT_POLICY, channels: FakeChannels | None = None) -> Office:
    """Return an office on a Wednesday at noon in India, with nothing else due."""
    channels = channels or FakeChannels()
    container = replace(container, mailroom=replace(container.mailroom, channels=channels))
    with container.database.begin() as session:
        session.execute(text("UPDATE messages SET wake_at = NULL, leased_until = NULL"))
    engine = make_engine(container, policy=policy)
    office = Office(engine, channels)
    office.wait_until(WEDNESDAY, 6.5)
    return office
