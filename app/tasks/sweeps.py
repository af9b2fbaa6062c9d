"""What beat starts: each finds what is due and sends it to workers, or does it at once where it is quick.

Messages leave after the claim is committed; one that is lost on the way is found again when its lease ends.
"""

from datetime import timedelta
from typing import Any, Final, Protocol

import structlog

from app.bootstrap import Container
from app.db.locks import try_lock
from app.services import clock as clocks
from app.services.analytics.upkeep import fold_deltas
from app.services.housekeeping import tidy
from app.services.notify import run as notify
from app.services.notify.notices import plan_notices
from app.services.outbox import claim_messages
from app.services.reconcile import begin_reconciling, claim_walks
from app.services.recovery.sweep import claim_attempts, end_windows

BATCH: Final = 200
TIDY_BATCH: Final = 5000
WALKS: Final = 20
"""How many accounts are read at a time: their calls share workers with charges."""
FOLD_BATCH: Final = 20_000
FOLDS: Final = 5
CLOCK_BUDGET: Final = timedelta(seconds=10)
"""Clocks share their workers with charges, so none is kept for long; the next sweep sends the clock again."""
_log = structlog.get_logger(__name__)


class Send(Protocol):
    """Sends messages of one task to workers."""

    def __call__(self, task: str, messages: list[dict[str, Any]]) -> None:
        """Send a message for each set of arguments."""


def sweep_attempts(container: Container, send: Send) -> None:
    """Take due attempts in hand, and send each to a worker."""
    settings = container.settings
    with container.database.begin() as session:
        claimed = claim_attempts(
            session,
            now=container.clock.now(),
            lease=timedelta(seconds=settings.attempt_lease_seconds),
            in_flight=settings.sweep_in_flight,
        )
    send("attempts.run", [{"attempt_id": attempt.id, "fence": attempt.fence} for attempt in claimed])


def sweep_messages(container: Container, send: Send) -> None:
    """Take due messages to payers in hand, and send each to a worker."""
    settings = container.settings
    with container.database.begin() as session:
        claimed = notify.claim_messages(
            session,
            now=container.clock.now(),
            lease=timedelta(seconds=settings.attempt_lease_seconds),
            in_flight=settings.sweep_in_flight,
        )
    send("messages.run", [{"message_id": message.id, "fence": message.fence} for message in claimed])


def sweep_notices(container: Container, send: Send) -> None:
    """Write down what payers are to be told of planned charges, where a policy wants it."""
    del send
    with container.database.begin() as session:
        plan_notices(session, room=container.mailroom, now=container.clock.now(), batch=BATCH)


def sweep_outbox(container: Container, send: Send) -> None:
    """Take due messages of the outbox in hand, and send each to a worker."""
    with container.database.begin() as session:
        in_flight = container.settings.sweep_in_flight
        claimed = claim_messages(session, now=container.clock.now(), batch=BATCH, in_flight=in_flight)
        messages = [{"message_id": m.id, "topic": m.topic, "payload": m.payload} for m in claimed]
    send("outbox.handle", messages)


def sweep_clocks(container: Container, send: Send) -> None:
    """Send test clocks that have not arrived to a worker."""
    with container.database.begin() as session:
        organization_ids = clocks.clocks_on_their_way(session)
    send("clocks.pursue", [{"organization_id": organization_id} for organization_id in organization_ids])


def sweep_windows(container: Container, send: Send) -> None:
    """End recoveries whose window is over."""
    del send
    ended = end_windows(container.database.begin, now=container.clock.now(), batch=BATCH)
    if ended:
        _log.info("windows_ended", count=ended)


def sweep_readings(container: Container, send: Send) -> None:
    """Let walks through providers' payments begin where there is none, and send those that are due to workers."""
    with container.database.begin() as session:
        begin_reconciling(session, now=container.clock.now(), batch=BATCH)
        claimed = claim_walks(session, now=container.clock.now(), batch=WALKS)
    send("readings.walk", [{"reading_id": walk.id, "fence": walk.fence} for walk in claimed])


def sweep_rollups(container: Container, send: Send) -> None:
    """Add up what triggers wrote for the rollups; a long queue takes several transactions, and then the next sweep."""
    del send
    for _ in range(FOLDS):
        with container.database.begin() as session:
            if fold_deltas(session, batch=FOLD_BATCH) < FOLD_BATCH:
                return


def tidy_up(container: Container, send: Send) -> None:
    """Delete what has served its time."""
    del send
    with container.database.begin() as session:
        kept = timedelta(days=container.settings.request_log_days)
        gone = tidy(session, now=container.clock.now(), batch=TIDY_BATCH, requests_kept=kept)
    if any(gone.values()):
        _log.info("tidied", **gone)


def pursue_clock(container: Container, *, organization_id: str) -> None:
    """Let a test organization's time pass; one process at a time."""
    with try_lock(container.database.engine, clocks.lock_name(organization_id)) as held:
        if held:
            clocks.pursue(
                container.database.begin,
                payments=container.payments,
                crypto=container.crypto,
                clock=container.clock,
                organization_id=organization_id,
                budget=CLOCK_BUDGET,
                room=container.mailroom,
            )
