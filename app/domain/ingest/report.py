"""One report of a failed payment, as a merchant sent it, after its shape was checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.classification import FailureSignals


@dataclass(frozen=True, slots=True)
class FailureReport:
    """`amount` is in the currency's minor unit; it and `currency` may be missing after the first report."""

    transaction_ref: str
    gateway: str
    failure_reason: str
    amount: int | None = None
    currency: str | None = None
    failure_code: str | None = None
    failure_message: str | None = None
    network_decline_code: str | None = None
    network_advice_code: str | None = None
    occurred_at: datetime | None = None
    psp_payment_id: str | None = None
    customer: Mapping[str, Any] | None = field(default=None, repr=False)
    payment_method: Mapping[str, Any] | None = field(default=None, repr=False)
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def signals(self) -> FailureSignals:
        """Return what the classifier reads."""
        method = self.payment_method or {}
        return FailureSignals(
            gateway=self.gateway,
            reason=self.failure_reason,
            code=self.failure_code,
            message=self.failure_message,
            network_decline_code=self.network_decline_code,
            network_advice_code=self.network_advice_code,
            method=method.get("type"),
            brand=method.get("brand"),
        )


def is_chargeable(method: Mapping[str, Any]) -> bool:
    """Tell whether a payment can be charged without the payer: some saved method is named."""
    return any(method.get(name) for name in ("token", "mandate_id"))
