"""What beat does again and again: let go of dead workers' attempts, take due ones in hand, end windows."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.queries.attempts import Claimed, claim_due, count_leased, release_expired
from app.db.queries.recoveries import window_ended
from app.db.session import Begin
from app.services.recovery.act import end_window


def claim_attempts(session: Session, *, now: datetime, lease: timedelta, in_flight: int) -> list[Claimed]:
    """Take due attempts in hand, fairly between organizations, until `in_flight` are in workers' hands.

    `now` is the machine's time. The bound keeps the queue short, so that one merchant's backlog
    never stands before another's only attempt.
    """
    release_expired(session, now=now, batch=in_flight)
    room = in_flight - count_leased(session)
    return claim_due(session, now=now, lease=now + lease, batch=room) if room > 0 else []


def end_windows(begin: Begin, *, now: datetime, batch: int, organization_id: str | None = None) -> int:
    """End recoveries whose window is over, each in its own transaction; return how many."""
    with begin() as session:
        recovery_ids = window_ended(session, now=now, batch=batch, organization_id=organization_id)
    ended = 0
    for recovery_id in recovery_ids:
        with begin() as session:
            ended += end_window(session, recovery_id=recovery_id, now=now)
    return ended
