"""Failures that only a provider told of: written down as if the merchant had posted them."""

import hashlib
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from app.db.models import PspPayment, Transaction
from app.db.queries.psp import wake_referring
from app.db.queries.psp_inbound import (
    find_transaction,
    keep_names,
    lock_latest,
    lock_payment,
    lock_transaction,
    was_reported,
)
from app.domain.errors import TinkoError
from app.domain.ingest.accept import ReportRefusedError
from app.domain.ingest.report import FailureReport, is_chargeable
from app.domain.payments.facts import PaymentFacts
from app.domain.payments.port import Decline, PaymentResult
from app.domain.recovery.states import RecoveryStatus
from app.infra.clock import Clock
from app.services.ingest import Incoming
from app.services.ingest.record import record_failures
from app.services.outbox import Topic, enqueue
from app.services.psp_events.native import settle_native_retries
from app.services.psp_events.source import Source, Told
from app.services.psp_events.twins import JOIN_AFTER, hold

_LONGEST_TEXT: Final = 500
_LONGEST_MESSAGE: Final = 2000


def report_failure(
    session: Session, source: Source, told: Told, found: PaymentResult, *, clock: Clock, retention: timedelta
) -> str:
    """Write a decline down once, however often and under whichever name it is told; then mind native retries.

    Answers `opened` for a new failure, `recorded` where only a wait for the provider's own retry
    changed, `known` where nothing did, and `nothing` for what no recovery can be opened from. Raises
    `ReportRefusedError`.
    """
    now, decline, names = clock.now() + source.clock_offset, found.decline, told.names
    if decline is None or found.psp_payment_id is None or not names:
        return "nothing"
    payment = lock_payment(
        session,
        organization_id=source.organization_id,
        psp_account_id=source.account_id,
        psp_id=names[0],
        now=now,
    )
    known = _known(session, source, told)
    mark = _mark(found, decline)
    marked = _is_marked(mark, payment.declines)
    news = not marked and not _is_old(session, told, payment, known, decline)
    if news:
        known = _write(session, source, told, found, payment, known, clock=clock, retention=retention)
    if known is None:
        return "nothing"
    if not marked:
        payment.declines = [*payment.declines, mark]
    payment.transaction_id = known.id
    keep_names(session, payment=payment, names=names, now=now)
    recovery = lock_latest(session, transaction_id=known.id)
    waits = settle_native_retries(session, source, known, recovery, found.facts or PaymentFacts(), now=now)
    return "opened" if news else "recorded" if waits else "known"


def _known(session: Session, source: Source, told: Told) -> Transaction | None:
    transaction_id = find_transaction(
        session,
        organization_id=source.organization_id,
        psp_account_id=source.account_id,
        names=told.names,
        transaction_ref=told.transaction_ref,
    )
    if transaction_id is None:
        return None
    return lock_transaction(session, organization_id=source.organization_id, transaction_id=transaction_id)


def _is_old(session: Session, told: Told, payment: PspPayment, known: Transaction | None, decline: Decline) -> bool:
    """Tell whether the merchant reported this very decline, or the case was closed after it happened."""
    if known is None:
        return False
    codes = (decline.code,)
    if not payment.declines and was_reported(session, transaction_id=known.id, names=told.names, codes=codes):
        return True
    recovery = lock_latest(session, transaction_id=known.id)
    if recovery.status == RecoveryStatus.RECOVERED:
        return True
    happened_at = told.happened_at()
    return recovery.ended_at is not None and (happened_at is None or happened_at <= recovery.ended_at)


def _write(
    session: Session,
    source: Source,
    told: Told,
    found: PaymentResult,
    payment: PspPayment,
    known: Transaction | None,
    *,
    clock: Clock,
    retention: timedelta,
) -> Transaction:
    report = _report(source, told, found, payment, known)
    session.flush()
    incoming = Incoming(source.organization_id, report)
    (outcome,) = record_failures(session, items=[incoming], now=clock.now(), retention=retention)
    if isinstance(outcome, TinkoError):
        raise outcome
    transaction_id = orjson.loads(outcome.body)["transaction_id"]
    written = lock_transaction(session, organization_id=source.organization_id, transaction_id=transaction_id)
    if known is None:
        _be_patient(session, source, told, payment, written, now=clock.now() + source.clock_offset)
    return written


def _be_patient(
    session: Session, source: Source, told: Told, payment: PspPayment, written: Transaction, *, now: datetime
) -> None:
    """Hold a transaction that was just opened: the next page may tell of its payment, the next moment of its twin."""
    recovery = lock_latest(session, transaction_id=written.id)
    if told.patience:
        hold(session, written, recovery, until=now + told.patience, by="reading.patience")
    if told.transaction_ref is not None:
        # A later payment of the same order may have been told of first, when nobody knew what it was about.
        hold(session, written, recovery, until=now + JOIN_AFTER, by="events.wait")
        wake_referring(
            session,
            organization_id=source.organization_id,
            transaction_ref=told.transaction_ref,
            topic=Topic.PROCESS_PSP_EVENT,
        )
    else:
        payment.placeholder = written.transaction_ref
        hold(session, written, recovery, until=now + JOIN_AFTER, by="twins.wait")
        payload = {"transaction_id": written.id, "organization_id": source.organization_id}
        enqueue(session, topic=Topic.JOIN_TWINS, payload=payload, delay=JOIN_AFTER)


def _report(
    source: Source, told: Told, found: PaymentResult, payment: PspPayment, known: Transaction | None
) -> FailureReport:
    facts, decline = found.facts or PaymentFacts(), found.decline
    if decline is None:
        raise AssertionError("a failure without a decline")
    if known is None and facts.asked is None:
        raise ReportRefusedError("The provider does not say how much was to be paid.")
    customer, method = _plain(facts.customer), _plain(facts.method)
    if known is not None:
        # What the merchant said of the payer and the method stays; the amount wanted is theirs to say.
        customer = {name: value for name, value in customer.items() if not known.customer.get(name)}
        method = method if is_chargeable(method) and not is_chargeable(known.payment_method) else {}
    asked = facts.asked if known is None else None
    return FailureReport(
        transaction_ref=known.transaction_ref if known else told.transaction_ref or payment.psp_id[:128],
        gateway=source.credentials.psp,
        failure_reason=_clip(decline.code) or "unknown",
        amount=asked.minor if asked else None,
        currency=asked.currency if asked else None,
        failure_code=_clip(decline.code),
        failure_message=_clip(decline.message, _LONGEST_MESSAGE),
        network_decline_code=_clip(decline.network_decline_code),
        network_advice_code=_clip(decline.network_advice_code),
        occurred_at=told.happened_at(),
        psp_payment_id=payment.psp_id,
        customer=customer or None,
        payment_method=method or None,
        metadata={"psp_account_id": source.account_id},
    )


def _plain(facts: Any) -> dict[str, Any]:
    said = {each.name: getattr(facts, each.name) for each in fields(facts)}
    return {name: _clip(value, 320) for name, value in said.items() if value}


def _clip(text: str | None, most: int = _LONGEST_TEXT) -> str | None:
    return text.replace("\0", "")[:most] or None if text else None


def _mark(found: PaymentResult, decline: Decline) -> str:
    """Return what a decline is remembered by: a hash of its codes, and the payment's other names as they were told."""
    said = (found.psp_payment_id, decline.code, decline.network_decline_code, decline.network_advice_code)
    codes = hashlib.sha256(orjson.dumps(said)).hexdigest()[:32]
    others = (found.facts or PaymentFacts()).other_ids
    return " ".join((codes, *sorted(name for name in others if " " not in name)))


def _is_marked(mark: str, marks: Iterable[str]) -> bool:
    """Tell whether a decline was told of before: the same codes, and no name that belongs to another charge.

    The charge alone, and the charge with its invoice, are one; two charges of one invoice are two.
    """
    codes, *names = mark.split(" ")
    for each in marks:
        its_codes, *its_names = each.split(" ")
        if codes == its_codes and (set(names) <= set(its_names) or set(its_names) <= set(names)):
            return True
    return False
