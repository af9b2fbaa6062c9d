"""Engine and sessions. The edge opens a transaction here and commits it; nobody below does."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker

STATEMENT_TIMEOUT_MS = 15_000
LOCK_TIMEOUT_MS = 5_000

Begin = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction and commits it at the end; handed in by the edge."""


def normalise_url(url: str) -> str:
    """Say psycopg 3 for any spelling of a PostgreSQL URL that users bring."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


class Database:
    """One pool of connections, and transactions on it."""

    def __init__(self, url: str, *, pool_size: int = 10, application_name: str = "tinko") -> None:
        options = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS} -c timezone=UTC"
        self.engine: Engine = create_engine(
            normalise_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_use_lifo=True,  # the connection used last has its statements prepared, and its caches warm
            pool_pre_ping=True,
            pool_recycle=1800,
            hide_parameters=True,  # errors travel into logs; what people told us does not
            connect_args={"options": options, "application_name": application_name, "connect_timeout": 5},
        )
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Open a transaction; commit it at the end, roll it back on any exception."""
        with self._sessions.begin() as session:
            yield session

    def dispose(self) -> None:
        """Close every pooled connection (also after a fork)."""
        self.engine.dispose()
