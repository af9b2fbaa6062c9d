"""An organization's accounts at providers: made, chosen, and opened for a call."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import Organization, PspAccount
from app.db.queries.psp_accounts import account_with_mode, accounts_of
from app.domain.errors import NotFoundError
from app.domain.ids import PSP_ACCOUNT, new_id
from app.domain.payments.port import Credentials
from app.domain.payments.routing import SANDBOX, AccountFacts, choose_account
from app.infra.crypto import Crypto
from app.services.outbox import Topic, enqueue


def create_account(
    session: Session,
    *,
    crypto: Crypto,
    organization_id: str,
    psp: str,
    label: str,
    credentials: dict[str, str],
    webhook_secrets: tuple[str, ...],
    now: datetime,
) -> PspAccount:
    """Connect a provider: its secrets are sealed to this one row.

    The sandbox is told by itself where to send its webhooks; elsewhere the merchant says that to the provider.
    """
    account_id = new_id(PSP_ACCOUNT, now=now)
    account = PspAccount(
        id=account_id,
        organization_id=organization_id,
        psp=psp,
        label=label,
        created_at=now,
    )
    seal_account(account, crypto=crypto, credentials=credentials, webhook_secrets=webhook_secrets)
    session.add(account)
    if psp == SANDBOX:
        enqueue(session, topic=Topic.REGISTER_WEBHOOK, payload={"psp_account_id": account_id})
    return account


def seal_account(
    account: PspAccount, *, crypto: Crypto, credentials: Mapping[str, str], webhook_secrets: Sequence[str]
) -> None:
    """Seal an account's secrets to its row; the newest webhook secret is the first."""
    account.sealed_credentials = crypto.seal_json(dict(credentials), about=f"psp_account/{account.id}/credentials")
    account.sealed_webhook_secrets = crypto.seal_json(
        list(webhook_secrets), about=f"psp_account/{account.id}/webhook_secrets"
    )


def valid_webhook_secrets(account: PspAccount, credentials: Credentials, *, now: datetime) -> Credentials:
    """Return the credentials without the webhook secrets whose overlap is over; `now` is the machine's time."""
    overlaps = account.older_secrets_until is not None and now < account.older_secrets_until
    return credentials if overlaps else replace(credentials, webhook_secrets=credentials.webhook_secrets[:1])


def open_account(account: PspAccount, *, crypto: Crypto, live: bool) -> Credentials:
    """Open an account's secrets for calls; raises `SealBrokenError` if they cannot be opened."""
    return Credentials(
        account_id=account.id,
        psp=account.psp,
        live=live,
        secrets=crypto.open_json(account.sealed_credentials, about=f"psp_account/{account.id}/credentials"),
        webhook_secrets=tuple(
            crypto.open_json(account.sealed_webhook_secrets, about=f"psp_account/{account.id}/webhook_secrets")
        ),
    )


def choose_credentials(
    session: Session, *, crypto: Crypto, organization: Organization, gateway: str, account_id: str | None = None
) -> Credentials:
    """Open the account that a payment goes through: the one named, else the one that routing chooses.

    Raises `NoPspAccountError`.
    """
    if account_id is not None:
        for account in accounts_of(session, organization_id=organization.id):
            if account.id == account_id:
                return open_account(account, crypto=crypto, live=organization.mode == "live")
    chosen = choose_account_of(session, organization=organization, gateway=gateway)
    return open_account(chosen, crypto=crypto, live=organization.mode == "live")


def choose_account_of(session: Session, *, organization: Organization, gateway: str) -> PspAccount:
    """Return the account that a payment of this gateway goes through; raises `NoPspAccountError`."""
    accounts = {account.id: account for account in accounts_of(session, organization_id=organization.id)}
    live = organization.mode == "live"
    return accounts[choose_account(account_facts(accounts.values(), live=live), gateway=gateway, live=live).id]


def account_facts(accounts: Iterable[PspAccount], *, live: bool) -> list[AccountFacts]:
    """Return what routing needs to know of an organization's accounts."""
    return [AccountFacts(a.id, a.psp, a.priority, live, a.is_enabled) for a in accounts]


def get_account(session: Session, *, crypto: Crypto, account_id: str) -> Credentials:
    """Open one account by its id; raises `NotFoundError`."""
    found = account_with_mode(session, account_id=account_id)
    if found is None:
        raise NotFoundError("There is no such account.")
    account, mode = found
    return open_account(account, crypto=crypto, live=mode == "live")
