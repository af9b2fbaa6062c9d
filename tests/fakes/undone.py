"""A database that takes everything back, so that one set of things outlives whatever is done to it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from app.db.session import Database


class UndoneDatabase(Database):
    """Its transactions see what they do, and end with ROLLBACK."""

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Open a transaction; flush it at the end, so that what the database refuses shows, and roll it back."""
        with self._sessions() as session:
            yield session
            session.flush()
            session.rollback()
