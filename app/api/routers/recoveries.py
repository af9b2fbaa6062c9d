"""Recoveries: read, and acted upon."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.api.deps import Db, OrgNow, RequestId, require
from app.api.idempotency import Idempotent
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.network_rules import BudgetView
from app.api.schemas.recoveries import CountView, MoveIn, RecoveryDetail, RecoveryView, RetryStatsView
from app.api.schemas.recovery_filters import FilterParams
from app.domain.identity.access import CONTACTS
from app.domain.identity.caller import Caller
from app.services.audit import record_audit
from app.services.network_rules.budget import get_budget
from app.services.recovery import act, read
from app.services.recovery.read import Detail

router = APIRouter(prefix="/v1/recoveries", tags=["recoveries"])
stats_router = APIRouter(prefix="/v1/retry", tags=["recoveries"])

Reader = Annotated[Caller, require("recoveries:read")]
Actor = Annotated[Caller, require("recoveries:write")]


@router.get("", response_model=Listing[RecoveryView])
def list_recoveries(db: Db, caller: Reader, page: PageParams, filters: FilterParams) -> Listing[RecoveryView]:
    """List the organization's recoveries, the newest first."""
    rows = read.list_recoveries(
        db, organization_id=caller.organization_id, filters=filters, after=page.after, limit=page.limit
    )
    contacts = caller.may(CONTACTS)
    return listing([RecoveryView.of(brief, contacts=contacts) for brief in rows], page, lambda view: view)


@router.get("/count", response_model=CountView)
def count_recoveries(db: Db, caller: Reader, filters: FilterParams) -> CountView:
    """Count what the list with the same filters holds: exact up to 10,000."""
    return CountView.of(read.count_recoveries(db, organization_id=caller.organization_id, filters=filters))


@router.get("/by_ref/{transaction_ref:path}", response_model=RecoveryDetail)
def get_recovery_by_ref(db: Db, caller: Reader, now: OrgNow, transaction_ref: str) -> RecoveryDetail:
    """Return the newest recovery of a transaction."""
    detail = read.get_recovery_by_ref(db, organization_id=caller.organization_id, transaction_ref=transaction_ref)
    return _shown(db, caller, detail, now)


@router.get("/{recovery_id}", response_model=RecoveryDetail)
def get_recovery(db: Db, caller: Reader, now: OrgNow, recovery_id: str) -> RecoveryDetail:
    """Return a recovery with its attempts and its timeline, and what may be done with it now."""
    detail = read.get_recovery(db, organization_id=caller.organization_id, recovery_id=recovery_id)
    return _shown(db, caller, detail, now)


@router.get("/{recovery_id}/budget", response_model=BudgetView)
def get_rule_budget(db: Db, caller: Reader, now: OrgNow, recovery_id: str) -> BudgetView:
    """Return what network rules leave for another charge of a recovery's saved method."""
    return BudgetView.of(get_budget(db, organization_id=caller.organization_id, recovery_id=recovery_id, now=now))


@router.post("/{recovery_id}/retry", response_model=RecoveryDetail)
def retry(db: Db, caller: Actor, now: OrgNow, once: Idempotent, request_id: RequestId, recovery_id: str) -> Response:
    """Have a charge made at once; 409 with the rule's name where one forbids it."""
    return _act(once, db, caller, now, request_id, recovery_id, act.retry_now)


@router.post("/{recovery_id}/cancel", response_model=RecoveryDetail)
def cancel(db: Db, caller: Actor, now: OrgNow, once: Idempotent, request_id: RequestId, recovery_id: str) -> Response:
    """End a recovery."""
    return _act(once, db, caller, now, request_id, recovery_id, act.cancel)


@router.post("/{recovery_id}/pause", response_model=RecoveryDetail)
def pause(db: Db, caller: Actor, now: OrgNow, once: Idempotent, request_id: RequestId, recovery_id: str) -> Response:
    """Hold every planned step."""
    return _act(once, db, caller, now, request_id, recovery_id, act.pause)


@router.post("/{recovery_id}/resume", response_model=RecoveryDetail)
def resume(db: Db, caller: Actor, now: OrgNow, once: Idempotent, request_id: RequestId, recovery_id: str) -> Response:
    """Let a paused recovery go on."""
    return _act(once, db, caller, now, request_id, recovery_id, act.resume)


@router.post("/{recovery_id}/check", response_model=RecoveryDetail)
def check(db: Db, caller: Actor, now: OrgNow, once: Idempotent, request_id: RequestId, recovery_id: str) -> Response:
    """Have the provider asked at once about a charge whose outcome is unknown."""
    return _act(once, db, caller, now, request_id, recovery_id, act.check_now)


@router.post("/{recovery_id}/acknowledge", response_model=RecoveryDetail)
def acknowledge(
    db: Db, caller: Actor, now: OrgNow, once: Idempotent, request_id: RequestId, recovery_id: str
) -> Response:
    """Say that somebody looked at what needed attention."""
    return _act(once, db, caller, now, request_id, recovery_id, act.acknowledge)


@router.patch("/{recovery_id}/next_attempt", response_model=RecoveryDetail)
def move_next_attempt(
    db: Db, caller: Actor, now: OrgNow, request_id: RequestId, recovery_id: str, body: MoveIn
) -> RecoveryDetail:
    """Move the next planned step to another time."""
    act.move_next(
        db,
        organization_id=caller.organization_id,
        recovery_id=recovery_id,
        due_at=body.due_at,
        actor=caller.actor,
        now=now,
    )
    _audit(db, caller, request_id, recovery_id, "recovery.move_next_attempt", now)
    return get_recovery(db, caller, now, recovery_id)


@stats_router.get("/stats", response_model=RetryStatsView)
def get_retry_stats(db: Db, caller: Reader) -> RetryStatsView:
    """Count the organization's attempts."""
    stats = read.get_retry_stats(db, organization_id=caller.organization_id)
    return RetryStatsView(**{name: getattr(stats, name) for name in RetryStatsView.model_fields})


def _shown(db: Session, caller: Caller, detail: Detail, now: datetime) -> RecoveryDetail:
    recovery = detail.brief.recovery
    verdicts = read.get_verdicts(db, organization_id=recovery.organization_id, recovery_id=recovery.id, now=now)
    return RecoveryDetail.from_detail(detail, verdicts, caller)


def _act(
    once: Idempotent,
    db: Session,
    caller: Caller,
    now: datetime,
    request_id: str,
    recovery_id: str,
    action: Callable[..., object],
) -> Response:
    def effect() -> RecoveryDetail:
        action(db, organization_id=caller.organization_id, recovery_id=recovery_id, actor=caller.actor, now=now)
        _audit(db, caller, request_id, recovery_id, f"recovery.{action.__name__}", now)
        db.flush()
        return get_recovery(db, caller, now, recovery_id)

    return once.run(effect, status=200)


def _audit(db: Session, caller: Caller, request_id: str, recovery_id: str, action: str, now: datetime) -> None:
    record_audit(
        db,
        organization_id=caller.organization_id,
        actor=caller.actor,
        action=action,
        subject=recovery_id,
        before=None,
        after=None,
        request_id=request_id,
        now=now,
    )
