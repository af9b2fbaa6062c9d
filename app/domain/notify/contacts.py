"""Addresses of payers: brought into one spelling, so that two spellings are one payer; and hidden for showing."""

import re
from collections.abc import Mapping
from typing import Any, Final

from app.domain.notify.port import Channel

_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL: Final = re.compile(r"[^\s@<>,;:\"\\()\[\]]{1,64}@[^\s@<>,;:\"\\()\[\]]{1,253}")
_PUNCTUATION: Final = re.compile(r"[\s().-]")
LANGUAGES: Final = ("en", "hi", "ta", "fil")
_SAME_AS: Final = {"tl": "fil"}


def address_for(channel: Channel, customer: Mapping[str, Any]) -> str | None:
    """Return where a payer is reached over that channel, in one spelling; None if nowhere.

    Phone numbers need their country's code: who else's would it be?
    """
    if channel is Channel.EMAIL:
        email = str(customer.get("email") or "").strip().lower()
        return email if _EMAIL.fullmatch(email) else None
    phone = _PUNCTUATION.sub("", str(customer.get("phone") or ""))
    phone = f"+{phone[2:]}" if phone.startswith("00") else phone
    return phone if _PHONE.fullmatch(phone) else None


def language_of(locale: str | None) -> str:
    """Return which of the languages that texts are in fits a locale best; English if none does."""
    language = (locale or "").replace("_", "-").partition("-")[0].strip().lower()
    language = _SAME_AS.get(language, language)
    return language if language in LANGUAGES else LANGUAGES[0]


def masked(address: str) -> str:
    """Hide most of an address: `p…@example.com`, `+91…10`."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}" if at else f"{address[:3]}…{address[-2:]}"
