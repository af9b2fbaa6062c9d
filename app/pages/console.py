"""The console: a static bundle under /console, whose every page is the same document."""

from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.pages.bundle import file_answer, find_bundle, has_type
from app.pages.http import FOR_EVER, Shared

router = APIRouter(include_in_schema=False)

NONCE: Final = "__CSP_NONCE__"
_REVALIDATED: Final = {"Cache-Control": "no-cache"}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Referrer-Policy": "same-origin",  # with none, browsers hide the Origin of forms from us, too
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_NOT_BUILT: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tinko</title>
<h1>The console is not built yet</h1>
<p>Run <code>make console</code> and load this page again. It needs Node 20.19 or later.</p>
<p>The API works without it.</p>
</html>
"""


@router.head("/")
@router.get("/")
async def front_door() -> Response:
    """Lead whoever comes without an address to the console."""
    return RedirectResponse("/console", status_code=307)


@router.head("/console/assets/{path:path}")
@router.get("/console/assets/{path:path}")
def asset(request: Request, container: Shared, path: str) -> Response:
    """Serve a file whose name changes with its content."""
    bundle = find_bundle(container.settings.console_dir)
    found = bundle and file_answer(bundle, f"assets/{path}", request.headers, {**_HEADERS, **FOR_EVER})
    return found or _missing()


@router.head("/console")
@router.get("/console")
@router.head("/console/{path:path}")
@router.get("/console/{path:path}")
def page(request: Request, container: Shared, path: str = "") -> Response:
    """Serve the console's document for each of its pages, and what lies beside it (icons)."""
    bundle = find_bundle(container.settings.console_dir)
    if bundle is None:
        headers = {**_HEADERS, "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'"}
        return HTMLResponse(_NOT_BUILT, status_code=503, headers=headers)
    if path in {"", "index.html"} or not has_type(path):
        return _document(bundle)
    return file_answer(bundle, path, request.headers, {**_HEADERS, **_REVALIDATED}) or _missing()


def _document(bundle: Path) -> Response:
    """Return the document with a nonce of its own. No ETag: one that was kept would hold another answer's nonce."""
    nonce = token_urlsafe(16)
    html = (bundle / "index.html").read_text(encoding="utf-8").replace(NONCE, nonce)
    policy = {"Content-Security-Policy": _POLICY.format(nonce=nonce)}
    return HTMLResponse(html, headers={**_HEADERS, **_REVALIDATED, **policy})


def _missing() -> Response:
    return Response(status_code=404, headers={**_HEADERS, "Cache-Control": "no-store"})
