"""The hosted checkout page: what a payer sees at the pretended provider. Plain HTML, no script."""

from typing import Annotated, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from app.simulators.books.html import page
from app.simulators.sandbox import checkout
from app.simulators.sandbox.bodies import ID_PATTERN
from app.simulators.sandbox.context import Context
from app.simulators.sandbox.errors import invalid
from app.simulators.sandbox.schema import Row

router = APIRouter(prefix="/checkout")

_CHOICES: Final = {"pay": "captured", "decline": "declined", "authenticate": "requires_action"}
_MAX_FORM: Final = 1000


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


InContext = Annotated[Context, Depends(_context)]
Id = Annotated[str, Path(pattern=ID_PATTERN)]


@router.get("/{session_id}")
def show(context: InContext, session_id: Id) -> Response:
    """Show the page; changes nothing."""
    session = checkout.for_payer(context.database, session_id)
    if session["payment_id"]:
        return RedirectResponse(session["success_url"], status_code=303)
    return _page(session)


@router.post("/{session_id}")
async def act(request: Request, context: InContext, session_id: Id) -> Response:
    """Do what the payer chose: pay, decline, authenticate or leave."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM:
            raise invalid("That is no form of this page.")
    choice = parse_qs(body.decode("ascii", "replace")).get("choice", [""])[0]
    return await run_in_threadpool(_act, context, session_id, choice)


def _act(context: Context, session_id: str, choice: str) -> Response:
    session = checkout.for_payer(context.database, session_id)
    if choice == "leave":
        return RedirectResponse(session["cancel_url"], status_code=303)
    if choice not in _CHOICES:
        raise invalid("Choose one of the buttons.")
    checkout.settle(context.database, session_id, _CHOICES[choice])
    context.sender.wake()
    # Back to the page, which knows where a paid session leads: reloading it posts nothing again.
    return RedirectResponse(f"/checkout/{session_id}", status_code=303)


def _page(session: Row) -> Response:
    return page(
        "Sandbox checkout",
        amount=session["amount"],
        currency=session["currency"],
        reference=session["reference"],
        authenticating=session["authenticating"],
        expired=session["expired"],
    )
