"""Understand one report: check its money, classify it, open or extend its recovery, plan what is next."""

from datetime import datetime
from typing import Any

import orjson

from app.db.queries.bulk import Row
from app.db.queries.ingest import Known, Merchant
from app.domain.classification import FailureSignals, classify
from app.domain.ids import EVENT, TRANSACTION, new_id
from app.domain.ingest.accept import KnownTransaction, check_money
from app.domain.ingest.report import FailureReport
from app.domain.network_rules import instrument_of
from app.domain.own_rules import Failure, Judged, country_of
from app.domain.recovery.states import RecoveryStatus
from app.services.ingest.case import Case
from app.services.ingest.draft import Draft
from app.services.ingest.follow import Next, extend_recovery, open_recovery
from app.services.rules.current import kept_rulebook


def understand(draft: Draft, report: FailureReport, merchant: Merchant, known: Known | None, *, now: datetime) -> bytes:
    """Add to the draft all rows of this report, and return the answer to its sender.

    `now` is the organization's time. Raises `ReportRefusedError`, before anything was added.
    """
    believed = known and KnownTransaction(known.amount, known.currency, known.recovered_at)
    amount, currency = check_money(report, believed)
    transaction_id = known.transaction_id if known else new_id(TRANSACTION, now=now)
    transaction = {"id": transaction_id, "organization_id": merchant.id}
    signals = report.signals()
    judged = _judged(report, signals, merchant, known, amount=amount, currency=currency)
    case = Case(report, signals, judged, merchant, known, amount, currency, transaction, now)
    _keep_transaction(draft, case)
    event_id = new_id(EVENT, now=now)  # before the step that it leads to: ids tell what came first
    if known is None or (known.status != RecoveryStatus.OPEN and known.recovered_at is None):
        following = open_recovery(draft, case)
    else:
        following = extend_recovery(draft, case, known)
    _keep_event(draft, case, event_id, following.recovery)
    return _answer(case, event_id, following)


def _judged(
    report: FailureReport,
    signals: FailureSignals,
    merchant: Merchant,
    known: Known | None,
    *,
    amount: int,
    currency: str,
) -> Judged:
    """Return why it failed, by the organization's own rules if it has any."""
    if not merchant.rules:
        return Judged(classify(signals))
    rules = kept_rulebook(merchant.id, version=merchant.rules_version, rules=merchant.rules)
    method = report.payment_method or (known.payment_method if known else {})
    country = country_of(method, {**(known.customer if known else {}), **(report.customer or {})})
    return rules.classify(Failure(signals, amount, currency, country, method.get("type")))


def _keep_transaction(draft: Draft, case: Case) -> None:
    report, known, transaction = case.report, case.known, case.transaction
    transaction |= {
        "transaction_ref": report.transaction_ref,
        "amount": case.amount,
        "currency": case.currency,
        "gateway": report.gateway,
        "psp_payment_id": report.psp_payment_id or (known and known.psp_payment_id),
        "customer": {**(known.customer if known else {}), **(report.customer or {})},
        "payment_method": report.payment_method or (known.payment_method if known else {}),
    }
    if known is None:
        draft.transactions.append(transaction | {"created_at": case.now})
    elif any(transaction[name] != getattr(known, name) for name in _CHANGEABLE):
        draft.changed_transactions.append(
            {"id": transaction["id"], **{name: transaction[name] for name in _CHANGEABLE}}
        )


_CHANGEABLE = ("transaction_ref", "amount", "gateway", "psp_payment_id", "customer", "payment_method")


def _keep_event(draft: Draft, case: Case, event_id: str, recovery: Row) -> None:
    report, verdict = case.report, case.verdict
    draft.events.append(
        {
            "id": event_id,
            "organization_id": case.merchant.id,
            "transaction_id": case.transaction["id"],
            "recovery_id": recovery["id"],
            "gateway": report.gateway,
            "failure_reason": report.failure_reason,
            "failure_code": report.failure_code,
            "failure_message": report.failure_message,
            "network_decline_code": report.network_decline_code,
            "network_advice_code": report.network_advice_code,
            "psp_payment_id": report.psp_payment_id,
            "instrument": instrument_of(case.transaction["payment_method"], gateway=report.gateway),
            "amount": case.amount,
            "currency": case.currency,
            "category": verdict.category,
            "reason": verdict.reason,
            "hardness": verdict.hardness,
            "rule": verdict.rule,
            "classification": _verdict_as_json(case.judged),
            "metadata": report.metadata,
            "occurred_at": case.failed_at,
            "received_at": case.now,
        }
    )
    if not verdict.known:
        code = report.failure_code or report.failure_reason
        draft.unknown_codes.append(
            {
                "organization_id": case.merchant.id,
                "gateway": report.gateway,
                "code": code[:200],
                "sample_message": report.failure_message,
                "at": case.now,
            }
        )


def _verdict_as_json(judged: Judged) -> dict[str, Any]:
    verdict = judged.verdict
    plain = {
        "recommendation": verdict.recommendation,
        "alt": list(verdict.alternatives),
        "cooldown_seconds": verdict.cooldown_seconds,
        "retry": verdict.retry,
        "title": verdict.title,
        "unchecked": verdict.unchecked,
        "network_rule": verdict.network_rule,
    }
    return plain if judged.applied is None else plain | {"own_rule": judged.applied.recorded()}


def _answer(case: Case, event_id: str, following: Next) -> bytes:
    verdict = case.verdict
    return orjson.dumps(
        {
            "id": event_id,
            "transaction_id": case.transaction["id"],
            "transaction_ref": case.report.transaction_ref,
            "category": verdict.category,
            "reason": verdict.reason,
            "hardness": verdict.hardness,
            "rule": verdict.rule,
            "recommendation": verdict.recommendation,
            "alt": verdict.alternatives,
            "cooldown_seconds": verdict.cooldown_seconds,
            "recovery": {
                "id": following.recovery["id"],
                "status": following.recovery["status"],
                "next_attempt_at": following.due_at,
                "next_attempt_kind": following.kind,
            },
            "received_at": case.now,
        },
        option=orjson.OPT_UTC_Z,
    )
