"""What is shown of payers' names and addresses to those who may not see them (`contacts:read` is missing)."""

import re
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "…"
_WORD: Final = re.compile(r"[a-z0-9]+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_EMAIL: Final = re.compile(r"[^\s@<>,;:\"\\()\[\]=&?/]{1,64}@[^\s@<>,;:\"\\()\[\]=&?/]{1,253}")
_PHONE: Final = re.compile(r"(?<![\w.:-])(?:\+|00)[1-9][\d\s().-]{6,18}\d(?![\w-])")
_EMAIL_WORDS: Final = frozenset({"email", "mail", "vpa", "upi"})
_PHONE_WORDS: Final = frozenset({"phone", "mobile", "contact", "msisdn", "whatsapp", "tel", "telephone"})
_NAME_WORDS: Final = frozenset({"name", "surname", "firstname", "lastname", "fullname"})
# Names of people stand under these; elsewhere a name may be a product's or a plan's.
_PEOPLE: Final = frozenset(
    {"customer", "payer", "buyer", "billing", "shipping", "cardholder", "holder", "recipient", "contact", "person"}
    | {"first", "last", "full", "given", "family", "owner", "client", "user", "account"}
)
_PLACES: Final = frozenset({"address", "street", "line1", "line2", "postcode", "postal", "zip"})
_DEEPEST: Final = 40


def mask_email(address: str | None) -> str | None:
    """Hide who an address is of, and leave where: `p…@example.com`."""
    if not address:
        return address
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}{HIDDEN}@{domain}" if at else HIDDEN


def mask_phone(number: str | None) -> str | None:
    """Leave the last two digits of a number: `…10`."""
    if not number:
        return number
    digits = "".join(letter for letter in number if letter.isdigit())
    return f"{HIDDEN}{digits[-2:]}" if len(digits) > 4 else HIDDEN  # noqa: PLR2004  (of four, two are half)


def mask_name(name: str | None) -> str | None:
    """Leave the first letter of each part of a name: `A… R…`."""
    return " ".join(f"{part[0]}{HIDDEN}" for part in name.split()[:4]) if name else name


def mask_contact(text: str | None) -> str | None:
    """Hide an address or a number, whichever it is."""
    return mask_email(text) if text and "@" in text else mask_phone(text)


def mask_text(text: str) -> str:
    """Hide the mail addresses and the international numbers that stand in a text."""
    text = _EMAIL.sub(lambda found: mask_email(found[0]) or "", text)
    return _PHONE.sub(lambda found: mask_phone(found[0]) or "", text)


def mask_json(value: Any) -> Any:
    """Return a JSON value with names, addresses and numbers of people hidden: by their keys, and in texts.

    Keys are read word by word in any spelling (`payerEmail`, `billing_phone`); whatever stands deeper than
    forty levels is left out.
    """
    return _masked(value, (), 0)


def _masked(value: Any, path: tuple[str, ...], depth: int) -> Any:
    if depth > _DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(key): _masked(item, (*path[-1:], str(key)), depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(item, path, depth + 1) for item in value]
    if isinstance(value, str):
        return _by_key(value, path)
    # A number under `phone` is a phone's; sums and counts stay.
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return mask_phone(str(value)) if is_number and _words(path[-1:]) & _PHONE_WORDS else value


def _by_key(text: str, path: tuple[str, ...]) -> str:
    words, around = _words(path[-1:]), _words(path)
    if words & _EMAIL_WORDS or words & _PHONE_WORDS:
        return mask_contact(text) or text
    if words & _NAME_WORDS and (around & _PEOPLE or words & (_NAME_WORDS - {"name"})):
        return mask_name(text) or text
    if around & _PLACES and "ip" not in words:
        return HIDDEN if text else text
    return mask_text(text)


def _words(keys: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for key in keys for word in _WORD.findall(_CAMEL.sub("_", key).lower()))
