"""A group of reports with its transaction: raced groups are tried again, and nobody pays for a neighbour."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.db.session import Begin
from app.domain.errors import UnavailableError
from app.infra.clock import Clock
from app.infra.metrics import EVENTS_INGESTED, INGEST_GROUP, INGEST_SECONDS
from app.services.ingest.incoming import Incoming, Outcome, Recorded
from app.services.ingest.record import RacedError, record_failures

_TRIES: Final = 5
_WAIT: Final = timedelta(seconds=1)
_log = structlog.get_logger(__name__)


def record_group(begin: Begin, *, items: Sequence[Incoming], clock: Clock, retention: timedelta) -> list[Outcome]:
    """Record reports in one transaction, committed when this returns; the outcome of each.

    If the database refuses a row, the reports are recorded one by one, so that only the bad one
    fails. If the database is not there, all answer `UnavailableError`.
    """
    INGEST_GROUP.observe(len(items))
    with INGEST_SECONDS.time():
        outcomes = _record(begin, items, clock, retention)
    for outcome in outcomes:
        recorded = "replayed" if isinstance(outcome, Recorded) and outcome.replayed else "accepted"
        EVENTS_INGESTED.labels(recorded if isinstance(outcome, Recorded) else "refused").inc()
    return outcomes


def _record(begin: Begin, items: Sequence[Incoming], clock: Clock, retention: timedelta) -> list[Outcome]:
    for _ in range(_TRIES):
        try:
            with begin() as session:
                return record_failures(session, items=items, now=clock.now(), retention=retention)
        except RacedError:
            continue
        except (OperationalError, PoolTimeoutError, DisconnectionError) as down:
            # Deadlocks and lock time-outs are among these: the next try may do.
            _log.warning("ingest_group_failed", size=len(items), exc_info=down)
        except DBAPIError as refused:
            if len(items) == 1:
                _log.exception("ingest_row_refused", exc_info=refused)
                return [_unavailable("The database refused this report.")]
            return [outcome for item in items for outcome in _record(begin, [item], clock, retention)]
    return [_unavailable("The database did not take the report in time.") for _ in items]


def _unavailable(detail: str) -> UnavailableError:
    return UnavailableError(detail, retry_after=_WAIT, code="ingest_unavailable")
