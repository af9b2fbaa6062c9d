"""What may be done with a recovery now, and which rule says so where something may not.

The same checks that refuse an act tell what is allowed: `judge` only asks them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.models import Attempt, Recovery, Transaction
from app.db.queries.situations import Around, find_around
from app.domain.classification import Hardness, Retry
from app.domain.errors import ConflictError, NotFoundError
from app.domain.network_rules import History, Level, hold, source_of
from app.domain.recovery.plan import Facts
from app.domain.recovery.states import AttemptKind, AttemptStatus, RecoveryStatus, check_recovery
from app.services.network_rules.history import charge_of, history_of
from app.services.recovery.follow_up import facts_from


class NotAllowedNowError(ConflictError):
    """A rule forbids it; `code` is `retry_forbidden`, and the words begin with the rule's name."""

    default_code = "retry_forbidden"

    def __init__(self, rule: str, why: str) -> None:
        super().__init__(f"{rule}: {why}.")
        self.rule, self.why = rule, why


class AlreadySoError(ConflictError):
    """It is as it would be made."""

    default_code = "already_so"


class Action(StrEnum):
    """What a person, or a merchant's server, may do with a recovery."""

    RETRY = "retry"
    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    CHECK = "check"
    ACKNOWLEDGE = "acknowledge"
    MOVE = "move"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something may be done now; else why not, in words, and the rule's name."""

    action: Action
    allowed: bool
    reason: str | None = None
    rule: str | None = None


class Situation:
    """A recovery with all that decides what may be done with it; facts and history are gathered when asked for."""

    def __init__(self, session: Session, around: Around) -> None:
        self._session, self._around = session, around
        self.recovery: Recovery = around.recovery
        self.transaction: Transaction = around.transaction
        self.planned, self.in_flight = around.planned, around.in_flight
        self.is_newest, self.is_paid = around.is_newest, around.is_paid

    @cached_property
    def facts(self) -> Facts:
        """What is known for a decision, without the instrument's history."""
        return facts_from(self.recovery, self.transaction, settings=self._around.version.settings, link=self._link)

    @cached_property
    def history(self) -> History:
        """What was tried on the payer's instrument before."""
        return history_of(self._session, transaction=self.transaction)

    @property
    def planned_charge(self) -> Attempt | None:
        """The charge that is planned, if one is."""
        return next((attempt for attempt in self.planned if attempt.kind == AttemptKind.CHARGE), None)

    @property
    def _link(self) -> Attempt | None:
        mine = [a for a in (self.in_flight,) if a is not None and a.recovery_id == self.recovery.id]
        return next((a for a in (*self.planned, *mine) if a.kind == AttemptKind.LINK), None)


def find_situation(session: Session, *, organization_id: str, recovery_id: str, lock: bool = False) -> Situation:
    """Return one recovery of the organization with what is around it; raises `NotFoundError`."""
    found = find_around(session, organization_id=organization_id, recovery_ids=(recovery_id,), lock=lock)
    if recovery_id not in found:
        raise NotFoundError("There is no such recovery.")
    return Situation(session, found[recovery_id])


def judge(situation: Situation, action: Action, *, now: datetime) -> Verdict:
    """Tell whether something may be done now; nothing is changed."""
    try:
        _CHECKS[action](situation, now)
    except NotAllowedNowError as refused:
        return Verdict(action, allowed=False, reason=_sentence(refused.why), rule=refused.rule)
    except ConflictError as refused:
        return Verdict(action, allowed=False, reason=refused.detail, rule=refused.code)
    return Verdict(action, allowed=True)


def check_retry(situation: Situation, *, now: datetime) -> None:
    """Raise `NotAllowedNowError` with the rule that forbids a charge now, also to a person."""
    recovery = situation.recovery
    if recovery.status not in {RecoveryStatus.OPEN, RecoveryStatus.EXHAUSTED}:
        raise NotAllowedNowError("recovery.ended", f"the recovery is {recovery.status}")
    _check_transaction(situation, now=now)
    _check_chargeable(situation.facts)
    check_charge_at(situation, at=now)


def check_charge_at(situation: Situation, *, at: datetime) -> None:
    """Raise `NotAllowedNowError` if a network rule forbids a charge at that time, as far as is known now."""
    check_wait(situation.facts, at=at)
    forbidden = hold(charge_of(situation.transaction), situation.history, at=at, level=Level.STOP)
    if forbidden is not None:
        raise NotAllowedNowError(forbidden.rule_id, forbidden.why)


def check_wait(facts: Facts, *, at: datetime) -> None:
    """Raise `NotAllowedNowError` if a network rule asks for a longer wait."""
    allowed_at = facts.charge_allowed_at()
    if allowed_at is not None and at < allowed_at:
        rule = facts.classification.required_wait_rule or "network_rule"
        why = f"the network allows the next charge at {allowed_at.isoformat()} (source: {source_of(rule)})"
        raise NotAllowedNowError(rule, why)


def check_cancel(situation: Situation) -> None:
    """Raise `IllegalTransitionError` for a recovery that has ended."""
    check_recovery(RecoveryStatus(situation.recovery.status), RecoveryStatus.CANCELLED)


def check_pause(situation: Situation) -> None:
    """Raise `ConflictError` unless the recovery is open, and `AlreadySoError` if it is paused."""
    check_open(situation.recovery)
    if situation.recovery.paused_at is not None:
        raise AlreadySoError("The recovery is paused already.", code="paused_already")


def check_resume(situation: Situation) -> None:
    """Raise `ConflictError` unless the recovery is open, and `AlreadySoError` unless it is paused."""
    check_open(situation.recovery)
    if situation.recovery.paused_at is None:
        raise AlreadySoError("The recovery is not paused.", code="not_paused")


def check_look(situation: Situation) -> Attempt:
    """Return the recovery's charge with an unknown outcome; raises `ConflictError` if there is none."""
    attempt = situation.in_flight
    if attempt is None or attempt.status != AttemptStatus.UNKNOWN or attempt.recovery_id != situation.recovery.id:
        raise ConflictError("No charge of this recovery has an unknown outcome.", code="nothing_unknown")
    return attempt


def check_acknowledge(situation: Situation) -> None:
    """Raise `ConflictError` if nobody's attention is asked for."""
    if situation.recovery.needs_attention is None:
        raise ConflictError("This recovery needs nobody's attention.", code="nothing_to_acknowledge")


def check_move(situation: Situation) -> Attempt:
    """Return the step that would be moved; raises `ConflictError` if none is planned."""
    if situation.recovery.status != RecoveryStatus.OPEN or not situation.planned:
        raise ConflictError("Nothing is planned for this recovery.", code="nothing_planned")
    return situation.planned[0]


def check_open(recovery: Recovery) -> None:
    """Raise `ConflictError` (`recovery_not_open`) for a recovery that has ended."""
    if recovery.status != RecoveryStatus.OPEN:
        raise ConflictError(f"The recovery is {recovery.status}, not open.", code="recovery_not_open")


def check_newest(*, is_newest: bool) -> None:
    """Raise `ConflictError` (`newer_recovery`) if the transaction has a newer recovery."""
    if not is_newest:
        raise ConflictError("The transaction failed again later, and has a newer recovery.", code="newer_recovery")


def _check_link(situation: Situation) -> None:
    check_newest(is_newest=situation.is_newest)  # links are asked for by the transaction's reference
    check_open(situation.recovery)


def _check_transaction(situation: Situation, *, now: datetime) -> None:
    transaction = situation.transaction
    if situation.is_paid:
        raise NotAllowedNowError("already_paid", "the money of this transaction came back already")
    if not situation.is_newest:
        raise NotAllowedNowError("newer_recovery", "the transaction failed again later, and has a newer recovery")
    if transaction.charges_barred is not None:
        rule = f"charges_barred.{transaction.charges_barred}"
        raise NotAllowedNowError(rule, "nothing of this transaction may be charged again")
    if transaction.held_until is not None and transaction.held_until > now:
        until = transaction.held_until.isoformat(timespec="minutes")
        raise NotAllowedNowError(transaction.held_by or "held", f"nothing may be charged before {until}")
    if situation.in_flight is not None:
        rule = _IN_FLIGHT_RULES.get(AttemptStatus(situation.in_flight.status), "charge_in_flight")
        why = "a charge of this transaction is under way, and a second one could charge the payer twice"
        raise NotAllowedNowError(rule, why)


def _check_chargeable(facts: Facts) -> None:
    verdict = facts.classification
    title = verdict.title
    if verdict.network_rule:
        why = f"{title}: the network forbids another charge of this method (source: {source_of(verdict.network_rule)})"
        raise NotAllowedNowError(verdict.network_rule, why)
    if verdict.stop_recovery:
        raise NotAllowedNowError("code.stop_recovery", f"{title}: the payment may be made already")
    if verdict.hardness is Hardness.HARD:
        raise NotAllowedNowError("hard_decline", f"{title}: the same method will not work again; ask the payer")
    if verdict.retry in {Retry.NEVER, Retry.PAYER_ACTION}:
        raise NotAllowedNowError("payer_action", f"{title}: only the payer can complete this")
    if not facts.can_charge:
        raise NotAllowedNowError("no_saved_method", "there is no saved method to charge")
    if facts.must_check_first() and not facts.can_read_status:
        why = f"{title}: money may have moved, and the payment cannot be looked up"
        raise NotAllowedNowError("must_check_first", why)


def _sentence(why: str) -> str:
    return f"{why[:1].upper()}{why[1:]}."


_IN_FLIGHT_RULES: Final[Mapping[AttemptStatus, str]] = MappingProxyType(
    {AttemptStatus.UNKNOWN: "outcome_unknown", AttemptStatus.AWAITING_PAYER: "checkout_open"}
)
_CHECKS: Final[Mapping[Action, Callable[[Situation, datetime], Any]]] = MappingProxyType(
    {
        Action.RETRY: lambda situation, now: check_retry(situation, now=now),
        Action.CANCEL: lambda situation, _: check_cancel(situation),
        Action.PAUSE: lambda situation, _: check_pause(situation),
        Action.RESUME: lambda situation, _: check_resume(situation),
        Action.CHECK: lambda situation, _: check_look(situation),
        Action.ACKNOWLEDGE: lambda situation, _: check_acknowledge(situation),
        Action.MOVE: lambda situation, _: check_move(situation),
        Action.LINK: lambda situation, _: _check_link(situation),
    }
)
