"""OAuth 2: client credentials for an access token that names its account by itself."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Header
from fastapi.responses import JSONResponse, Response

from app.simulators.books.errors import BooksError, Refusal

router = APIRouter()

_CLIENT: Final = re.compile(r"([A-Za-z0-9_-]{8,100}):([A-Za-z0-9_-]{8,100})")
_BEARER: Final = re.compile(r"Bearer A21AA([A-Za-z0-9_-]{8,200})")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{8,100}")
_LIFETIME: Final = 32_400
_SCOPE: Final = (
    "https://uri.paypal.com/services/payments/payment https://uri.paypal.com/services/payments/refund"
    " https://uri.paypal.com/services/reporting/search/read https://uri.paypal.com/services/applications/webhooks"
    " https://uri.paypal.com/services/subscriptions"
)


@router.post("/v1/oauth2/token")
def grant(authorization: Annotated[str, Header()] = "") -> Response:
    """Give an access token to every well-formed client; the client's id is the account's name."""
    client = _CLIENT.fullmatch(_decoded(authorization.removeprefix("Basic ")))
    if client is None:
        refused = {"error": "invalid_client", "error_description": "Client Authentication failed"}
        return JSONResponse(refused, status_code=401)
    token = "A21AA" + base64.urlsafe_b64encode(client[1].encode()).decode().rstrip("=")
    return JSONResponse(
        {"scope": _SCOPE, "access_token": token, "token_type": "Bearer", "app_id": "APP-SIM", "expires_in": _LIFETIME}
    )


def account_of(headers: Mapping[str, str]) -> str:
    """Return the account that an access token names; raises `UNAUTHORIZED`."""
    bearer = _BEARER.fullmatch(headers.get("authorization", ""))
    name = _decoded(bearer[1]) if bearer else ""
    if not _NAME.fullmatch(name):
        raise BooksError(Refusal.UNAUTHORIZED, "Authentication failed due to invalid authentication credentials.")
    return name


def _decoded(text: str) -> str:
    padded = text + "=" * (-len(text) % 4)
    try:
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
