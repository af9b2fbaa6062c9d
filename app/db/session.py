"""Engine and sessions. The edge opens a transaction here and commits it; nobody below does."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker

STATEMENT_TIMEOUT_MS = 15_000
LOCK_TIMEOUT_MS = 5_000

Begin = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction and commits it at the end; handed in by the edge."""

Connect = Callable[[], AbstractContextManager[Connection]]
"""Lends a connection on which each statement is a transaction of its own."""


def normalise_url(url: str) -> str:
    """Say psycopg 3 for any spelling of a PostgreSQL URL that users bring."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


class Database:
    """One pool of connections, and transactions on it."""

    def __init__(self, url: str, *, pool_size: int = 10, application_name: str = "tinko") -> None:
        self.engine = _engine(url, pool_size=pool_size, application_name=application_name, pool_pre_ping=True)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Open a transaction; commit it at the end, roll it back on any exception."""
        with self._sessions.begin() as session:
            yield session

    def dispose(self) -> None:
        """Close every pooled connection (also after a fork)."""
        self.engine.dispose()


class Statements:
    """A pool whose connections make each statement a transaction of its own, in one round trip.

    A connection is not tried out before it is lent, so the first statement after a break fails.
    """

    def __init__(self, url: str, *, pool_size: int, application_name: str) -> None:
        self._engine = _engine(
            url,
            pool_size=pool_size,
            application_name=application_name,
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
            more=" -c plan_cache_mode=force_generic_plan",  # planned once: a large statement takes long to plan
        )

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Lend a connection."""
        with self._engine.connect() as connection:
            yield connection

    def dispose(self) -> None:
        """Close every pooled connection (also after a fork)."""
        self._engine.dispose()


def _engine(url: str, *, pool_size: int, application_name: str, more: str = "", **options: Any) -> Engine:
    settings = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS} -c timezone=UTC{more}"
    return create_engine(
        normalise_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_use_lifo=True,  # the connection used last has its statements prepared, and its caches warm
        pool_recycle=1800,
        hide_parameters=True,  # errors travel into logs; what people told us does not
        connect_args={"options": settings, "application_name": application_name, "connect_timeout": 5},
        **options,
    )
