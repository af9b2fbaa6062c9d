"""The hosted checkout page: what a payer sees at the pretended provider. Plain HTML, no script."""

from html import escape
from typing import Annotated, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from app.simulators.sandbox import checkout
from app.simulators.sandbox.bodies import ID_PATTERN
from app.simulators.sandbox.context import Context
from app.simulators.sandbox.errors import invalid
from app.simulators.sandbox.schema import Row

router = APIRouter(prefix="/checkout")

_CHOICES: Final = {"pay": "captured", "decline": "declined", "authenticate": "requires_action"}
_MAX_FORM: Final = 1000
_HEADERS: Final = {
    # No form-action here: some browsers apply it to the redirect after the form, which leads to the merchant.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox checkout</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:2rem auto;padding:0 1rem}}
button{{display:block;width:100%;margin:.6rem 0;padding:.8rem;font:inherit}}</style></head>
<body><h1>Sandbox checkout</h1><p>{note}</p><p>{amount} {currency} (minor units) for {reference}</p>
<form method="post">{buttons}</form></body></html>"""
_BUTTON: Final = '<button name="choice" value="{value}">{label}</button>'
_OPEN: Final = (
    ("pay", "Pay"),
    ("decline", "Decline"),
    ("authenticate", "Ask for authentication"),
    ("leave", "Walk away"),
)
_WAITING: Final = (("pay", "Authenticate and pay"), ("decline", "Fail authentication"), ("leave", "Walk away"))


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


def _page(session: Row) -> HTMLResponse:
    buttons: tuple[tuple[str, str], ...] = _WAITING if session["authenticating"] else _OPEN
    note = "This is no real money."
    if session["expired"]:
        buttons, note = (("leave", "Back to the merchant"),), "This payment page has expired."
    html = _PAGE.format(
        note=note,
        amount=session["amount"],
        currency=escape(session["currency"]),
        reference=escape(session["reference"]),
        buttons="".join(_BUTTON.format(value=value, label=label) for value, label in buttons),
    )
    return HTMLResponse(html, status_code=410 if session["expired"] else 200, headers=_HEADERS)
