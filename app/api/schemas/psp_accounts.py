"""Provider accounts as staff see them: no secret ever comes out again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.db.models import PspAccount
from app.domain.payments.credentials import hint
from app.domain.payments.facts import Finding
from app.infra.crypto import Crypto, SealBrokenError
from app.services.payments.accounts import open_account
from app.services.payments.connect import LONGEST_OVERLAP, OVERLAP, AccountWish

NativeRetries = Literal["take_over", "wait", "observe"]
Label = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
Priority = Annotated[int, Field(ge=0, le=10_000, description="The smallest goes first; 100 unless said otherwise.")]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=500)]
WebhookSecret = Annotated[
    str,
    StringConstraints(min_length=8, max_length=500, pattern=r"^[\x21-\x7e]+$"),
    Field(description="The provider's signing secret for this account's webhooks (Xendit: the callback token)."),
]
Hours = Annotated[int, Field(ge=0, le=int(LONGEST_OVERLAP.total_seconds() / 3600))]

_HOUR: Final = timedelta(hours=1)
_MODES: Final = (
    "Who charges again where the provider retries by itself: `wait` until it gives up (the default), "
    "`take_over` (switch its retries off there), or `observe` (never charge, only record)."
)


class PspAccountIn(BaseModel):
    """A provider to connect; `credentials` by the provider's own names."""

    model_config = ConfigDict(extra="forbid")

    psp: Annotated[str, StringConstraints(min_length=1, max_length=32, strip_whitespace=True, to_lower=True)]
    label: Label | None = None
    priority: Priority | None = None
    is_enabled: bool = True
    native_retries: Annotated[NativeRetries, Field(description=_MODES)] = "wait"
    credentials: Annotated[dict[str, Secret], Field(max_length=8, repr=False)]
    webhook_secret: WebhookSecret | None = None

    def wish(self) -> AccountWish:
        """Return what the service takes."""
        return AccountWish(
            label=self.label,
            priority=self.priority,
            is_enabled=self.is_enabled,
            native_retries=self.native_retries,
            credentials=self.credentials,
            webhook_secret=self.webhook_secret,
        )


class PspAccountChangeIn(BaseModel):
    """What is to change; what is left out stays. A null among `credentials` takes that one away."""

    model_config = ConfigDict(extra="forbid")

    label: Label | None = None
    priority: Priority | None = None
    is_enabled: bool | None = None
    native_retries: Annotated[NativeRetries | None, Field(description=_MODES)] = None
    credentials: Annotated[dict[str, Secret | None] | None, Field(max_length=8, repr=False)] = None
    webhook_secret: WebhookSecret | None = None
    webhook_secret_overlap_hours: Annotated[
        Hours, Field(description="How long the older webhook secrets hold beside a new one.")
    ] = int(OVERLAP / _HOUR)

    def wish(self) -> AccountWish:
        """Return what the service takes."""
        return AccountWish(
            label=self.label,
            priority=self.priority,
            is_enabled=self.is_enabled,
            native_retries=self.native_retries,
            credentials=self.credentials,
            webhook_secret=self.webhook_secret,
            overlap=self.webhook_secret_overlap_hours * _HOUR,
        )


class WebhookSecretView(BaseModel):
    """A webhook secret by its end; `holds_until` is null for the newest."""

    hint: str
    holds_until: datetime | None


class PspAccountView(BaseModel):
    """A connected provider. Of each secret only its last characters are shown; null where it cannot be opened."""

    id: str
    psp: str
    label: str
    priority: int
    is_enabled: bool
    native_retries: str
    credentials: dict[str, str] | None
    webhook_secrets: list[WebhookSecretView] | None
    webhook_url: str
    created_at: datetime

    @classmethod
    def of(cls, account: PspAccount, *, crypto: Crypto, base_url: str) -> Self:
        """Show an account; `webhook_url` is what the provider must be told."""
        secrets = _hints(account, crypto)
        shown = ("id", "psp", "label", "priority", "is_enabled", "native_retries", "created_at")
        return cls(
            **{name: getattr(account, name) for name in shown},
            credentials=secrets and dict(secrets[0]),
            webhook_secrets=secrets and secrets[1],
            webhook_url=f"{base_url.rstrip('/')}/v1/webhooks/{account.psp}/{account.id}",
        )


class FindingView(BaseModel):
    """One thing that is missing, and how to mend it."""

    code: str
    detail: str


class CheckView(BaseModel):
    """What a test of an account found; `ok` if nothing is missing."""

    ok: bool
    findings: list[FindingView]

    @classmethod
    def of(cls, findings: tuple[Finding, ...]) -> Self:
        """Show findings."""
        return cls(ok=not findings, findings=[FindingView(code=one.code, detail=one.detail) for one in findings])


def _hints(account: PspAccount, crypto: Crypto) -> tuple[Mapping[str, str], list[WebhookSecretView]] | None:
    try:
        opened = open_account(account, crypto=crypto, live=False)
    except SealBrokenError:
        return None
    webhook_secrets = [
        WebhookSecretView(hint=hint(secret), holds_until=account.older_secrets_until if number else None)
        for number, secret in enumerate(opened.webhook_secrets)
    ]
    return {name: hint(secret) for name, secret in opened.secrets.items()}, webhook_secrets
