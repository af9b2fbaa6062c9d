"""What has served its time goes, in bounded batches."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.queries.housekeeping import delete_expired_keys, delete_old_psp_events, delete_old_sessions
from app.db.queries.outbox import delete_done
from app.db.queries.people import delete_forgotten_tries
from app.db.queries.request_log import delete_old_requests

_OUTBOX_KEPT: Final = timedelta(days=7)
_PSP_EVENTS_KEPT: Final = timedelta(days=90)
_SESSIONS_KEPT: Final = timedelta(days=30)
_TRIES_KEPT: Final = timedelta(days=2)


def tidy(session: Session, *, now: datetime, batch: int, requests_kept: timedelta) -> dict[str, int]:
    """Delete up to `batch` rows of each kind that nobody needs any more; return how many went.

    Requests are many: up to four batches of them go.
    """
    return {
        "idempotency_keys": delete_expired_keys(session, before=now, batch=batch),
        "outbox": delete_done(session, before=now - _OUTBOX_KEPT, batch=batch),
        "psp_events": delete_old_psp_events(session, before=now - _PSP_EVENTS_KEPT, batch=batch),
        "request_log": delete_old_requests(session, before=now - requests_kept, batch=4 * batch),
        "sign_in_tries": delete_forgotten_tries(session, before=now - _TRIES_KEPT, batch=batch),
        "user_sessions": delete_old_sessions(session, before=now - _SESSIONS_KEPT, batch=batch),
    }
