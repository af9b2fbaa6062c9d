"""Failures that a policy is usually looked at with: each category, soft and hard."""

from typing import Any, Final

from app.domain.ingest.report import FailureReport
from app.services.recovery.look_ahead import Sample

_CARD: Final = {"type": "card", "token": "pm_1", "brand": "visa", "issuer_country": "US"}
_UPI: Final = {"type": "upi", "token": "pm_2", "mandate_id": "umn_1"}


def _sample(name: str, reason: str, *, method: dict[str, Any] | None = _CARD, **said: Any) -> Sample:
    facts: dict[str, Any] = {"gateway": "stripe", "amount": 4900, "currency": "USD", **said}
    return Sample(name, FailureReport(transaction_ref=name, failure_reason=reason, payment_method=method, **facts))


USUAL: Final = (
    _sample("funds_soft", "insufficient_funds"),
    _sample("issuer_decline_soft", "do_not_honor"),
    _sample("issuer_decline_hard", "stolen_card"),
    _sample("expired_card_hard", "expired_card"),
    _sample("network_soft", "processing_error"),
    _sample("auth_timeout_soft", "otp_timeout"),
    _sample("unknown_soft", "something_nobody_knows"),
    _sample("no_saved_method", "insufficient_funds", method=None),
    _sample(
        "upi_pending",
        "upi_pending",
        method=_UPI,
        gateway="razorpay",
        amount=49900,
        currency="INR",
        psp_payment_id="pay_1",
    ),
    _sample("funds_upi_mandate", "insufficient_funds", method=_UPI, gateway="razorpay", amount=49900, currency="INR"),
)
