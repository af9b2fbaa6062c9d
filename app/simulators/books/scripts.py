"""The magic tokens: what each one makes happen. Data, so that the pages and the code agree.

A token of any look ends in `sim_<word>` or `sim-<word>`, and `__anything` may follow to make it one's own:
`pm_sim_ok`, `tok-sim-insufficient-funds`, `pm_sim_ok__anna`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.simulators.books.errors import Refusal


@dataclass(frozen=True, slots=True)
class Script:
    """What happens to one charge: refused, or stalled and forgotten, or booked with a status.

    `decline` is a word that the skin says in its provider's codes. `declines_first` declines come before
    the status, counted per account, reference and token. `stalls` keeps the caller waiting after the
    books are closed. `booked` False books nothing. `breaks` answers with an internal error, which an
    idempotency key replays. A pending payment `settles` at its second read.
    """

    status: str = "captured"
    decline: str | None = None
    declines_first: int = 0
    refusal: Refusal | None = None
    stalls: bool = False
    booked: bool = True
    breaks: bool = False
    settles: str = "captured"


INVALID_METHOD: Final = "invalid_method"
UNKNOWN_TOKEN: Final = Script(status="declined", decline=INVALID_METHOD)

SCRIPTS: Final[Mapping[str, Script]] = MappingProxyType(
    {
        "ok": Script(),
        "authorized": Script(status="authorized"),
        "insufficient_funds": Script(status="declined", decline="insufficient_funds"),
        "hard_decline": Script(status="declined", decline="lost_card"),
        "expired_card": Script(status="declined", decline="expired_card"),
        "do_not_honor": Script(status="declined", decline="do_not_honor"),
        "generic_decline": Script(status="declined", decline="generic_decline"),
        "requires_action": Script(status="requires_action"),
        "pending": Script(status="pending"),
        "pending_declined": Script(status="pending", settles="declined", decline="insufficient_funds"),
        "timeout_charged": Script(stalls=True),
        "timeout_not_charged": Script(stalls=True, booked=False),
        "rate_limited": Script(refusal=Refusal.RATE_LIMITED),
        "down": Script(refusal=Refusal.UNAVAILABLE),
        "breaks": Script(breaks=True, booked=False),
        "breaks_charged": Script(breaks=True),
    }
)

_WORD: Final = re.compile(r"(?:.*[_-])?sim_([a-z0-9_]+?)(?:__.*)?")
_RECOVERS_ON: Final = re.compile(r"recovers_on_([1-9][0-9]{0,2})")
_CODE: Final = re.compile(r"code_([a-z0-9_]{1,64})")


def script_of(token: str | None) -> Script:
    """Return what the token makes happen; an unknown one is declined as no payment method.

    `recovers_on_N` declines N - 1 times for want of funds; `code_<word>` declines with that word.
    """
    match = _WORD.fullmatch((token or "").replace("-", "_"))
    word = match[1] if match else ""
    recovers, code = _RECOVERS_ON.fullmatch(word), _CODE.fullmatch(word)
    if recovers:
        return Script(decline="insufficient_funds", declines_first=int(recovers[1]) - 1)
    if code:
        return Script(status="declined", decline=code[1])
    return SCRIPTS.get(word, UNKNOWN_TOKEN)
