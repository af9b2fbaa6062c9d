"""What a bench is: a provider to try the port on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import pytest

from app.domain.payments.port import Checkout, PaymentMethod, PspPort

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class SignedWebhook:
    """A webhook as a provider sends it."""

    headers: Mapping[str, str]
    body: bytes
    event_id: str
    psp_payment_id: str
    transaction_ref: str
    attempt_id: str


class Bench(Protocol):
    """A provider to try the port on. Methods are asked for by what they make happen, not by token."""

    tokens: Mapping[str, str | PaymentMethod]
    """Saved methods by meaning: ok, insufficient_funds, lost, recovers_on_3, requires_action, pending,
    timeout_charged, timeout_not_charged, rate_limited, down, strange. One that is `Tokens` may lack some."""
    codes: Mapping[str, str]
    """What a decline's code is called here, for tokens whose generic word is not this provider's."""
    signs_time: bool
    """Whether a webhook's signature ages."""
    needs_webhook_secret: bool
    """Whether webhooks are trusted by a secret of ours, which an account may lack."""

    def psp(self, *, webhook_secrets: tuple[str, ...] = (), patient: bool = True) -> PspPort: ...
    def psp_with_bad_credentials(self) -> PspPort: ...
    def books(self, reference: str) -> list[tuple[str, int]]:
        """The provider's own charges of a reference, in order: (status, refunded amount)."""

    def pay(self, checkout: Checkout) -> None: ...
    def webhook(self, *, secret: str, at: datetime) -> SignedWebhook: ...
    def close(self) -> None: ...


class Tokens(dict[str, str | PaymentMethod]):
    """Saved methods by meaning; a test that needs one that the provider does not have is skipped."""

    def __missing__(self, meaning: str) -> PaymentMethod:
        pytest.skip(f"this provider has no answer of the kind {meaning!r}")
