"""What all pages share over HTTP: headers, small forms, and answers."""

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import parse_qs

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from app.bootstrap import Container
from app.pages.render import Page

_MAX_FORM: Final = 1000
_POLICY: Final = "default-src 'none'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


def _container(request: Request) -> Container:
    container: Container = request.app.state.container
    return container


async def _form(request: Request) -> dict[str, str]:
    """Read a small form; of one that is larger, or none, nothing is left."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM:
            return {}
    text = body.decode("utf-8", "replace").replace("\0", "")
    try:
        fields = parse_qs(text, max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


Shared = Annotated[Container, Depends(_container)]
Form = Annotated[dict[str, str], Depends(_form)]


def client_ip(request: Request) -> str:
    """Return the caller's address (behind a proxy: as uvicorn's trusted proxies report it)."""
    return request.client.host if request.client else "unknown"


def answer(page: Page, *, status: int = 200, leads_to: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """Return a page; `leads_to` names where its forms may lead besides, for a browser holds redirects to that too.

    It is not packed: the page holds a token, and how well something packs tells of what is in it (BREACH).
    """
    policy = f"{_POLICY}; style-src {page.style_source}; form-action 'self' {leads_to}".strip()
    return HTMLResponse(
        page.html, status_code=status, headers={**HEADERS, "Content-Security-Policy": policy, **(headers or {})}
    )


def text_or_none(value: object) -> str | None:
    """Return a text that came as JSON, None for anything else."""
    return value if isinstance(value, str) else None
