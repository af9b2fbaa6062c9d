"""Connecting an organization's accounts at providers: made, changed, tried, and taken away again."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.models import PspAccount
from app.db.queries.psp_accounts import find_account, is_in_use, list_accounts, lock_account
from app.db.session import Begin
from app.domain.errors import ConflictError, FieldError, InvalidError, NotFoundError
from app.domain.payments.credentials import check_credentials
from app.domain.payments.facts import Finding
from app.domain.payments.port import PaymentsPort
from app.domain.payments.routing import SANDBOX
from app.infra.clock import Clock
from app.infra.crypto import Crypto
from app.services.audit import record_audit
from app.services.outbox import Topic, enqueue
from app.services.payments.accounts import create_account, open_account, seal_account

OVERLAP: Final = timedelta(hours=24)
"""How long an older webhook secret holds beside its successor, unless the caller says otherwise."""
LONGEST_OVERLAP: Final = timedelta(days=7)
_SECRETS_KEPT: Final = 3


class PspAccountInUseError(ConflictError):
    """The account is still needed for money on its way."""

    default_code = "psp_account_in_use"


@dataclass(frozen=True, slots=True)
class AccountWish:
    """What a caller wants of an account; None leaves it as it is.

    `credentials` are merged with those that are there; a None in it takes one away. `webhook_secret`
    becomes the newest, and the older ones hold for `overlap`.
    """

    label: str | None = None
    priority: int | None = None
    is_enabled: bool | None = None
    native_retries: str | None = None
    credentials: Mapping[str, str | None] | None = field(default=None, repr=False)
    webhook_secret: str | None = field(default=None, repr=False)
    overlap: timedelta = OVERLAP


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes an account, in which organization; `now` is the machine's time."""

    organization_id: str
    mode: str
    name: str
    request_id: str | None
    now: datetime


def list_psp_accounts(session: Session, *, organization_id: str, after: str | None, limit: int) -> list[PspAccount]:
    """Return an organization's accounts, the newest first, and one more than `limit` if there are more."""
    return list_accounts(session, organization_id=organization_id, after=after, limit=limit)


def get_psp_account(session: Session, *, organization_id: str, account_id: str) -> PspAccount:
    """Return one account; raises `NotFoundError`."""
    account = find_account(session, organization_id=organization_id, account_id=account_id)
    if account is None:
        raise NotFoundError("There is no such account.")
    return account


def connect_account(session: Session, *, crypto: Crypto, psp: str, wish: AccountWish, actor: Actor) -> PspAccount:
    """Connect a provider; raises `CredentialsInvalidError` and `PspUnsupportedError`."""
    given = {name: value for name, value in (wish.credentials or {}).items() if value is not None}
    check_credentials(psp, given, live=actor.mode == "live")
    webhook_secret = wish.webhook_secret or (f"whsec_{secrets.token_hex(24)}" if psp == SANDBOX else None)
    account = create_account(
        session,
        crypto=crypto,
        organization_id=actor.organization_id,
        psp=psp,
        label=wish.label or psp,
        credentials=given,
        webhook_secrets=(webhook_secret,) if webhook_secret else (),
        now=actor.now,
    )
    account.priority = 100 if wish.priority is None else wish.priority
    account.is_enabled = wish.is_enabled is not False
    account.native_retries = wish.native_retries or "wait"
    session.flush()
    _audit(session, account, "connect", actor, after=_told(account) | {"credentials": sorted(given)})
    return account


def change_account(session: Session, *, crypto: Crypto, account_id: str, wish: AccountWish, actor: Actor) -> PspAccount:
    """Change an account. Raises `NotFoundError`, `CredentialsInvalidError`, `InvalidError`."""
    account = _locked(session, actor, account_id)
    before = _told(account)
    for name in ("label", "priority", "is_enabled", "native_retries"):
        wanted = getattr(wish, name)
        if wanted is not None:
            setattr(account, name, wanted)
    changed: dict[str, Any] = {}
    if wish.credentials is not None or wish.webhook_secret is not None:
        changed = _change_secrets(account, crypto, wish, actor)
        if account.psp == SANDBOX:
            enqueue(session, topic=Topic.REGISTER_WEBHOOK, payload={"psp_account_id": account.id})
    session.flush()
    _audit(session, account, "update", actor, before=before, after=_told(account) | changed)
    return account


def remove_account(session: Session, *, crypto: Crypto, account_id: str, actor: Actor) -> None:
    """Forget an account's secrets at once, and take it out of sight; what went through it stays readable.

    Raises `NotFoundError`, and `PspAccountInUseError` while a charge through it has no outcome yet, a
    payment page of it is open, or a duplicate has to be given back there: without the secrets nobody
    could ever find out, or do, what is owed.
    """
    account = _locked(session, actor, account_id)
    if is_in_use(session, account_id=account.id):
        raise PspAccountInUseError(
            "Money is on its way through this account: a charge without an outcome, an open payment page, or a refund "
            "that is due. Disable the account (is_enabled: false), and delete it once that has ended."
        )
    _audit(session, account, "delete", actor, before=_told(account))
    seal_account(account, crypto=crypto, credentials={}, webhook_secrets=())
    account.deleted_at, account.is_enabled, account.older_secrets_until = actor.now, False, None


def try_account(
    begin: Begin,
    *,
    payments: PaymentsPort,
    crypto: Crypto,
    clock: Clock,
    organization_id: str,
    account_id: str,
    mode: str,
) -> tuple[Finding, ...]:
    """Ask the provider whether an account works, with no transaction open; empty if nothing is missing.

    Raises `NotFoundError`, `PspUnsupportedError`, `CallDeferredError`.
    """
    with begin() as session:
        account = get_psp_account(session, organization_id=organization_id, account_id=account_id)
        credentials = open_account(account, crypto=crypto, live=mode == "live")
    return payments.check(credentials, now=clock.now())


def _change_secrets(account: PspAccount, crypto: Crypto, wish: AccountWish, actor: Actor) -> dict[str, Any]:
    opened = open_account(account, crypto=crypto, live=actor.mode == "live")
    merged = {**opened.secrets, **(wish.credentials or {})}
    given = {name: value for name, value in merged.items() if value is not None}
    check_credentials(account.psp, given, live=opened.live)
    kept = opened.webhook_secrets
    if wish.webhook_secret is not None:
        if not timedelta(0) <= wish.overlap <= LONGEST_OVERLAP:
            detail = f"must be 0 to {LONGEST_OVERLAP.total_seconds() / 3600:.0f} hours"
            error = FieldError("/webhook_secret_overlap_hours", detail)
            raise InvalidError(f"The overlap {detail}.", errors=(error,))
        older = [each for each in kept if each != wish.webhook_secret] if wish.overlap else []
        kept = (wish.webhook_secret, *older)[:_SECRETS_KEPT]
        account.older_secrets_until = actor.now + wish.overlap if len(kept) > 1 else None
    seal_account(account, crypto=crypto, credentials=given, webhook_secrets=kept)
    return {"credentials": sorted(wish.credentials or ()), "webhook_secret_changed": wish.webhook_secret is not None}


def _locked(session: Session, actor: Actor, account_id: str) -> PspAccount:
    account = lock_account(session, organization_id=actor.organization_id, account_id=account_id)
    if account is None:
        raise NotFoundError("There is no such account.")
    return account


def _told(account: PspAccount) -> dict[str, Any]:
    return {name: getattr(account, name) for name in ("psp", "label", "priority", "is_enabled", "native_retries")}


def _audit(session: Session, account: PspAccount, verb: str, actor: Actor, **states: dict[str, Any]) -> None:
    record_audit(
        session,
        organization_id=actor.organization_id,
        actor=actor.name,
        action=f"psp_account.{verb}",
        subject=account.id,
        request_id=actor.request_id,
        now=actor.now,
        **states,
    )
