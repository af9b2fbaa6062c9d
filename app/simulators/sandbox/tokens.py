"""The magic payment-method tokens: what each one makes happen. Data, so that the page and the code agree."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class DeclineCodes:
    """Why the pretended issuer refuses."""

    code: str
    message: str
    network_decline_code: str | None = None
    network_advice_code: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer given before anything is processed; nothing is booked, and no key is used up."""

    status: int
    code: str
    message: str
    retry_after_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """What happens to one charge: refused, or stalled and forgotten, or booked with a status.

    `declines_first` declines come before the status, counted per account and reference.
    `stalls` keeps the caller waiting after the books are closed. `booked` False books nothing.
    """

    status: str = "captured"
    decline: DeclineCodes | None = None
    declines_first: int = 0
    refusal: Refusal | None = None
    stalls: bool = False
    booked: bool = True


_NO_FUNDS: Final = DeclineCodes("insufficient_funds", "The account has not enough funds.", network_decline_code="51")
_LOST: Final = DeclineCodes("lost_card", "The card was reported lost.", network_decline_code="41")
_STRANGE: Final = DeclineCodes("invalid_payment_method", "There is no such payment method.")

UNKNOWN_TOKEN: Final = Script(status="declined", decline=_STRANGE)

SCRIPTS: Final[Mapping[str, Script]] = MappingProxyType(
    {
        "pm_sandbox_ok": Script(),
        "pm_sandbox_insufficient_funds": Script(status="declined", decline=_NO_FUNDS),
        "pm_sandbox_hard_decline": Script(status="declined", decline=_LOST),
        "pm_sandbox_requires_action": Script(status="requires_action"),
        "pm_sandbox_pending": Script(status="pending"),
        "pm_sandbox_timeout_charged": Script(stalls=True),
        "pm_sandbox_timeout_not_charged": Script(stalls=True, booked=False),
        "pm_sandbox_rate_limited": Script(
            refusal=Refusal(429, "rate_limited", "Too many requests.", retry_after_seconds=2)
        ),
        "pm_sandbox_down": Script(refusal=Refusal(503, "service_unavailable", "Down for maintenance.")),
    }
)

_RECOVERS_ON: Final = re.compile(r"pm_sandbox_recovers_on_([1-9][0-9]{0,2})")


def script_of(token: str) -> Script:
    """Return what the token makes happen; an unknown one is declined as no payment method."""
    recovers = _RECOVERS_ON.fullmatch(token)
    if recovers:
        return Script(decline=_NO_FUNDS, declines_first=int(recovers[1]) - 1)
    return SCRIPTS.get(token, UNKNOWN_TOKEN)
