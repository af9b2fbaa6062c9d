"""One request's work on the books: a connection in a transaction, the account, the time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.simulators.books import outbox
from app.simulators.books.database import Conn, Row
from app.simulators.books.errors import BooksError
from app.simulators.books.skin import Change, Kind, Skin


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the simulator, named by its key."""

    id: int
    name: str


@dataclass(slots=True)
class Unit:
    """What the verbs of the books work with. `stalls` and `breaks` are set by a token's script.

    `breaks` is the refusal that is answered (and replayed) though the books were written.
    """

    connection: Conn
    account: Account
    now: datetime
    skin: Skin
    stalls: bool = False
    breaks: BooksError | None = None

    def rows(self, statement: str, **parameters: Any) -> list[Row]:
        """Run a statement; `%(account_id)s` and `%(now)s` are filled in."""
        filled = {"account_id": self.account.id, "now": self.now, **parameters}
        cursor = self.connection.execute(statement.encode(), filled)
        return cursor.fetchall() if cursor.description else []

    def row(self, statement: str, **parameters: Any) -> Row | None:
        """Run a statement and return its first row, if there is one."""
        found = self.rows(statement, **parameters)
        return found[0] if found else None

    def written(self, statement: str, **parameters: Any) -> Row:
        """Run a statement that returns the row it wrote."""
        row = self.row(statement, **parameters)
        if row is None:
            raise AssertionError("a statement that wrote nothing")
        return row

    def tell(self, kind: Kind, row: Row, payment: Row | None) -> None:
        """Write the webhooks that tell of a change."""
        for event in self.skin.events(self.connection, Change(kind, row, payment, self.now)):
            outbox.enqueue(self.connection, self.account.id, event)
