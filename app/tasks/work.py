"""What workers do: one attempt, or one message of the outbox."""

from datetime import timedelta
from typing import Any

import structlog

from app.bootstrap import Container
from app.services.notify.run import run_message
from app.services.outbox import Topic, postpone_message, settle_message
from app.services.reconcile import walk_on
from app.services.recovery.run import run_attempt
from app.tasks.topics import HANDLERS

_log = structlog.get_logger(__name__)


def work_on_attempt(container: Container, *, attempt_id: str, fence: int) -> None:
    """Bring one attempt to its end, or to what it must wait for."""
    run_attempt(
        container.database.begin,
        payments=container.payments,
        crypto=container.crypto,
        clock=container.clock,
        attempt_id=attempt_id,
        fence=fence,
    )


def work_on_message(container: Container, *, message_id: str, fence: int) -> None:
    """Send one message to a payer, or find that it must wait or never leave."""
    run_message(
        container.database.begin, room=container.mailroom, clock=container.clock, message_id=message_id, fence=fence
    )


def walk_reading(container: Container, *, reading_id: str, fence: int) -> None:
    """Read the next page of an account's payments."""
    walk_on(
        container.database.begin,
        payments=container.payments,
        crypto=container.crypto,
        clock=container.clock,
        reading_id=reading_id,
        fence=fence,
        interval=timedelta(seconds=container.settings.reconcile_interval_seconds),
    )


def handle_message(container: Container, *, message_id: int, topic: str, payload: dict[str, Any]) -> None:
    """Do what a message asks; if that fails, have it tried again later, or buried after the last try."""
    handler = HANDLERS[Topic(topic)]
    try:
        handler.handle(container, {**payload, "outbox_id": message_id})
    except Exception as error:  # noqa: BLE001  (whatever went wrong, the message must not be lost)
        _log.warning("outbox_message_failed", topic=topic, message_id=message_id, exc_info=error)
        reason = f"{type(error).__name__}: {error}"
        with container.database.begin() as session:
            alive = postpone_message(session, message_id=message_id, error=reason, now=container.clock.now())
        if not alive and handler.bury is not None:
            handler.bury(container, payload, reason)
        return
    with container.database.begin() as session:
        settle_message(session, message_id=message_id, now=container.clock.now())
