"""The next charge after a definite decline may go through another account, where the method is saved too."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Attempt, Recovery
from app.db.queries.attempts import Work, accounts_that_declined, scheduled_of
from app.db.queries.psp_accounts import accounts_of
from app.domain.classification import Classification
from app.domain.payments.fail_over import fail_over, method_at
from app.domain.payments.port import Credentials, PaymentMethod
from app.domain.recovery.states import AttemptKind, AttemptStatus
from app.infra.crypto import Crypto
from app.services.payments.accounts import account_facts, choose_credentials, open_account
from app.services.recovery.end_attempt import end_attempt
from app.services.recovery.follow_up import plan_next
from app.services.timeline import note

_MARK: Final = "fail_over"
"""The part of an attempt's decision that names another account than the one that routing chooses."""


def plan_fail_over(session: Session, work: Work, *, verdict: Classification, now: datetime) -> None:
    """Send the charge that was just planned after a decline through another account, if there is a good one.

    When it is made stays as it was planned, and network rules count it as the same instrument. The charge
    after a fail-over goes the ordinary way again, unless it must look the failed payment up first: only the
    account that declined it knows it.
    """
    attempt, recovery, transaction, organization = work
    planned = _planned_charge(session, recovery)
    if planned is None or attempt.psp_account_id is None or _MARK in planned.decision:
        return
    earlier = attempt.decision.get(_MARK)
    if planned.check_first or earlier is not None:
        if planned.check_first and earlier is not None:
            planned.decision = planned.decision | {_MARK: earlier}
        return
    if not transaction.payment_method.get("tokens"):
        return
    live = organization.mode == "live"
    chosen = fail_over(
        account_facts(accounts_of(session, organization_id=organization.id), live=live),
        declined_at=attempt.psp_account_id,
        code=attempt.result_code,
        verdict=verdict,
        method=transaction.payment_method,
        live=live,
        tried=accounts_that_declined(session, recovery_id=recovery.id),
    )
    if chosen is None:
        return
    why = f"{planned.decision['why']} It goes through another account: {chosen.why}."
    planned.decision = planned.decision | {_MARK: chosen.account_id, "why": why}
    note(
        session,
        recovery,
        what="fail_over_planned",
        who="rule:fail_over",
        why=f"{chosen.why}.",
        now=now,
        attempt_id=planned.id,
        psp_account_id=chosen.account_id,
    )


def charge_through(session: Session, work: Work, *, crypto: Crypto) -> tuple[Credentials, PaymentMethod] | None:
    """Return the account that a planned charge goes through, and the method as it is saved there.

    None if it was to fail over to an account that is gone, disabled, or where the method is not saved any
    more. Raises `NoPspAccountError`.
    """
    transaction, organization = work.transaction, work.organization
    chosen, method = work.attempt.decision.get(_MARK), transaction.payment_method
    if chosen is None:
        credentials = choose_credentials(session, crypto=crypto, organization=organization, gateway=transaction.gateway)
        return credentials, ordinary_method(work)
    live = organization.mode == "live"
    accounts = [a for a in accounts_of(session, organization_id=organization.id) if a.id == chosen and a.is_enabled]
    for account, facts in zip(accounts, account_facts(accounts, live=live), strict=True):
        saved = method_at(method, facts)
        if saved is not None:
            return open_account(account, crypto=crypto, live=live), saved
    return None


def ordinary_method(work: Work) -> PaymentMethod:
    """Return the saved method as the transaction's own provider knows it."""
    method = work.transaction.payment_method
    return PaymentMethod(
        token=method.get("token"),
        psp_customer_id=method.get("psp_customer_id"),
        mandate_id=method.get("mandate_id"),
        type=method.get("type"),
    )


def give_up_fail_over(session: Session, work: Work, *, now: datetime) -> None:
    """End a planned charge whose other account cannot be used any more, and plan one that goes the ordinary way.

    Nobody was charged, so it costs no retry. It is another attempt, since one attempt never goes to two accounts.
    """
    why = "The account that it was to go through cannot be used any more, so it is planned anew."
    end_attempt(
        session,
        work,
        status=AttemptStatus.CANCELLED,
        code="fail_over_gone",
        detail=why,
        who="rule:fail_over",
        now=now,
    )
    plan_next(session, recovery=work.recovery, transaction=work.transaction, now=now)


def _planned_charge(session: Session, recovery: Recovery) -> Attempt | None:
    planned = scheduled_of(session, recovery_id=recovery.id)
    return next((attempt for attempt in planned if attempt.kind == AttemptKind.CHARGE), None)
