"""From where a provider's word comes, and of which payment it speaks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.db.models import Organization, PspAccount
from app.domain.ids import ATTEMPT, is_id
from app.domain.payments.port import Credentials, PaymentResult, WebhookEvent
from app.infra.crypto import Crypto
from app.services.payments.accounts import open_account

_LONGEST_NAME: Final = 255
_LONGEST_REF: Final = 128
_MOST_NAMES: Final = 12


@dataclass(frozen=True, slots=True)
class Source:
    """The account that tells; `native_retries` says who charges again where its provider does so by itself."""

    organization_id: str
    credentials: Credentials
    native_retries: str
    clock_offset: timedelta

    @property
    def account_id(self) -> str:
        """Return the account's id."""
        return self.credentials.account_id

    @property
    def who(self) -> str:
        """Return how the timeline names the account."""
        return f"psp:{self.account_id}"


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider says of a payment: its state as it was read, and the webhook that led there, if one did.

    `patience` is how long a recovery that is opened waits before its first step: whoever reads a long list
    may find further down that the payment was made.
    """

    found: PaymentResult | None
    event: WebhookEvent | None = None
    patience: timedelta = timedelta(0)

    @property
    def attempt_id(self) -> str | None:
        """Return our attempt, if the payment names one."""
        said = (self.found.facts.attempt_id if self.found and self.found.facts else None) or (
            self.event.attempt_id if self.event else None
        )
        return said if said is not None and is_id(said, ATTEMPT) else None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the payment's names at the provider, its own id first."""
        said: list[str | None] = []
        if self.found is not None:
            said = [self.found.psp_payment_id, *(self.found.facts.other_ids if self.found.facts else ())]
        said.append(self.event.psp_payment_id if self.event else None)
        return _names(said)

    @property
    def transaction_ref(self) -> str | None:
        """Return the merchant's own reference, if the payment carries a usable one."""
        said = (self.found.facts.transaction_ref if self.found and self.found.facts else None) or (
            self.event.transaction_ref if self.event else None
        )
        return usable_ref(said)

    def happened_at(self) -> datetime | None:
        """Return when it happened, as the provider says."""
        if self.event is not None and self.event.occurred_at is not None:
            return self.event.occurred_at
        return self.found.facts.created_at if self.found and self.found.facts else None


def usable_ref(ref: str | None) -> str | None:
    """Return a reference as a transaction can have it, or None."""
    ref = (ref or "").strip()
    return ref if 0 < len(ref) <= _LONGEST_REF and ref.isprintable() else None


def open_source(account: PspAccount, organization: Organization, *, crypto: Crypto) -> Source:
    """Open an account for what it tells."""
    credentials = open_account(account, crypto=crypto, live=organization.mode == "live")
    return Source(organization.id, credentials, account.native_retries, organization.clock_offset)


def _names(said: Iterable[str | None]) -> tuple[str, ...]:
    good = (name for name in said if name and len(name) <= _LONGEST_NAME and "\0" not in name)
    return tuple(dict.fromkeys(good))[:_MOST_NAMES]
