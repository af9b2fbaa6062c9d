"""Looking a payment up by the provider's name for it, else by ours."""

from collections.abc import Callable

from app.domain.payments.port import PaymentResult

Read = Callable[[str], PaymentResult | None]
"""Reads by one id; None only if the provider certainly knows none."""


def look_up(
    *, psp_payment_id: str | None, attempt_id: str | None, by_id: Read, by_attempt: Read
) -> PaymentResult | None:
    """Read by the provider's id, and where it knows none by our attempt's id.

    Raises `ValueError` when given neither: "none" would be a dangerous answer.
    """
    if not psp_payment_id and not attempt_id:
        raise ValueError("a look-up needs the provider's id or ours")
    found = by_id(psp_payment_id) if psp_payment_id else None
    return by_attempt(attempt_id) if found is None and attempt_id else found
