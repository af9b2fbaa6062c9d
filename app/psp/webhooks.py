"""What providers' webhooks have in common: a header, HMAC-SHA256 over the raw bytes, a JSON body."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from app.domain.payments.errors import SignatureInvalidError, WebhookUnreadableError
from app.psp.lenient import dict_of

TOLERANCE: Final = timedelta(seconds=300)
"""How far a signature's time may lie from now, either way."""
_TIMESTAMP: Final = re.compile(r"[0-9]{1,11}")


def header_of(headers: Mapping[str, str], name: str) -> str:
    """Return a header, whatever the case of its name; empty if there is none."""
    return next((value for given, value in headers.items() if given.lower() == name.lower()), "")


def check_hmac(signed: bytes, *, given: Sequence[str], secrets: Sequence[str]) -> None:
    """Accept if any of the signatures is the hex HMAC-SHA256 by any secret; raises `SignatureInvalidError`.

    An empty secret is none. Every pair is compared, in constant time.
    """
    matches = [
        hmac.compare_digest(hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode(), value.encode())
        for secret in secrets
        if secret
        for value in given
    ]
    if not any(matches):
        raise SignatureInvalidError("The webhook's signature does not match.")


@dataclass(frozen=True, slots=True)
class StampedSignature:
    """A header like `t=<unix>,v1=<hex>[,v1=<hex>]`, whose signatures are of `{t}.{raw body}`."""

    stamp: str
    values: tuple[str, ...]

    def check(self, body: bytes, *, secrets: Sequence[str], now: datetime) -> None:
        """Accept if `t` is fresh and any signature matches any secret; raises `SignatureInvalidError`."""
        if abs(now.timestamp() - int(self.stamp)) > TOLERANCE.total_seconds():
            raise SignatureInvalidError("The webhook's signature is too old, or from the future.")
        check_hmac(self.stamp.encode() + b"." + body, given=self.values, secrets=secrets)


def stamped_signature(headers: Mapping[str, str], name: str, *, scheme: str = "v1") -> StampedSignature:
    """Read the header's time and its signatures of one scheme, others are ignored.

    Raises `SignatureInvalidError` unless there is exactly one time, in Unix seconds.
    """
    parts = [part.strip().partition("=") for part in header_of(headers, name).split(",")]
    stamps = [value for key, _, value in parts if key == "t"]
    if len(stamps) != 1 or not _TIMESTAMP.fullmatch(stamps[0]):
        raise unreadable_signature(name)
    return StampedSignature(stamps[0], tuple(value for key, _, value in parts if key == scheme))


def unreadable_signature(name: str) -> SignatureInvalidError:
    """Say that a header is missing, or not of the shape that the provider documents."""
    return SignatureInvalidError(f"The webhook carries no readable {name}.")


def object_of(body: bytes, *, loads: Callable[[bytes], Any] = json.loads) -> Mapping[str, Any]:
    """Return the JSON object of a body, an empty one for other JSON; raises `WebhookUnreadableError` if it is none."""
    try:
        return dict_of(loads(body))
    except (ValueError, RecursionError):
        raise WebhookUnreadableError("The webhook's body is not JSON.") from None
