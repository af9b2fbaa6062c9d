"""Short codes that payers type to see that a message is real: no vowels, nothing that looks alike."""

import re
import secrets
from typing import Final

ALPHABET: Final = "23456789BCDFGHJKMNPQRSTVWXZ"
LENGTH: Final = 8
_SHAPE: Final = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def new_code() -> str:
    """Return a new code (38 random bits)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """Return a code as people read it: in two halves."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def read_code(typed: str) -> str | None:
    """Return the code that somebody typed, whatever the spaces, dashes and case; None if it is none."""
    code = re.sub(r"[\s-]", "", typed[:64]).upper()
    return code if _SHAPE.fullmatch(code) else None
