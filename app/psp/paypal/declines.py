"""PayPal's words for a refusal in the classifier's words. The codes themselves are data of the classifier."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from app.domain.classification import FailureSignals, Retry, classify
from app.domain.payments.port import Decline
from app.psp.lenient import dict_of, text_of

_PSP: Final = "paypal"
_GIVEN_BACK: Final = frozenset({"BUYER_COMPLAINT", "CHARGEBACK"})
"""Reasons that say more of a refused capture than that it was refused; the others tell why one is pending."""


class Issue(StrEnum):
    """What an issue of a 422 is, by the classifier's table of PayPal's own."""

    DECLINE = "decline"
    """A refusal; no money moved."""
    UNCLEAR = "unclear"
    """The payment is on its way, or was made before: it is read."""
    MISTAKE = "mistake"
    """Nothing the table knows: a mistake in the request."""


def kind_of(issue: str) -> Issue:
    """Tell what an issue is."""
    said = classify(FailureSignals(gateway=_PSP, code=issue))
    if not said.rule.startswith(f"{_PSP}:"):
        return Issue.MISTAKE
    unclear = said.money_may_have_moved or said.stop_recovery or said.retry is Retry.POLL_STATUS
    return Issue.UNCLEAR if unclear else Issue.DECLINE


def decline_of_capture(capture: Mapping[str, Any]) -> Decline:
    """Say why a capture was refused: the processor's code first, then PayPal's reason, then the status."""
    response = dict_of(capture.get("processor_response"))
    reason = text_of(dict_of(capture.get("status_details")).get("reason"))
    status = (text_of(capture.get("status")) or "DECLINED").upper()
    told = reason if reason in _GIVEN_BACK else "FAILED" if status == "FAILED" else "DECLINED"
    return Decline(
        code=text_of(response.get("response_code")) or f"capture:{told}",
        message=reason,
        network_advice_code=text_of(response.get("payment_advice_code")),
    )


def decline_of_cycle(failed: Mapping[str, Any]) -> Decline:
    """Say why a subscription's payment failed."""
    return Decline(code=f"subscription:{text_of(failed.get('reason_code')) or 'PAYMENT_DENIED'}")
