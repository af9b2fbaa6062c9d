"""One payment that failed: who owed it, through what, why; its transaction, its report and its open case as rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from app.db.models import FailureEvent, Recovery, Transaction
from app.db.queries.bulk import Row
from app.domain.classification import Classification, FailureSignals, classify
from app.domain.ids import EVENT, RECOVERY, TRANSACTION
from app.domain.network_rules import instrument_of
from app.domain.recovery.memory import remembered
from app.domain.recovery.states import RecoveryStatus
from app.services.seed.catalogue import MIDDLE_AMOUNTS, NEW_CODES, RAILS, STEPS, UNKNOWN_SHARE, Failure, Rail
from app.services.seed.dice import Dice
from app.services.seed.people import payer
from app.services.seed.setting import Setting, Terms
from app.services.seed.sheets import Sheets

_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
_CAPITALS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_TOLD: Final = ("recommendation", "cooldown_seconds", "retry", "title", "unchecked", "network_rule")
_SCRIPTS: Final = ("pm_sandbox_recovers_on_1", "pm_sandbox_recovers_on_2", "pm_sandbox_insufficient_funds")
"""How charges that are still to come turn out at the sandbox."""


@dataclass(frozen=True, slots=True)
class Payment:
    """What failed. `scripted` says that a saved method is one of the sandbox's, since it may be charged yet."""

    rail: Rail
    failure: Failure
    currency: str
    amount: int
    customer: dict[str, Any]
    method: dict[str, Any]
    psp_payment_id: str
    reference: str

    def signals(self) -> FailureSignals:
        """Return what the classifier reads."""
        failure, method = self.failure, self.method
        return FailureSignals(
            gateway=self.rail.gateway,
            reason=failure.code,
            code=failure.code,
            message=failure.message,
            method=method["type"],
            brand=method.get("brand"),
        )


@dataclass(frozen=True, slots=True)
class Case:
    """A payment with the rows that stand for it, and how its failure is understood."""

    payment: Payment
    transaction: Row
    recovery: Row
    terms: Terms
    signals: FailureSignals
    verdict: Classification
    failed_at: datetime


def draw_payment(dice: Dice, *, payers: int, number: int, scripted: bool) -> Payment:
    """Draw a payment that failed; `number` tells its reference from others'."""
    rail = dice.draw(RAILS)
    failure = dice.draw(NEW_CODES) if dice.happens(UNKNOWN_SHARE) else dice.draw(rail.failures)
    currency = dice.draw(rail.currencies)
    steps = max(round(dice.spread(MIDDLE_AMOUNTS[currency], 0.7) / STEPS[currency]), 1)
    customer = payer(dice, currency=currency, number=dice.below(payers) + 1)
    return Payment(
        rail,
        failure,
        currency,
        steps * STEPS[currency],
        customer,
        _method(dice, rail, country=customer["country"], scripted=scripted),
        f"{rail.payment}{dice.word(_CAPITALS if rail.gateway == 'paypal' else _LETTERS, 17)}",
        f"inv-{number:06d}-{dice.word(_CAPITALS, 4)}",
    )


def open_case(sheets: Sheets, setting: Setting, payment: Payment, *, at: datetime) -> Case:
    """Add the rows with which a payment's recovery begins; `at` is when the merchant told of it."""
    signals = payment.signals()
    verdict, terms, dice = classify(signals), setting.terms_at(at), sheets.dice
    failed_at = at - dice.between(timedelta(milliseconds=400), timedelta(seconds=9))
    transaction = sheets.add(
        Transaction,
        id=dice.id(TRANSACTION, at),
        transaction_ref=payment.reference,
        amount=payment.amount,
        currency=payment.currency,
        gateway=payment.rail.gateway,
        psp_payment_id=payment.psp_payment_id,
        customer=payment.customer,
        payment_method=payment.method,
        recovered_at=None,
        created_at=at,
    )
    recovery = sheets.add(
        Recovery,
        id=dice.id(RECOVERY, at),
        transaction_id=transaction["id"],
        status=RecoveryStatus.OPEN,
        category=verdict.category,
        reason=verdict.reason,
        hardness=verdict.hardness,
        policy_id=setting.policy_id,
        policy_version=terms.version,
        last_failure=remembered(signals, psp_payment_id=payment.psp_payment_id, failed_at=failed_at),
        charges_made=0,
        needs_attention=None,
        recovered_via=None,
        opened_at=at,
        window_ends_at=at + terms.policy.window,
        paused_at=None,
        ended_at=None,
        retried_at=None,
        messaged_at=None,
        link_opened_at=None,
    )
    case = Case(payment, transaction, recovery, terms, signals, verdict, failed_at)
    _report(sheets, case, at=at)
    return case


def _method(dice: Dice, rail: Rail, *, country: str, scripted: bool) -> dict[str, Any]:
    method: dict[str, Any] = {"type": rail.method}
    if rail.brands:
        expires = {"exp_month": dice.below(12) + 1, "exp_year": 2027 + dice.below(4)}
        method |= {"brand": dice.one_of(rail.brands), "last4": dice.word("0123456789", 4), **expires}
        method["issuer_country"] = country
    token = dice.one_of(_SCRIPTS) if scripted else f"{rail.token}{dice.word(_LETTERS, 16)}"
    return method | {"token": token} if dice.happens(rail.chargeable) else method


def _report(sheets: Sheets, case: Case, *, at: datetime) -> None:
    payment, verdict, gateway = case.payment, case.verdict, case.payment.rail.gateway
    sheets.add(
        FailureEvent,
        id=sheets.dice.id(EVENT, at),
        transaction_id=case.transaction["id"],
        recovery_id=case.recovery["id"],
        gateway=gateway,
        failure_reason=payment.failure.code,
        failure_code=payment.failure.code,
        failure_message=payment.failure.message,
        psp_payment_id=payment.psp_payment_id,
        instrument=instrument_of(payment.method, gateway=gateway),
        amount=payment.amount,
        currency=payment.currency,
        category=verdict.category,
        reason=verdict.reason,
        hardness=verdict.hardness,
        rule=verdict.rule,
        classification={name: getattr(verdict, name) for name in _TOLD} | {"alt": verdict.alternatives},
        metadata={},
        occurred_at=case.failed_at,
        received_at=at,
    )
    if not verdict.known:
        told = {"gateway": gateway, "code": payment.failure.code, "sample_message": payment.failure.message, "at": at}
        sheets.unknown_codes.append({"organization_id": sheets.organization_id, **told})
