"""What a payment's status at a provider means for the money."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.domain.payments.port import Outcome, PaymentStatus

OUTCOME_OF: Final[Mapping[PaymentStatus, Outcome]] = MappingProxyType(
    {
        PaymentStatus.CAPTURED: Outcome.SUCCEEDED,
        PaymentStatus.REFUNDED: Outcome.SUCCEEDED,  # it was captured; what was given back is another movement
        PaymentStatus.PENDING: Outcome.UNKNOWN,
        PaymentStatus.REQUIRES_ACTION: Outcome.REQUIRES_ACTION,
        PaymentStatus.DECLINED: Outcome.DECLINED,
        PaymentStatus.CANCELLED: Outcome.DECLINED,  # final, and no money moved
    }
)
