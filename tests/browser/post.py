"""A post office for browser tests: workers that are called by hand, a real SMTP sink, and the page that shows mail."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import text

from app.bootstrap import Container
from app.channels.provider import ChannelSettings, SmtpSettings
from app.channels.registry import build_channels
from app.infra.clock import SystemClock
from app.services.notify.run import claim_messages as claim_mail
from app.services.outbox import claim_messages
from app.services.recovery.sweep import claim_attempts
from app.simulators.mailbox.app import create_app
from app.simulators.mailbox.smtp import smtp_sink
from app.simulators.mailbox.store import Store
from app.tasks.work import handle_message, work_on_attempt, work_on_message
from tests.factories.recoveries import LEASE, quiet
from tests.fakes.server import served
from tests.fakes.smtp import free_port

MOST_TURNS = 20
# A Wednesday at ten in the morning in India: nobody's quiet hours, whatever other tests did to the clock.
_DECENT_HOUR = text("""
    UPDATE organizations SET clock_offset =
        date_trunc('week', CAST(:now AS timestamptz)) + interval '9 days 4 hours 30 minutes' - CAST(:now AS timestamptz)
    WHERE id = :id
""")
_LATER = text("UPDATE organizations SET clock_offset = clock_offset + :step WHERE id = :id")


@dataclass
class PostOffice:
    """Does what beat and workers do, and shows what arrived."""

    container: Container
    store: Store
    url: str

    def open_at_a_decent_hour(self, organization_id: str) -> None:
        quiet(self.container)
        self._sql(_DECENT_HOUR, id=organization_id, now=self.container.clock.now())

    def let_time_pass(self, organization_id: str, step: timedelta) -> None:
        self._sql(_LATER, id=organization_id, step=step)

    def work(self) -> None:
        """Work until nothing is due."""
        for _ in range(MOST_TURNS):
            if not (self._attempts() + self._outbox() + self._mail()):
                return
        raise AssertionError("there is always something due")

    def mail_to(self, address: str) -> list[str]:
        """Return the addresses of mails to somebody, as a mail program shows them; the newest first."""
        found = self.store.newest_first(recipient=address)
        return [f"{self.url}/messages/{mail.id}/html" for mail in found]

    def _attempts(self) -> int:
        with self.container.database.begin() as session:
            claimed = claim_attempts(session, now=self.container.clock.now(), lease=LEASE, in_flight=200)
        for each in claimed:
            work_on_attempt(self.container, attempt_id=each.id, fence=each.fence)
        return len(claimed)

    def _outbox(self) -> int:
        # The outbox goes by the database's own clock.
        now = SystemClock().now() + timedelta(days=1)
        with self.container.database.begin() as session:
            claimed = claim_messages(session, now=now, batch=100)
            messages = [(each.id, each.topic, each.payload) for each in claimed]
        for message_id, topic, payload in messages:
            handle_message(self.container, message_id=message_id, topic=topic, payload=payload)
        return len(messages)

    def _mail(self) -> int:
        with self.container.database.begin() as session:
            claimed = claim_mail(session, now=self.container.clock.now(), lease=LEASE, in_flight=200)
        for each in claimed:
            work_on_message(self.container, message_id=each.id, fence=each.fence)
        return len(claimed)

    def _sql(self, statement, **values) -> None:
        with self.container.database.begin() as session:
            session.execute(statement, values)


@contextmanager
def open_post_office(container: Container) -> Iterator[PostOffice]:
    """Have the container's mail delivered to a sink of its own."""
    store, port = Store(), free_port()
    smtp = SmtpSettings("127.0.0.1", port, "pay@shop.test", security="none")
    with ExitStack() as stack:
        sink = smtp_sink(store, clock=container.clock, host="127.0.0.1", port=port)
        sink.start()
        stack.callback(sink.stop)
        channels = build_channels(ChannelSettings(email=smtp, sms=None, whatsapp=None, console=False))
        stack.callback(channels.close)
        url = stack.enter_context(served(create_app(store, clock=container.clock)))
        mailroom = replace(container.mailroom, channels=channels)
        yield PostOffice(replace(container, mailroom=mailroom), store, url)
