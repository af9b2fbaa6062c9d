"""A message that went out to a payer: asked for by them, so that no hour holds it back."""

from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

from app.bootstrap import Container
from app.db.models import Message
from app.services.notify.plan import plan_message
from app.services.notify.run import claim_messages, run_message
from tests.fakes.channels import FakeChannels

_LEASE = timedelta(seconds=120)


@dataclass
class SentMail:
    """The message's row as it was when it had gone out, and where its reader stops further ones."""

    message: Message
    text: str
    unsubscribe_path: str


def send_mail(container: Container, *, recovery_id: str, number: int = 1) -> SentMail:
    """Write to the payer of a recovery, with a fresh link; `number` tells several of one recovery apart."""
    channels = FakeChannels()
    room = replace(container.mailroom, channels=channels)
    now = container.clock.now()
    with container.database.begin() as session:
        message_id = plan_message(
            session,
            room=room,
            recovery_id=recovery_id,
            event="link_reissued",
            step=f"link_reissued:{number}",
            attempt_id=None,
            channel=None,
            now=now,
        )
        claimed = [
            each for each in claim_messages(session, now=now, lease=_LEASE, in_flight=1000) if each.id == message_id
        ]
    (mine,) = claimed
    begin, clock = container.database.begin, container.clock
    assert run_message(begin, room=room, clock=clock, message_id=mine.id, fence=mine.fence)
    with container.database.begin() as session:
        message = session.get_one(Message, message_id)
    return SentMail(message, channels.sent[-1].text, urlsplit(room.unsubscribe_url(message.id)).path)
