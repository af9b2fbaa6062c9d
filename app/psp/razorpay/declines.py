"""Which of Razorpay's words for a failure the classifier knows best."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from app.domain.classification.tables import ROWS
from app.domain.payments.port import Decline
from app.psp.razorpay.values import text_of

TABLE: Final = "razorpay"
UNSAID: Final = "payment_failed"
"""Razorpay's word for a failure without a reason."""
_SAYS_NOTHING: Final = "BAD_REQUEST_ERROR"
INVALID_TOKEN: Final = "invalid_token"  # noqa: S105  (a word, no secret)
_CONTEXTS: Final[Mapping[str, str]] = MappingProxyType({"nach": "emandate"})


def decline_of_payment(payment: Mapping[str, Any]) -> Decline:
    """Read why a payment failed; e-mandates often have no reason, only a code and a sentence."""
    return Decline(
        code=code_of(
            method=text_of(payment.get("method")),
            reason=text_of(payment.get("error_reason")),
            code=text_of(payment.get("error_code")),
        ),
        message=text_of(payment.get("error_description")),
    )


def decline_of_error(error: Mapping[str, Any], *, method: str | None = None) -> Decline:
    """Read why a call was refused, from its error object."""
    return Decline(
        code=code_of(method=method, reason=text_of(error.get("reason")), code=text_of(error.get("code"))),
        message=text_of(error.get("description")),
    )


def code_of(*, method: str | None, reason: str | None, code: str | None) -> str:
    """Return the most telling word that the table has: `<method>:<reason>`, the reason, then the same of the code.

    A reason of next year goes through as it came, rather than hide behind `BAD_REQUEST_ERROR`, which says nothing.
    """
    context = _CONTEXTS.get(method or "", method)
    words = [f"{context}:{reason}", reason, f"{context}:{code}", None if reason and code == _SAYS_NOTHING else code]
    known = next((word for word in words if word and (TABLE, word) in ROWS), None)
    return known or reason or code or UNSAID
