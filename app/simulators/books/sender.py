"""Sends webhooks in the background: several threads and processes may, and a killed one loses none."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Final

import httpx
import psycopg
from psycopg_pool import PoolTimeout

from app.simulators.books.database import Database, Row

_log = logging.getLogger(__name__)

MAX_ATTEMPTS: Final = 12
BACKOFF_SECONDS: Final = 0.5
BACKOFF_CAP_SECONDS: Final = 300.0
LEASE_SECONDS: Final = 30.0
"""A claimed delivery whose sender died is due again after this long; well over one call's time-outs."""
KEPT_DAYS: Final = 7
_IDLE_SECONDS: Final = 0.25
_TROUBLE_SECONDS: Final = 1.0
_OK: Final = range(200, 300)

_CLAIM: Final = """
WITH due AS (
    SELECT id FROM deliveries
    WHERE status = 'waiting' AND due_at <= clock_timestamp()
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE deliveries d
    SET attempts = d.attempts + 1, due_at = clock_timestamp() + make_interval(secs => %(lease)s)
    FROM due WHERE d.id = due.id
    RETURNING d.*
)
SELECT a.*, c.*, extract(epoch FROM clock_timestamp())::bigint AS now
FROM claimed c JOIN accounts a ON a.id = c.account_id
"""
# `attempts` is the fence: a sender whose lease ran out no longer decides.
_END: Final = """
UPDATE deliveries SET status = %(status)s, ended_at = clock_timestamp()
WHERE id = %(id)s AND attempts = %(attempts)s AND status = 'waiting'
"""
_AGAIN: Final = """
UPDATE deliveries SET due_at = clock_timestamp() + make_interval(secs => %(wait)s)
WHERE id = %(id)s AND attempts = %(attempts)s AND status = 'waiting'
"""
_PRUNE: Final = """
DELETE FROM deliveries WHERE id IN (
    SELECT id FROM deliveries
    WHERE ended_at < clock_timestamp() - make_interval(days => %(days)s) ORDER BY ended_at LIMIT 10000
)
"""


def backoff(attempts: int) -> float:
    """Return the seconds to wait after that many failed attempts (from 1): doubling, capped."""
    return min(BACKOFF_SECONDS * (1 << min(attempts - 1, 20)), BACKOFF_CAP_SECONDS)


class Sender:
    """Threads that claim one due delivery at a time, send it, and write down how it went.

    `headers_for` signs a claimed row: the columns of `deliveries` and of its account, and `now` in Unix seconds.
    """

    def __init__(
        self,
        database: Database,
        client: httpx.Client,
        *,
        headers_for: Callable[[Row], Mapping[str, str]],
        threads: int,
        name: str,
    ) -> None:
        self._database = database
        self._client = client
        self._headers_for = headers_for
        self._name = name
        self._stopping = threading.Event()
        self._due = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-webhooks-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Tidy old deliveries away and start sending."""
        self._database.run(_PRUNE, {"days": KEPT_DAYS})
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop after the call at hand; what is not sent stays a row."""
        self._stopping.set()
        self._due.set()
        for thread in self._threads:
            thread.join(timeout=8.0)

    def wake(self) -> None:
        """Say that something may be due now; without it, it is seen a quarter of a second later."""
        self._due.set()

    def send_one(self) -> bool:
        """Claim and send one delivery; False if none is due."""
        rows = self._database.run(_CLAIM, {"lease": LEASE_SECONDS})
        if rows:
            self._finish(rows[0], delivered=self._post(rows[0]))
        return bool(rows)

    def _run(self) -> None:
        while not self._stopping.is_set():
            wait = self._guarded(self.send_one)
            if wait:
                self._due.wait(wait)
                self._due.clear()

    def _guarded(self, step: Callable[[], bool]) -> float:
        """Run a step; return the seconds to rest after it."""
        try:
            return 0.0 if step() else _IDLE_SECONDS
        except (psycopg.Error, PoolTimeout) as error:
            _log.warning("the books of %s cannot be reached: %s", self._name, type(error).__name__)
            return _TROUBLE_SECONDS

    def _post(self, row: Row) -> bool:
        if not row["webhook_url"]:
            return False
        headers = {"content-type": "application/json", **self._headers_for(row)}
        try:
            # Streamed and closed: how much the far side has to say must not matter.
            with self._client.stream("POST", row["webhook_url"], content=row["body"], headers=headers) as response:
                return response.status_code in _OK
        except (httpx.HTTPError, httpx.InvalidURL):
            return False

    def _finish(self, row: Row, *, delivered: bool) -> None:
        key = {"id": row["id"], "attempts": row["attempts"]}
        if delivered or row["attempts"] >= MAX_ATTEMPTS:
            self._database.run(_END, {**key, "status": "delivered" if delivered else "dead"})
        else:
            self._database.run(_AGAIN, {**key, "wait": backoff(row["attempts"])})
