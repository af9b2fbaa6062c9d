"""What the routes of one running simulator share: the books, the skin, the sender; and how they answer."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from app.simulators.books import accounts
from app.simulators.books.database import Database
from app.simulators.books.errors import BooksError, Refusal, invalid
from app.simulators.books.idempotency import once
from app.simulators.books.sender import Sender
from app.simulators.books.skin import Answer, Skin
from app.simulators.books.unit import Account, Unit

_MAX_BODY: Final = 1_000_000


class Reply(JSONResponse):
    """An answer that may keep its caller waiting, while the books are closed and no thread is held."""

    def __init__(self, answer: Answer, *, wait_seconds: float = 0.0) -> None:
        super().__init__(answer.body, status_code=answer.status, headers=dict(answer.headers))
        self._wait_seconds = wait_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then answer."""
        if self._wait_seconds:
            await asyncio.sleep(self._wait_seconds)
        await super().__call__(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Books:
    """One running simulator. `now` is its clock."""

    database: Database
    sender: Sender
    skin: Skin
    now: Callable[[], datetime]
    stall_seconds: float
    public_base_url: str

    def account(self, name: str) -> Account:
        """Return the account of a name; raises `UNAVAILABLE` if it is switched down."""
        row = accounts.find_or_make(self.database, name)
        if row["is_down"]:
            raise BooksError(Refusal.UNAVAILABLE, "Down for maintenance.")
        return Account(row["id"], name)

    @contextmanager
    def unit(self, account: Account) -> Iterator[Unit]:
        """Lend a unit of work: committed at the end, rolled back by an exception; webhooks go out after it."""
        with self.database.transaction() as connection:
            yield Unit(connection, account, self.now(), self.skin)
        self.sender.wake()

    def read(self, account: Account, work: Callable[[Unit], dict[str, Any]]) -> Reply:
        """Answer 200 with what the work returns."""
        with self.unit(account) as unit:
            body = work(unit)
        return self._reply(Answer(200, body))

    def write(self, account: Account, key: str | None, request: object, work: Callable[[Unit], Answer]) -> Reply:
        """Answer with what the work returns; with a key, do it once (see `idempotency.once`).

        `request` is what a second use of the key must be equal to: put the path in.
        """
        with self.unit(account) as unit:
            answer = work(unit) if not key else once(unit, key, request, work)
        if unit.breaks and not key:
            answer = self.skin.refuse(unit.breaks)
        return self._reply(answer, stalls=unit.stalls)

    def refused(self, error: BooksError) -> Reply:
        """Say a refusal in the skin's words."""
        return self._reply(self.skin.refuse(error), stalls=error.stalls)

    def _reply(self, answer: Answer, *, stalls: bool = False) -> Reply:
        # Dated by the simulator's clock, as a provider's replies are by its own: callers may go by that.
        dated = {"Date": format_datetime(self.now().astimezone(UTC), usegmt=True), **answer.headers}
        wait_seconds = self.stall_seconds if stalls else 0.0
        return Reply(replace(answer, headers=dated), wait_seconds=wait_seconds)

    def base_url(self, request: Request) -> str:
        """Return where payers reach the pages: as set, else as this request came in."""
        return self.public_base_url or str(request.base_url).rstrip("/")

    def page_url(self, request: Request, checkout_id: str) -> str:
        """Return the address of a hosted page."""
        return f"{self.base_url(request)}/_simulator/checkout/{checkout_id}"


def _books(request: Request) -> Books:
    books: Books = request.app.state.books
    return books


InBooks = Annotated[Books, Depends(_books)]


def _account(request: Request, books: InBooks) -> Account:
    return books.account(books.skin.account_of(request.headers))


async def _raw_body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            raise invalid("The body is too large.")
    return body


RawBody = Annotated[bytes, Depends(_raw_body)]


def _json_body(body: RawBody) -> dict[str, Any]:
    try:
        parsed = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise invalid("The body is not JSON.") from None
    if not isinstance(parsed, dict):
        raise invalid("The body is not a JSON object.")
    return parsed


InAccount = Annotated[Account, Depends(_account)]
"""The caller's account, by the skin's `account_of`."""
JsonBody = Annotated[dict[str, Any], Depends(_json_body)]
