"""What can go wrong with providers apart from a payment's outcome.

TinkoError
├── UnauthenticatedError
│   └── SignatureInvalidError    a webhook that the provider did not sign
├── InvalidError
│   ├── WebhookUnreadableError   signed, yet not a body of this provider
│   └── PspUnsupportedError      no adapter of that name
├── ConflictError
│   └── NoPspAccountError        nobody to charge through
└── UnavailableError
    ├── CallDeferredError        breaker open or rate limit reached: the call was not made
    └── CheckoutFailedError      the provider would not open a payment page
"""

from datetime import timedelta

from app.domain.errors import ConflictError, InvalidError, UnauthenticatedError, UnavailableError


class SignatureInvalidError(UnauthenticatedError):
    """The webhook's signature is missing, wrong or too old."""

    default_code = "signature_invalid"


class WebhookUnreadableError(InvalidError):
    """A signed webhook whose body is not what this provider documents."""

    default_code = "webhook_unreadable"


class PspUnsupportedError(InvalidError):
    """Tinko has no adapter for a provider of that name."""

    default_code = "psp_unsupported"


class NoPspAccountError(ConflictError):
    """The organization has connected no provider that this payment could go through."""

    default_code = "no_psp_account"


class CallDeferredError(UnavailableError):
    """The provider was not called: its breaker is open, or the account's rate is used up."""

    default_code = "psp_deferred"


class CheckoutFailedError(UnavailableError):
    """The provider did not open a hosted payment page; `problem` is the stable word for why."""

    default_code = "checkout_failed"

    def __init__(
        self, detail: str, *, retry_after: timedelta, problem: str | None = None, transient: bool = True
    ) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.problem = problem
        self.transient = transient
