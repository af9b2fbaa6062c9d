"""Which providers fail at the moment, for those who would send a payer there."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import redis
import structlog
from sqlalchemy.orm import Session

from app.db.models import Organization
from app.domain.payments.errors import NoPspAccountError
from app.services.ops import Remembered, TrippedBreakers
from app.services.payments.accounts import choose_account_of

_CALLS: Final = "calls"
_KEEP_FOR: Final = timedelta(seconds=5)
_MOST: Final = 1000
_log = structlog.get_logger(__name__)


class Outages:
    """Knows whose breakers are not closed, from a list that is read again every few seconds.

    While nothing fails, asking costs no query; while Redis does not answer, nothing is known to fail.
    """

    def __init__(self, breakers: TrippedBreakers, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._breakers = breakers
        self._failing = Remembered(self._read, keep_for=_KEEP_FOR, monotonic=monotonic)

    def since(self, session: Session, *, organization: Organization, gateway: str, now: datetime) -> datetime | None:
        """Return since when the account fails that a payment of this gateway goes through; None if it is well.

        `now` is the organization's time, by which breakers of its accounts go.
        """
        failing = self._failing.get(now - organization.clock_offset)
        if not failing:
            return None
        try:
            chosen = choose_account_of(session, organization=organization, gateway=gateway)
        except NoPspAccountError:
            return None
        return failing.get(chosen.id)

    def _read(self, now: datetime) -> Mapping[str, datetime]:
        try:
            tripped = self._breakers.tripped(now=now, limit=_MOST)
        except redis.RedisError as error:
            _log.warning("outages_unknown", error=type(error).__name__)
            return {}
        return {each.account_id: each.since for each in tripped if each.lane == _CALLS and each.since is not None}
