"""Public ids: a prefix that names the kind, then 26 characters that sort by time and cannot be guessed.

The body is a ULID in lower-case Crockford base32: 48 bits of milliseconds, 80 random bits. Ids that
one thread makes in the same millisecond go up by a random step, so that they too sort as they were made.
"""

import os
import re
import secrets
import threading
from datetime import datetime
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = tuple(a + b for a in _ALPHABET for b in _ALPHABET)
_SHAPE: Final = re.compile(r"[a-z]{2,4}_[0-9a-hjkmnp-tv-z]{26}")

EVENT: Final = "evt"
TRANSACTION: Final = "txn"
RECOVERY: Final = "rec"
ATTEMPT: Final = "att"
LINK: Final = "lnk"
POLICY: Final = "pol"
API_KEY: Final = "key"
ORGANIZATION: Final = "org"
USER: Final = "usr"
MEMBER: Final = "mem"
SESSION: Final = "ses"
PSP_ACCOUNT: Final = "psp"
PSP_EVENT: Final = "pev"
CHARGE: Final = "chg"
CHECKOUT: Final = "chk"
LEDGER_ENTRY: Final = "led"
OUTBOX: Final = "out"
TIMELINE: Final = "tml"
AUDIT: Final = "aud"
MESSAGE: Final = "msg"
TEMPLATE: Final = "tpl"
REVERSAL: Final = "rev"
READING: Final = "prd"
OPT_OUT: Final = "opt"
REQUEST: Final = "req"
SAVED_VIEW: Final = "svw"
INVITATION: Final = "inv"
RULE: Final = "rul"


_DRAWN_AT_ONCE: Final = 4096


class _Maker:
    """What a thread keeps: its newest id's number, and random bytes drawn ahead, since each draw is a system call."""

    __slots__ = ("drawn", "head", "millisecond", "newest", "used")

    def __init__(self) -> None:
        self.newest, self.used, self.millisecond = 0, 0, -1
        self.drawn, self.head = b"", ""

    def draw(self, count: int) -> int:
        """Return a number of that many random bytes, each used once."""
        if self.used + count > len(self.drawn):
            self.drawn, self.used = secrets.token_bytes(_DRAWN_AT_ONCE), 0
        begin, self.used = self.used, self.used + count
        return int.from_bytes(self.drawn[begin : self.used])

    def head_of(self, millisecond: int) -> str:
        """Return how ids of that millisecond begin; written once, since many are made in one."""
        if self.millisecond != millisecond:
            self.millisecond, self.head = millisecond, _head(millisecond)
        return self.head

    def forget(self) -> None:
        """Drop what was drawn: after a fork, the parent has it too."""
        self.drawn, self.used = b"", 0


class _Thread(threading.local):
    """Each thread's own maker."""

    def __init__(self) -> None:
        self.maker = _Maker()


_thread: Final = _Thread()


def _forget() -> None:
    _thread.maker.forget()  # of the thread that forked: the child has no other


os.register_at_fork(after_in_child=_forget)


def new_id(prefix: str, *, now: datetime) -> str:
    """Return a new id of that kind; ids made later sort later."""
    maker, millisecond = _thread.maker, int(now.timestamp() * 1000)
    if maker.newest >> 80 == millisecond:
        value = maker.newest + 1 + maker.draw(8)
    else:
        # One bit short of 80, so that steps from here stay within the millisecond.
        value = (millisecond << 80) | (maker.draw(10) >> 1)
    maker.newest = value
    return f"{prefix}_{maker.head_of(value >> 80)}{_tail(value)}"


def first_id(prefix: str, *, at: datetime) -> str:
    """Return what every id of that kind that was made at that time or later sorts behind, and no earlier one."""
    return f"{prefix}_{_head(max(int(at.timestamp() * 1000), 0))}{_tail(0)}"


def numbered_id(prefix: str, *, at: datetime, number: int) -> str:
    """Return the id of that kind that such a moment and number (below 2**80) make, for history written afterwards."""
    return f"{prefix}_{_thread.maker.head_of(int(at.timestamp() * 1000))}{_tail(number)}"


def _head(millisecond: int) -> str:
    return "".join([_PAIRS[(millisecond >> shift) & 1023] for shift in range(40, -1, -10)])


def _tail(value: int) -> str:
    """Write the lowest 80 bits, two digits for each ten; one by one, since every row takes this way."""
    p = _PAIRS
    return (
        f"{p[value >> 70 & 1023]}{p[value >> 60 & 1023]}{p[value >> 50 & 1023]}{p[value >> 40 & 1023]}"
        f"{p[value >> 30 & 1023]}{p[value >> 20 & 1023]}{p[value >> 10 & 1023]}{p[value & 1023]}"
    )


def is_id(text: str, prefix: str) -> bool:
    """Tell whether `text` has the shape of an id of that kind; says nothing of its existence."""
    return text.startswith(f"{prefix}_") and _SHAPE.fullmatch(text) is not None
