"""The mailbox over HTTP: a page for people, JSON for programs, and the doors of the two messaging providers."""

import re
from html import escape
from secrets import token_hex
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse

from app.infra.clock import Clock
from app.simulators.mailbox.store import Received, Store, as_json

_URL: Final = re.compile(r"https?://[^\s<>\"]+")
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "article{border:1px solid #8886;border-radius:8px;padding:1rem;margin:1rem 0}pre{white-space:pre-wrap;"
    "overflow-wrap:anywhere;font:inherit}small{opacity:.7}"
)
_PAGE_HEADERS: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


def create_app(store: Store, *, clock: Clock) -> FastAPI:
    """Build the mailbox's application over a store."""
    app = FastAPI(title="Mailbox", version="1", docs_url=None, redoc_url=None)

    @app.get("/", response_class=HTMLResponse)
    def read_all(to: str | None = None) -> HTMLResponse:
        articles = (
            "".join(_article(each) for each in store.newest_first(recipient=to)) or "<p>Nothing was sent yet.</p>"
        )
        return _page("Sent mail, SMS and WhatsApp", articles)

    @app.get("/messages/{number}/html", response_class=HTMLResponse)
    def read_html(number: int) -> HTMLResponse:
        found = store.find(number)
        # Its own content, as a mail program would show it: without scripts and without anything from elsewhere.
        headers = {**_PAGE_HEADERS, "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return HTMLResponse(found.html if found else "", status_code=200 if found else 404, headers=headers)

    @app.get("/api/messages")
    def list_all(to: str | None = None) -> dict[str, Any]:
        return {"items": [as_json(each) for each in store.newest_first(recipient=to)]}

    @app.delete("/api/messages", status_code=204)
    def forget_all() -> None:
        store.clear()

    @app.post("/2010-04-01/Accounts/{account}/Messages.json", status_code=201)
    async def take_sms(account: str, request: Request) -> JSONResponse:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if not form.get("To") or not form.get("Body"):
            return JSONResponse({"code": 21604, "message": "A 'To' and a 'Body' are required."}, status_code=400)
        sender = form.get("From") or form.get("MessagingServiceSid") or account
        channel = "whatsapp" if form["To"].startswith("whatsapp:") else "sms"
        recipient = form["To"].removeprefix("whatsapp:")
        _keep(store, clock, channel, sender=sender, recipient=recipient, text=form["Body"])
        return JSONResponse({"sid": f"SM{token_hex(16)}", "status": "queued"}, status_code=201)

    @app.post("/{number_id}/messages")
    async def take_whatsapp(number_id: str, request: Request) -> JSONResponse:
        body = await request.json()
        text = body["text"]["body"] if body.get("type") == "text" else _filled_in(body["template"])
        _keep(store, clock, "whatsapp", sender=number_id, recipient=f"+{body['to']}", text=text)
        return JSONResponse({"messaging_product": "whatsapp", "messages": [{"id": f"wamid.{token_hex(16)}"}]})

    return app


def _keep(store: Store, clock: Clock, channel: str, *, sender: str, recipient: str, text: str) -> None:
    store.add(
        channel=channel,
        sender=sender,
        recipient=recipient,
        subject="",
        text=text,
        html="",
        headers={},
        received_at=clock.now(),
    )


def _filled_in(template: dict[str, Any]) -> str:
    values = [parameter["text"] for part in template.get("components", ()) for parameter in part["parameters"]]
    return "\n".join([f"[template {template['name']}, {template['language']['code']}]", *values])


def _article(message: Received) -> str:
    text = _URL.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', escape(message.text))
    html = f' · <a href="/messages/{message.id}/html">as HTML</a>' if message.html else ""
    return (
        f"<article><small>{message.channel} · to {escape(message.recipient)} · from {escape(message.sender)} · "
        f"{message.received_at.isoformat(timespec='seconds')}{html}</small>"
        f"<h2>{escape(message.subject)}</h2><pre>{text}</pre></article>"
    )


def _page(title: str, content: str) -> HTMLResponse:
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1>{content}</body></html>"
    )
    return HTMLResponse(page, headers=_PAGE_HEADERS)
