"""The payer's page as HTML: plain, no script."""

from html import escape
from typing import Final

from fastapi.responses import HTMLResponse

_HEADERS: Final = {
    # No form-action here: some browsers apply it to the redirect after the form, which leads to the merchant.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:2rem auto;padding:0 1rem}}
button{{display:block;width:100%;margin:.6rem 0;padding:.8rem;font:inherit}}</style></head>
<body><h1>{title}</h1>{body}</body></html>"""
_FORM: Final = """<p>{note}</p><p>{amount} {currency} (minor units) for {reference}</p>
<form method="post">{buttons}</form>"""
_BUTTON: Final = '<button name="choice" value="{value}">{label}</button>'
_OPEN: Final = (
    ("pay", "Pay"),
    ("decline", "Decline"),
    ("authenticate", "Ask for authentication"),
    ("leave", "Walk away"),
)
_WAITING: Final = (("pay", "Authenticate and pay"), ("decline", "Fail authentication"), ("leave", "Walk away"))
_ENDED: Final = (("leave", "Back to the merchant"),)


def page(
    title: str, *, amount: int, currency: str, reference: str, authenticating: bool = False, expired: bool = False
) -> HTMLResponse:
    """Show what may be done with a payment: pay, decline, ask for authentication, leave; 410 once it expired."""
    buttons: tuple[tuple[str, str], ...] = _ENDED if expired else _WAITING if authenticating else _OPEN
    body = _FORM.format(
        note="This payment page has expired." if expired else "This is no real money.",
        amount=amount,
        currency=escape(currency),
        reference=escape(reference),
        buttons="".join(_BUTTON.format(value=value, label=label) for value, label in buttons),
    )
    return document(title, body, status=410 if expired else 200)


def document(title: str, body: str, *, status: int = 200) -> HTMLResponse:
    """Wrap HTML as a page that is kept nowhere and loads nothing; `body` is put there as it is."""
    html = _PAGE.format(title=escape(title), body=body)
    return HTMLResponse(html, status_code=status, headers=_HEADERS)
