"""What of a request's body may be kept: no secrets, no card numbers, no names and addresses of payers."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from app.domain.identity.masking import mask_json, mask_text

MOST_BYTES: Final = 8192
MASK: Final = "***"
_WORD: Final = re.compile(r"[a-z0-9]+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SECRET_WORDS: Final = frozenset(
    {"secret", "secrets", "password", "passphrase", "token", "tokens", "authorization", "cookie", "signature"}
    | {"credential", "credentials", "pan", "cvc", "cvv", "cvn", "pin", "otp", "totp", "otpauth", "apikey", "jwt"}
)
_SECRET_PAIRS: Final = (frozenset({"api", "key"}), frozenset({"private", "key"}), frozenset({"card", "number"}))
# What merely names or counts such things.
_HARMLESS_WORDS: Final = frozenset({"id", "ids", "hint", "type", "expires", "created"})
# Ours and providers' keys, bearer headers, JWTs, tokens in links, passwords in URLs.
_SECRET_TEXT: Final = re.compile(
    r"\b(?:[a-z]{2,8}_(?:live|test)|tkr|whsec|sbx)_[A-Za-z0-9_=+/-]{6,}"
    r"|(?i:\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"
    r"|(?i:(?<=[?&#]token=)|(?<=[?&#]code=)|(?<=[?&]key=)|(?<=[?&]secret=))[^&#\s\"]+"
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
)
# As card numbers begin (ISO/IEC 7812): times in milliseconds and most counters do not.
_CARD: Final = re.compile(r"(?<![\w.])[2-68](?:[ -]?\d){12,18}(?![\w.])")
_DEEPEST: Final = 40
_PART: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def masked_body(body: bytes) -> tuple[str | None, bool]:
    """Return a JSON body with everything masked that must not be kept, and whether its end is missing.

    None for what is no JSON. Of a body longer than `MOST_BYTES` the beginning is kept.
    """
    truncated = len(body) > MOST_BYTES
    text = body[:MOST_BYTES].decode("utf-8", "ignore")
    try:
        value = json.loads(_closed(text) if truncated else text)
    except (ValueError, RecursionError):
        return None, truncated and text.lstrip()[:1] in {"{", "["}
    kept = json.dumps(mask_json(_masked(value, 0)), ensure_ascii=False, separators=(",", ":"))
    return kept, truncated


def masked_query(query: str) -> str:
    """Return a decoded query string without secrets, cards and contacts."""
    return mask_text(_masked_text(query))


def is_card_number(digits: str) -> bool:
    """Tell whether digits pass Luhn's check (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)  # noqa: PLR2004  (the sum of two digits)
    return total % 10 == 0


def _masked(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return MASK
    if isinstance(value, Mapping):
        return {
            _masked_text(str(key)): MASK if item is not None and _is_secret(str(key)) else _masked(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, depth + 1) for item in value]
    if isinstance(value, str):
        return _masked_text(value)
    if isinstance(value, int) and not isinstance(value, bool) and _CARD.fullmatch(str(value)):
        return _masked_card(str(value)) or value
    return value


def _is_secret(key: str) -> bool:
    words = frozenset(_WORD.findall(_CAMEL.sub("_", key).lower()))
    if words & _HARMLESS_WORDS:
        return False
    return bool(words & _SECRET_WORDS) or any(pair <= words for pair in _SECRET_PAIRS)


def _masked_text(text: str) -> str:
    text = _SECRET_TEXT.sub(MASK, text)
    return _CARD.sub(lambda found: _masked_card(found[0]) or found[0], text)


def _masked_card(number: str) -> str | None:
    digits = "".join(letter for letter in number if letter.isdigit())
    return f"{MASK}{digits[-4:]}" if is_card_number(digits) else None


def _closed(text: str) -> str:
    """Return the beginning of a JSON text, cut after its last whole member and closed."""
    closers: list[str] = []
    whole, before = 0, ""
    for found in _PART.finditer(text):
        part = found[0]
        if part in {"{", "["}:
            closers.append("}" if part == "{" else "]")
            whole_here = found.end()
        elif part in {"}", "]"}:
            if closers:
                closers.pop()
            whole_here = found.end()
        elif part == ",":
            whole_here = found.start()
        else:
            continue
        whole, before = whole_here, "".join(reversed(closers))
    return text[:whole] + before
