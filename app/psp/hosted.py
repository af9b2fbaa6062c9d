"""Hosted payment pages: one that was opened, or why none was."""

from datetime import datetime, timedelta
from typing import Final

from app.domain.payments.errors import CheckoutFailedError
from app.domain.payments.port import Checkout, Outcome, PaymentResult
from app.psp.wire import Failure

_WAIT: Final = timedelta(seconds=5)


def checkout_of(psp_payment_id: str | None, url: str | None, expires_at: datetime | None) -> Checkout | None:
    """Return the page that a reply tells of; None if a part is missing, or the address is none for a browser."""
    if not psp_payment_id or not url or not url.startswith(("http://", "https://")) or expires_at is None:
        return None
    return Checkout(psp_payment_id=psp_payment_id, url=url, expires_at=expires_at)


def no_checkout(detail: str, failure: Failure | PaymentResult) -> CheckoutFailedError:
    """Say why no page was opened, by the failed call or read; asked again when the provider says, or in 5 seconds."""
    return CheckoutFailedError(
        detail,
        retry_after=failure.retry_after or _WAIT,
        problem=failure.problem if isinstance(failure, Failure) else failure.error_code,
        transient=failure.transient or failure.outcome is Outcome.UNKNOWN,
    )
