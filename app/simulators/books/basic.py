"""Basic authentication, as callers send it."""

import base64
import binascii
from collections.abc import Mapping


def basic_credentials(headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the user and the password of an `Authorization` header; both empty if it carries none."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password
