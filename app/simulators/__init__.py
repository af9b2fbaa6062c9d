"""Payment providers to practise against: HTTP applications with books of their own.

Tinko knows them only over HTTP, through its adapters, like the real ones. `SKINS` names those that stand on the
shared books, and the port that each is served at unless told otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a simulator's skin is (`module:name`, imported only when it is served), and its usual port."""

    skin: str
    port: int


SKINS: Final[Mapping[str, Entry]] = MappingProxyType(
    {
        "stripe": Entry("app.simulators.stripe:SKIN", 8031),
        "razorpay": Entry("app.simulators.razorpay:SKIN", 8032),
        "paypal": Entry("app.simulators.paypal:SKIN", 8033),
        "paymongo": Entry("app.simulators.paymongo:SKIN", 8034),
        "xendit": Entry("app.simulators.xendit:SKIN", 8035),
    }
)
