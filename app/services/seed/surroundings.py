"""What stands around the stories: closed accounts at providers, the earlier policy, webhooks, and what staff did."""

from datetime import datetime, timedelta
from typing import Final

import orjson
from sqlalchemy.orm import Session

from app.db.models import Charge, Organization, Policy, PolicyVersion, PspAccount, PspEvent
from app.db.queries.psp_accounts import accounts_of
from app.domain.ids import POLICY, PSP_ACCOUNT, PSP_EVENT
from app.domain.payments.routing import SANDBOX
from app.domain.recovery.policy import Policy as PolicyTerms
from app.domain.recovery.policy import Strategy
from app.infra.crypto import Crypto
from app.services.audit import record_audit
from app.services.payments.accounts import seal_account
from app.services.seed.catalogue import GATEWAYS
from app.services.seed.dice import Dice
from app.services.seed.setting import Setting, Terms
from app.services.seed.sheets import Sheets

WINDOW_DAYS: Final = 7
"""How long recoveries of the history may stay open; nine of ten come back within ten days."""
_FIRST: Final = PolicyTerms(window_days=WINDOW_DAYS, initial_delay_minutes=60, max_delay_minutes=1440)
_SECOND: Final = PolicyTerms(
    window_days=WINDOW_DAYS,
    max_retries=3,
    strategy=Strategy.LADDER,
    ladder_minutes=(120, 1440, 2880),
    link_after_attempt=1,
    jitter=0.1,
)
_CHANGED_AT: Final = 0.45
"""How far into the history the policy was improved."""
_TOLD_OF: Final = 0.35
"""The share of captured payments that a webhook told of."""
_DAMAGED: Final = ("payment.updated", "charge.dispute.funds_reinstated", "payout.reconciled", "mandate.revised")
_ERRORS: Final = (
    "The provider does not know this payment.",
    "The provider answered 503 for all 12 tries.",
    "The amount of the event is in another currency than the transaction.",
)


def set_up(
    session: Session, *, dice: Dice, crypto: Crypto, organization: Organization, staff: str, days: int, now: datetime
) -> Setting:
    """Add the closed accounts and the earlier policy, and return the setting of the stories."""
    begins = now - timedelta(days=days)
    accounts = {psp: _close_account(session, dice, crypto, organization.id, psp, begins, now) for psp in GATEWAYS}
    terms = (Terms(1, begins, _FIRST), Terms(2, begins + (now - begins) * _CHANGED_AT, _SECOND))
    policy = Policy(
        id=dice.id(POLICY, begins),
        organization_id=organization.id,
        name="Subscriptions, the first months",
        version=2,
        is_active=False,
        created_at=begins,
        deleted_at=now,
    )
    session.add(policy)
    session.flush()
    for each in terms:
        settings = each.policy.as_settings()
        version = PolicyVersion(
            policy_id=policy.id, version=each.version, settings=settings, created_by=staff, created_at=each.since
        )
        session.add(version)
    session.flush()
    own = (each.id for each in accounts_of(session, organization_id=organization.id) if each.psp == SANDBOX)
    sandbox = next(own, accounts[GATEWAYS[0]])
    return Setting(organization.id, policy.id, terms, accounts, sandbox, staff, crypto, begins, now)


def tell_of_captures(sheets: Sheets, accounts: dict[str, str]) -> None:
    """Add the webhooks that told of some of the captured payments on these sheets."""
    gateways = {account: psp for psp, account in accounts.items()}
    for charge in sheets.rows[Charge]:
        if sheets.dice.happens(_TOLD_OF):
            at = charge["captured_at"] + timedelta(seconds=2)
            _webhook(sheets, charge["psp_account_id"], gateways[charge["psp_account_id"]], "payment.succeeded", at)


def leave_dead_webhooks(sheets: Sheets, setting: Setting, *, count: int) -> None:
    """Add webhooks that nobody could process, spread over the last ten days."""
    for number in range(count):
        at = setting.now - timedelta(days=10) * ((number + 1) / (count + 1))
        psp = sheets.dice.one_of(GATEWAYS)
        _webhook(sheets, setting.accounts[psp], psp, sheets.dice.one_of(_DAMAGED), at, sheets.dice.one_of(_ERRORS))


def record_what_staff_did(session: Session, setting: Setting, *, made: dict[str, int], now: datetime) -> None:
    """Write into the audit log that the policy was changed then, and that this history was written now."""
    before, after = (each.policy.as_settings() for each in setting.terms)
    subject, organization_id = setting.policy_id, setting.organization_id
    changes = {name for name, value in after.items() if value != before[name]}
    record_audit(
        session,
        organization_id=organization_id,
        actor=setting.staff,
        action="policy.update",
        subject=subject,
        before={name: before[name] for name in sorted(changes)},
        after={name: after[name] for name in sorted(changes)},
        now=setting.terms[1].since,
    )
    record_audit(
        session,
        organization_id=organization_id,
        actor=setting.staff,
        action="organization.seed",
        subject=organization_id,
        after=made,
        now=now,
    )


def _close_account(
    session: Session, dice: Dice, crypto: Crypto, organization_id: str, psp: str, begins: datetime, now: datetime
) -> str:
    """Add an account without secrets that nothing is charged through or read from any more."""
    account = PspAccount(
        id=dice.id(PSP_ACCOUNT, begins),
        organization_id=organization_id,
        psp=psp,
        label="Seeded history",
        is_enabled=False,
        created_at=begins,
        deleted_at=now,
    )
    seal_account(account, crypto=crypto, credentials={}, webhook_secrets=())
    session.add(account)
    return account.id


def _webhook(sheets: Sheets, account: str, psp: str, kind: str, at: datetime, error: str | None = None) -> None:
    event_id = sheets.dice.id(PSP_EVENT, at)
    sheets.add(
        PspEvent,
        id=event_id,
        psp_account_id=account,
        event_id=f"{psp}_{event_id[4:]}",
        type=kind,
        transaction_ref=None,
        body=orjson.dumps({"id": f"{psp}_{event_id[4:]}", "type": kind}),
        status="dead" if error else "processed",
        error=error,
        received_at=at,
        processed_at=None if error else at + timedelta(milliseconds=240),
    )
