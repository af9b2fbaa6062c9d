"""Captured money: charges, and their double entries."""

from datetime import datetime, timedelta
from typing import Final

from app.db.models import Charge, LedgerEntry
from app.db.queries.bulk import Row
from app.domain.ids import CHARGE, LEDGER_ENTRY
from app.domain.ledger import POSTINGS, Movement
from app.domain.money import Money
from app.domain.recovery.states import RecoveryStatus
from app.services.seed.payment import Case
from app.services.seed.sheets import Sheets

_REFUNDED_AFTER: Final = timedelta(seconds=41)


def capture(sheets: Sheets, case: Case, *, account: str, paid: Row, via: str, at: datetime) -> None:
    """Book the payment of a recovery through one of its attempts, and end it."""
    charge = _charge(sheets, case, account=account, psp_payment_id=paid["psp_payment_id"], attempt=paid["id"], at=at)
    _post(sheets, charge, Movement.CAPTURE, at=at)
    case.transaction["recovered_at"] = at
    case.recovery.update(status=RecoveryStatus.RECOVERED, recovered_via=via, ended_at=at)
    why = f"The provider captured {Money(charge['amount'], charge['currency'])}."
    facts = {"psp_payment_id": charge["psp_payment_id"], "attempt_id": paid["id"], "via": via}
    sheets.note(case.recovery["id"], "recovered", at=at, who=f"psp:{account}", why=why, facts=facts)


def capture_twice(sheets: Sheets, case: Case, *, account: str, psp_payment_id: str, at: datetime) -> datetime:
    """Book a second capture of a payment that came back, and its refund; return when that was done."""
    charge = _charge(sheets, case, account=account, psp_payment_id=psp_payment_id, attempt=None, at=at)
    refunded_at = at + _REFUNDED_AFTER
    charge.update(is_duplicate=True, status="refunded", refunded_at=refunded_at)
    _post(sheets, charge, Movement.DUPLICATE_CAPTURE, at=at)
    _post(sheets, charge, Movement.DUPLICATE_REFUND, at=refunded_at)
    recovery_id, money = case.recovery["id"], Money(charge["amount"], charge["currency"])
    facts = {"charge_id": charge["id"]}
    why = f"A second rail captured {money}; it is refunded by itself."
    told = facts | {"psp_payment_id": psp_payment_id}
    sheets.note(recovery_id, "duplicate_charge", at=at, who="tinko", why=why, facts=told)
    why = f"{money} that was charged twice went back to the payer."
    sheets.note(recovery_id, "duplicate_refunded", at=refunded_at, who="tinko", why=why, facts=facts)
    return refunded_at


def _charge(sheets: Sheets, case: Case, *, account: str, psp_payment_id: str, attempt: str | None, at: datetime) -> Row:
    return sheets.add(
        Charge,
        id=sheets.dice.id(CHARGE, at),
        transaction_id=case.transaction["id"],
        attempt_id=attempt,
        psp_account_id=account,
        psp_payment_id=psp_payment_id,
        amount=case.payment.amount,
        currency=case.payment.currency,
        is_duplicate=False,
        status="captured",
        captured_at=at,
        refunded_at=None,
    )


def _post(sheets: Sheets, charge: Row, movement: Movement, *, at: datetime) -> None:
    posting, entry_id, amount = POSTINGS[movement], sheets.dice.id(LEDGER_ENTRY, at), charge["amount"]
    sheets.add(LedgerEntry, id=entry_id, charge_id=charge["id"], kind=movement, currency=charge["currency"], at=at)
    sheets.add_lines(
        {"entry_id": entry_id, "account": posting.debit, "debit": amount, "credit": 0},
        {"entry_id": entry_id, "account": posting.credit, "debit": 0, "credit": amount},
    )
