"""Only for test organizations: their clock, and what the sandbox says it booked."""

import threading
import time
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints, ValidationError

from app.api.deps import Db, Now, RequestId, Shared, require
from app.api.pagination import CursorInvalidError, Listing, PageParams, write_cursor
from app.api.schemas.practice import AdvanceIn, ClockView, SandboxCharge
from app.bootstrap import Container
from app.db.locks import try_lock
from app.domain.errors import FieldError, UnavailableError
from app.domain.identity.caller import Caller
from app.services import clock as clocks
from app.services.audit import record_audit
from app.services.payments import sandbox_books

router = APIRouter(prefix="/v1/test", tags=["test organizations"])

BooksReader = Annotated[Caller, require("recoveries:read")]
ClockReader = Annotated[Caller, require("test_clock:read")]
ClockMover = Annotated[Caller, require("test_clock:write")]
# What the sandbox takes as a reference; anything else cannot have been charged.
Reference = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]*$")]

BUDGET: Final = timedelta(seconds=25)
_POLL_SECONDS: Final = 0.1
# Each call that moves a clock keeps a connection for its lock; the rest are left to the sweep.
_SLOTS: Final = threading.BoundedSemaphore(3)
_MOST_CURSOR_DIGITS: Final = 18


@router.get("/sandbox_psp/charges", response_model=Listing[SandboxCharge])
def list_sandbox_charges(
    container: Shared,
    caller: BooksReader,
    page: PageParams,
    transaction_ref: Annotated[Reference | None, Query()] = None,
    psp_account_id: Annotated[str | None, Query(max_length=64, description="Else the preferred one.")] = None,
) -> Listing[SandboxCharge]:
    """List every charge that the sandbox saw, oldest first, from its own books."""
    if page.after is not None and not (page.after.isdecimal() and len(page.after) <= _MOST_CURSOR_DIGITS):
        error = FieldError("/query/cursor", "take `next_cursor` of the page before")
        raise CursorInvalidError("The cursor is not valid.", errors=(error,))
    found = sandbox_books.list_charges(
        container.database.begin,
        crypto=container.crypto,
        books=container.sandbox_console,
        organization_id=caller.organization_id,
        account_id=psp_account_id,
        transaction_ref=transaction_ref,
        limit=page.limit,
        cursor=page.after,
    )
    try:
        items = [SandboxCharge.model_validate(item) for item in found.items]
    except ValidationError:
        wait = timedelta(seconds=5)
        raise UnavailableError("The sandbox's books are not readable.", retry_after=wait) from None
    return Listing(items=items, next_cursor=write_cursor(found.next_cursor) if found.next_cursor else None)


@router.get("/clock", response_model=ClockView)
def read_clock(db: Db, caller: ClockReader, now: Now) -> ClockView:
    """Tell what time it is for the organization."""
    return ClockView.of(clocks.read_clock(db, organization_id=caller.organization_id, now=now))


@router.post("/clock/advance", response_model=ClockView, responses={202: {"model": ClockView}})
def advance_clock(
    body: AdvanceIn, container: Shared, caller: ClockMover, request_id: RequestId, response: Response
) -> ClockView:
    """Let time pass, and everything that falls due happen in order.

    202 if that takes longer than this call waits: it goes on, and `GET /v1/test/clock` tells when it has arrived.
    """
    _start(container, caller, timedelta(seconds=body.seconds), request_id)
    if _SLOTS.acquire(blocking=False):
        try:
            _pursue(container, caller.organization_id)
        finally:
            _SLOTS.release()
    container.api_keys.forget(caller.organization_id)
    state = _state(container, caller.organization_id)
    response.status_code = 200 if state.target_at is None else 202
    return ClockView.of(state)


def _start(container: Container, caller: Caller, by: timedelta, request_id: str) -> None:
    now = container.clock.now()
    with container.database.begin() as session:
        target_at = clocks.start_advance(session, organization_id=caller.organization_id, by=by, now=now)
        record_audit(
            session,
            organization_id=caller.organization_id,
            actor=caller.actor,
            action="test_clock.advance",
            subject=caller.organization_id,
            after={"seconds": int(by.total_seconds()), "to": target_at.isoformat()},
            request_id=request_id,
            now=now,
        )


def _pursue(container: Container, organization_id: str) -> None:
    """Move the clock, or watch whoever does, until it has arrived or the budget is used up."""
    ends = time.monotonic() + BUDGET.total_seconds()
    while (left := ends - time.monotonic()) > 0:
        with try_lock(container.database.engine, clocks.lock_name(organization_id)) as held:
            if held:
                clocks.pursue(
                    container.database.begin,
                    payments=container.payments,
                    crypto=container.crypto,
                    clock=container.clock,
                    organization_id=organization_id,
                    budget=timedelta(seconds=left),
                    room=container.mailroom,
                )
                return
        if _state(container, organization_id).target_at is None:
            return
        time.sleep(_POLL_SECONDS)


def _state(container: Container, organization_id: str) -> clocks.TestClock:
    with container.database.begin() as session:
        return clocks.read_clock(session, organization_id=organization_id, now=container.clock.now())
