"""The scripts' words for declines in Stripe's codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Codes:
    """What Stripe says of a decline."""

    code: str = "card_declined"
    decline_code: str | None = None
    message: str = "Your card was declined."
    network_decline_code: str | None = None
    advice_code: str | None = None

    def said(self) -> dict[str, Any]:
        """Write the codes as an error has them; what is unknown is left out."""
        said = {
            "type": "card_error",
            "code": self.code,
            "decline_code": self.decline_code,
            "message": self.message,
            "network_decline_code": self.network_decline_code,
            "advice_code": self.advice_code,
        }
        return {name: value for name, value in said.items() if value is not None}


_AGAIN: Final = "try_again_later"
_NEVER: Final = "do_not_try_again"

CODES: Final[Mapping[str, Codes]] = MappingProxyType(
    {
        "insufficient_funds": Codes(
            decline_code="insufficient_funds",
            message="Your card has insufficient funds.",
            network_decline_code="51",
            advice_code=_AGAIN,
        ),
        "lost_card": Codes(decline_code="lost_card", network_decline_code="41", advice_code=_NEVER),
        "stolen_card": Codes(decline_code="stolen_card", network_decline_code="43", advice_code=_NEVER),
        "expired_card": Codes(
            code="expired_card",
            decline_code="expired_card",
            message="Your card has expired.",
            network_decline_code="54",
            advice_code="confirm_card_data",
        ),
        "do_not_honor": Codes(decline_code="do_not_honor", network_decline_code="05", advice_code=_AGAIN),
        "generic_decline": Codes(decline_code="generic_decline", network_decline_code="05", advice_code=_AGAIN),
        "authentication_required": Codes(
            code="authentication_required",
            decline_code="authentication_required",
            message="Your card was declined. This transaction requires authentication.",
            network_decline_code="1A",
        ),
    }
)


def codes_of(word: str | None) -> Codes:
    """Return what Stripe says for a word; an unknown one is taken for a decline code."""
    return CODES.get(word or "generic_decline") or Codes(decline_code=word)
