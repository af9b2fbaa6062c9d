"""Two small pages for whoever got a message: is it real, and please stop. No script, nothing personal."""

from html import escape
from typing import Annotated, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from app.api.deps import MINUTE, ClientIp, Db, Now, Shared, refuse_rate
from app.api.routers.psp_events import read_raw
from app.db.models import Organization
from app.db.queries.notify import find_by_code
from app.domain.notify.codes import read_code
from app.services.notify.mailroom import read_unsubscribe
from app.services.notify.receipts import opt_out

router = APIRouter(include_in_schema=False)

Raw = Annotated[bytes, Depends(read_raw)]
MOST_TRIES: Final = 20
_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "x-robots-tag": "noindex",
}
_FORM: Final = (
    '<form method="post" action="/verify"><p><label for="code">The code in the message</label><br>'
    '<input id="code" name="code" required maxlength="20" autocomplete="off" autocapitalize="characters" '
    'spellcheck="false"></p><p><button type="submit">Check</button></p></form>'
)


@router.get("/verify")
def ask_for_code() -> HTMLResponse:
    """Ask for the code of a message."""
    return _page("Is this message real?", f"<p>Type the code that came with it.</p>{_FORM}")


@router.post("/verify")
def check_code(body: Raw, db: Db, container: Shared, now: Now, client_ip: ClientIp) -> HTMLResponse:
    """Say whether a message with that code was sent, by whom and when; nothing of the payer or the payment."""
    wait = container.limiter.take(f"verify:{client_ip}", limit=MOST_TRIES, per=MINUTE, now=now, strict=True)
    if wait is not None:
        refuse_rate("verify", wait)
    code = read_code(_field(body, "code"))
    message = find_by_code(db, code=code) if code else None
    if message is None:
        words = "<p><strong>We sent no message with that code.</strong> Do not open its link, and do not pay.</p>"
        return _page("Not ours", words + _FORM, status=404)
    merchant = escape(db.get_one(Organization, message.organization_id).name)
    sent = message.started_at.date().isoformat() if message.started_at else ""
    words = f"<p><strong>This message is real.</strong> {merchant} sent it on {sent} by {message.channel}.</p>"
    return _page("This message is real", words)


@router.get("/unsubscribe/{token}")
def ask_to_stop(token: str, container: Shared) -> HTMLResponse:
    """Ask before stopping: programs open links too."""
    if read_unsubscribe(container.crypto, token) is None:
        return _page("Not found", "<p>This address is not complete.</p>", status=404)
    form = (
        f'<form method="post" action="/unsubscribe/{escape(token)}"><button type="submit">Stop messages</button></form>'
    )
    return _page("Stop these messages?", f"<p>You will not be written to about failed payments any more.</p>{form}")


@router.post("/unsubscribe/{token}")
def stop(token: str, db: Db, container: Shared, now: Now) -> HTMLResponse:
    """Stop messages to the address that the link was sent to; also what mail programs post (RFC 8058)."""
    message_id = read_unsubscribe(container.crypto, token)
    if message_id is None or not opt_out(db, message_id=message_id, source="payer", now=now):
        return _page("Not found", "<p>This address is not complete.</p>", status=404)
    return _page("Stopped", "<p>You will not be written to any more.</p>")


def _field(body: bytes, name: str) -> str:
    values = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10) if len(body) <= 1000 else {}  # noqa: PLR2004  (bytes)
    return values.get(name, [""])[0].replace("\0", "")


def _page(title: str, content: str, *, status: int = 200) -> HTMLResponse:
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"></head>'
        f"<body><main><h1>{title}</h1>{content}</main></body></html>"
    )
    return HTMLResponse(page, status_code=status, headers=_HEADERS)
