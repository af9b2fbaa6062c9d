"""A test organization's clock: time passes when its owner says so, and what falls due happens in order."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Organization
from app.db.queries import notify as messages
from app.db.queries.attempts import claim_next_of, count_leased, next_wake
from app.db.queries.clock import lock_organization, organizations_on_their_way
from app.db.queries.recoveries import next_window_end
from app.db.session import Begin
from app.domain.errors import ConflictError, FieldError, ForbiddenError, InvalidError
from app.domain.payments.port import PaymentsPort
from app.infra.clock import Clock
from app.infra.crypto import Crypto
from app.services.notify.mailroom import Mailroom
from app.services.notify.notices import plan_notices
from app.services.notify.plan import plan_waiting
from app.services.notify.run import run_message
from app.services.recovery.run import run_attempt
from app.services.recovery.sweep import end_windows

MOST: Final = timedelta(days=730)
FARTHEST: Final = timedelta(days=36_525)
_LEASE: Final = timedelta(seconds=120)
_POLL_SECONDS: Final = 0.05


def lock_name(organization_id: str) -> str:
    """Return the name of the lock under which one process at a time moves the clock."""
    return f"clock:{organization_id}"


class ClockMovingError(ConflictError):
    """The clock is on its way already; `GET /v1/test/clock` says where to."""

    default_code = "clock_moving"


@dataclass(frozen=True, slots=True)
class TestClock:
    """Where an organization's clock stands, and where it is going, if it is."""

    now: datetime
    offset: timedelta
    target_at: datetime | None


def read_clock(session: Session, *, organization_id: str, now: datetime) -> TestClock:
    """Read a test organization's clock; raises `ForbiddenError` for a live one."""
    organization = lock_organization(session, organization_id=organization_id)
    _refuse_live(organization)
    return TestClock(now + organization.clock_offset, organization.clock_offset, organization.clock_target_at)


def start_advance(session: Session, *, organization_id: str, by: timedelta, now: datetime) -> datetime:
    """Set where the clock is to go, and return it.

    Raises `ClockMovingError`, `ForbiddenError`, and `InvalidError` beyond a hundred years from now.
    """
    organization = lock_organization(session, organization_id=organization_id)
    _refuse_live(organization)
    if organization.clock_target_at is not None:
        raise ClockMovingError(f"The clock is on its way to {organization.clock_target_at.isoformat()}.")
    if organization.clock_offset + by > FARTHEST:
        detail = "would take the clock more than a hundred years ahead"
        raise InvalidError(f"That {detail}.", errors=(FieldError("/seconds", detail),))
    # The offset is what was asked for: the machine's time goes on while things happen.
    organization.clock_target_offset = organization.clock_offset + by
    organization.clock_target_at = now + organization.clock_target_offset
    return organization.clock_target_at


def pursue(
    begin: Begin,
    *,
    payments: PaymentsPort,
    crypto: Crypto,
    clock: Clock,
    organization_id: str,
    budget: timedelta,
    room: Mailroom | None = None,
) -> bool:
    """Let time pass step by step until the clock is where it is to go; False if the budget ran out first.

    Each step moves the clock to the next thing that is due and does it. Whoever dies here leaves
    the target in the row, and another goes on from there. With a `room`, messages to payers leave too.
    """
    started_at = clock.now()
    while clock.now() - started_at < budget:
        with begin() as session:
            in_hand = count_leased(session, organization_id=organization_id)
            in_hand += messages.count_leased(session, organization_id=organization_id)
        if in_hand:
            # A worker took it before the clock was ours; things happen in order, so wait for it.
            time.sleep(_POLL_SECONDS)
            continue
        if room is not None and _step_message(begin, room=room, clock=clock, organization_id=organization_id):
            continue
        if not _step(begin, payments=payments, crypto=crypto, clock=clock, organization_id=organization_id):
            return True
    return False


def clocks_on_their_way(session: Session) -> list[str]:
    """Return organizations whose clock has not arrived yet."""
    return organizations_on_their_way(session)


def _step(begin: Begin, *, payments: PaymentsPort, crypto: Crypto, clock: Clock, organization_id: str) -> bool:
    """Do the next thing that is due; False when nothing is left and the clock has arrived."""
    now = clock.now()
    with begin() as session:
        organization = lock_organization(session, organization_id=organization_id)
        target_at = _target_of(organization, now=now)
        if target_at is None:
            return False
        window_at = next_window_end(session, organization_id=organization_id, until=target_at)
        until = window_at or target_at
        next_attempt = claim_next_of(session, organization_id=organization_id, until=until, lease=now + _LEASE)
        if next_attempt is None:
            _move_to(organization, until, now=now)
            if window_at is None:
                organization.clock_target_at = organization.clock_target_offset = None
                return False
        else:
            _move_to(organization, next_attempt[1], now=now)
    if next_attempt is None:
        end_windows(begin, now=clock.now(), batch=100, organization_id=organization_id)
        return True
    claimed, _ = next_attempt
    run_attempt(begin, payments=payments, crypto=crypto, clock=clock, attempt_id=claimed.id, fence=claimed.fence)
    return True


def _step_message(begin: Begin, *, room: Mailroom, clock: Clock, organization_id: str) -> bool:
    """Work on the next message, if nothing else is due before it; False if there is none."""
    now = clock.now()
    with begin() as session:
        organization = lock_organization(session, organization_id=organization_id)
        target_at = _target_of(organization, now=now)
        if target_at is None:
            return False
        plan_waiting(session, room=room, organization_id=organization_id, now=now)
        plan_notices(session, room=room, organization_id=organization_id, now=now)
        until = next_window_end(session, organization_id=organization_id, until=target_at) or target_at
        attempt_at = next_wake(session, organization_id=organization_id, until=until)
        claimed = messages.claim_next_of(
            session, organization_id=organization_id, until=attempt_at or until, lease=now + _LEASE
        )
        if claimed is None:
            return False
        _move_to(organization, claimed[1], now=now)
    message, _ = claimed
    run_message(begin, room=room, clock=clock, message_id=message.id, fence=message.fence)
    return True


def _target_of(organization: Organization, *, now: datetime) -> datetime | None:
    """Return where the clock is to be, as of now; None if it has arrived.

    What takes a while on the way there takes it in the organization too, so that the offset comes out whole.
    """
    if organization.clock_target_at is None or organization.clock_target_offset is None:
        return organization.clock_target_at
    return now + organization.clock_target_offset


def _move_to(organization: Organization, at: datetime, *, now: datetime) -> None:
    """Move the clock forward to that time; it never goes back."""
    organization.clock_offset = max(organization.clock_offset, at - now)


def _refuse_live(organization: Organization) -> None:
    if organization.mode != "test":
        raise ForbiddenError("Only a test organization has a clock that can be moved.", code="live_organization")
