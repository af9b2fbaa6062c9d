"""Whether a webhook is really from the provider: checked over what came in, in constant time."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping

from app.domain.notify.errors import ReceiptUnsignedError
from app.infra.crypto import same


def check_twilio(*, token: str, url: str, form: Mapping[str, str], signature: str) -> None:
    """Check `X-Twilio-Signature` (base64 HMAC-SHA1 of address and sorted fields); raises `ReceiptUnsignedError`.

    Source: https://www.twilio.com/docs/usage/security#validating-requests. `url` has its query.
    """
    text = url + "".join(name + form[name] for name in sorted(form))
    wanted = b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest())
    _check(bool(token) and same(wanted, signature.encode()))


def check_meta(*, secret: str, body: bytes, signature: str) -> None:
    """Check `X-Hub-Signature-256`: `sha256=` and the hex HMAC of the raw body; raises `ReceiptUnsignedError`."""
    wanted = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    _check(bool(secret) and same(wanted.encode(), signature.encode()))


def check_token(*, token: str, given: str) -> None:
    """Check a shared token; raises `ReceiptUnsignedError`."""
    _check(bool(token) and same(token.encode(), given.encode()))


def _check(is_genuine: bool) -> None:  # noqa: FBT001  (private, and named)
    if not is_genuine:
        raise ReceiptUnsignedError("The receipt is not signed by the provider.")
