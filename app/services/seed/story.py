"""The life of one recovery, step by step as the planner decides it, until it ends or the present is reached."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.db.models import Attempt, RuleAttempt
from app.db.queries.bulk import Row
from app.domain.classification import marks_of
from app.domain.ids import ATTEMPT
from app.domain.ingest.report import is_chargeable
from app.domain.network_rules import Made, Past, concerns_any
from app.domain.payments.ladder import CHECKS
from app.domain.recovery.charge import charge_facts
from app.domain.recovery.memory import remembered
from app.domain.recovery.plan import Facts, Step, Wait, plan_all
from app.domain.recovery.states import AttemptKind, AttemptStatus, RecoveryStatus
from app.services.recovery.end_attempt import OUTCOME_UNKNOWN
from app.services.seed.asking import pay_through, write_to
from app.services.seed.dice import Dice
from app.services.seed.money import capture
from app.services.seed.payment import Case, Payment, open_case
from app.services.seed.setting import Setting
from app.services.seed.sheets import Sheets

_TAKES: Final = timedelta(milliseconds=900)
_PERSON_COMES: Final = timedelta(hours=1)
_Happening = tuple[datetime, Callable[[datetime], None]]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a recovery, whatever is planned.

    The charge `good_try` (from 1) succeeds, and a payer who is asked pays after `patience`; None for never.
    Staff cancel it after `cancelled_after`, None for never. If it is `lost`, nobody ever hears what
    became of its first charge.
    """

    good_try: int | None
    patience: timedelta | None
    cancelled_after: timedelta | None
    lost: bool = False


class Story:
    """One recovery and all rows of it. `tell` tells it; `is_over` says whether it ended."""

    def __init__(self, setting: Setting, dice: Dice, payment: Payment, fate: Fate, *, at: datetime) -> None:
        self.sheets = Sheets(setting.organization_id, dice)
        self.case: Case = open_case(self.sheets, setting, payment, at=at)
        self.attempts: list[Row] = []
        self._setting, self._fate, self._last_at = setting, fate, at
        self._link: Row | None = None
        self._charge = charge_facts(
            transaction_id=self.case.transaction["id"],
            gateway=payment.rail.gateway,
            amount=payment.amount,
            currency=payment.currency,
            method=payment.method,
        )
        self._counted = concerns_any(self._charge)
        self._history = [Past(self.case.failed_at, self._charge.transaction_id, payment.amount, payment.currency)]

    @property
    def is_over(self) -> bool:
        """Tell whether the recovery ended."""
        return bool(self.case.recovery["status"] != RecoveryStatus.OPEN)

    @property
    def account(self) -> str:
        """The account that its payments go through."""
        return self._setting.accounts[self.case.payment.rail.gateway]

    @property
    def is_lost(self) -> bool:
        """Tell whether nobody knows what became of one of its charges."""
        return any(attempt["status"] == AttemptStatus.UNKNOWN for attempt in self.attempts)

    def scheduled(self, kind: AttemptKind) -> Row | None:
        """Return the planned step of that kind."""
        planned = (a for a in self.attempts if a["kind"] == kind and a["status"] == AttemptStatus.SCHEDULED)
        return next(planned, None)

    def tell(self) -> None:
        """Let everything happen that happens before the present."""
        self._plan(self.case.recovery["opened_at"])
        while not self.is_over:
            at, happen = min(self._to_come(), key=lambda each: each[0])
            if at > self._setting.now:
                return
            self._last_at = at
            happen(at)

    def _to_come(self) -> list[_Happening]:
        recovery = self.case.recovery
        to_come: list[_Happening] = [(recovery["window_ends_at"], self._run_out)]
        charge, link = self.scheduled(AttemptKind.CHARGE), self.scheduled(AttemptKind.LINK)
        if charge is not None:
            to_come.append((max(charge["due_at"], self._last_at) + _TAKES, self._try))
        if link is not None and link["started_at"] is None:
            to_come.append((max(link["due_at"], self._last_at) + _TAKES, self._ask))
        elif link is not None and self._fate.patience is not None:
            to_come.append((max(link["started_at"] + self._fate.patience, self._last_at + _TAKES), self._pay))
        if self._fate.cancelled_after is not None:
            wanted = recovery["opened_at"] + self._fate.cancelled_after
            to_come.append((max(wanted, self._last_at + _PERSON_COMES), self._cancel))
        return to_come

    def _plan(self, at: datetime) -> None:
        facts = self._facts()
        for decision in plan_all(facts, now=at):
            who, recovery = f"rule:{decision.rule}", self.case.recovery
            match decision:
                case Step():
                    self._add_attempt(decision, fingerprint=facts.fingerprint(), at=at)
                case Wait():
                    recovery["needs_attention"] = decision.attention or recovery["needs_attention"]
                    self._note("nothing_planned", who, decision.why, at)
                case _ as end:
                    self._end(RecoveryStatus.EXHAUSTED, AttemptStatus.CANCELLED, at)
                    self._note("exhausted", who, end.why, at)

    def _facts(self) -> Facts:
        case, policy = self.case, self.case.terms.policy
        return Facts(
            classification=case.verdict,
            policy=policy.for_category(case.verdict.category),
            charges_made=case.recovery["charges_made"],
            can_charge=is_chargeable(case.payment.method),
            can_read_status=True,
            link_planned=any(a["kind"] == AttemptKind.LINK for a in self.attempts),
            failed_at=self._history[-1].at,
            window_ends_at=case.recovery["window_ends_at"],
            seed=case.recovery["id"],
            charge=self._charge,
            history=tuple(self._history),
        )

    def _add_attempt(self, step: Step, *, fingerprint: str, at: datetime) -> None:
        attempt = self.sheets.add(
            Attempt,
            id=self.sheets.dice.id(ATTEMPT, at),
            recovery_id=self.case.recovery["id"],
            transaction_id=self.case.transaction["id"],
            kind=step.kind,
            number=len(self.attempts) + 1,
            status=AttemptStatus.SCHEDULED,
            due_at=step.due_at,
            wake_at=step.due_at,
            fence=0,
            check_first=step.check_first,
            tries=0,
            checks_done=0,
            psp_account_id=None,
            psp_payment_id=None,
            result_code=None,
            result_detail=None,
            decision=step.recorded(inputs=fingerprint),
            planned_at=at,
            started_at=None,
            finished_at=None,
        )
        self.attempts.append(attempt)

    def _try(self, at: datetime) -> None:
        """Charge the saved method."""
        attempt = self.scheduled(AttemptKind.CHARGE)
        assert attempt is not None  # noqa: S101  (that is why it happens)
        recovery = self.case.recovery
        if self._fate.lost:
            self._lose(attempt, at)
            return
        good = recovery["charges_made"] + 1 == self._fate.good_try
        attempt.update(started_at=at, tries=1, fence=1, psp_account_id=self.account)
        recovery["retried_at"] = recovery["retried_at"] or at
        done_at = at + _TAKES
        self._count(attempt, Made.SUCCEEDED if good else Made.DECLINED, at)
        if good:
            self._succeed(attempt, done_at, via="retry")
            return
        failure, payment_id = self.case.payment.failure, self._payment_id()
        attempt.update(result_code=failure.code, result_detail=failure.message, psp_payment_id=payment_id)
        self._end_attempt(attempt, AttemptStatus.DECLINED, failure.message, done_at)
        recovery["charges_made"] += 1
        recovery["last_failure"] = remembered(self.case.signals, psp_payment_id=payment_id, failed_at=done_at)
        self._plan(done_at)

    def _lose(self, attempt: Row, at: datetime) -> None:
        """Have all look-ups of a charge be made in vain, at the sandbox, where it may be looked up again."""
        recovery, sandbox, detail = self.case.recovery, self._setting.sandbox, "The provider did not answer in time."
        attempt.update(status=AttemptStatus.UNKNOWN, wake_at=None, started_at=at, tries=1, fence=1)
        attempt.update(psp_account_id=sandbox, result_code="timeout", result_detail=detail, checks_done=len(CHECKS))
        recovery.update(needs_attention=OUTCOME_UNKNOWN, retried_at=at)
        told_at = at + sum(CHECKS, _TAKES)
        why = "The provider could not say in all this time what became of the charge: a person must look."
        facts = {"attempt_id": attempt["id"], "next_check_at": None}
        self._note("outcome_unknown", f"psp:{sandbox}", why, told_at, **facts)

    def _count(self, attempt: Row, made: Made, at: datetime) -> None:
        marks = () if made is Made.SUCCEEDED else sorted(marks_of(self.case.signals))
        charge = self._charge
        past = Past(at, charge.transaction_id, charge.amount, charge.currency, made, frozenset(marks), ours=True)
        self._history.append(past)
        if self._counted:
            self.sheets.add(
                RuleAttempt,
                attempt_id=attempt["id"],
                instrument=charge.instrument,
                transaction_id=charge.transaction_id,
                amount=charge.amount,
                currency=charge.currency,
                attempted_at=at,
                made=made,
                marks=list(marks),
            )

    def _ask(self, at: datetime) -> None:
        attempt = self.scheduled(AttemptKind.LINK)
        assert attempt is not None  # noqa: S101  (as above)
        attempt.update(started_at=at, wake_at=None)
        self._note("payer_asked", "tinko", "It is time to ask the payer.", at, attempt_id=attempt["id"])
        pays = self._fate.patience is not None and at + self._fate.patience <= self._setting.now
        self._link = write_to(self.sheets, self._setting, self.case, attempt, pays=pays, at=at)

    def _pay(self, at: datetime) -> None:
        attempt = self.scheduled(AttemptKind.LINK)
        assert attempt is not None and self._link is not None  # noqa: S101, PT018  (as above)
        payment_id = self._payment_id()
        attempt.update(psp_payment_id=payment_id, psp_account_id=self.account)
        pay_through(self.sheets, self.case, self._link, account=self.account, psp_payment_id=payment_id, at=at)
        self._succeed(attempt, at, via="payer_link")

    def _succeed(self, attempt: Row, at: datetime, *, via: str) -> None:
        attempt["psp_payment_id"] = attempt["psp_payment_id"] or self._payment_id()
        attempt["result_detail"] = "The provider captured the payment."
        self._end_attempt(attempt, AttemptStatus.SUCCEEDED, attempt["result_detail"], at)
        capture(self.sheets, self.case, account=self.account, paid=attempt, via=via, at=at)
        for other in self._end_planned(AttemptStatus.CANCELLED, at):
            why = "The money has come back."
            self._note("attempt_cancelled", "tinko", why, at, attempt_id=other["id"])

    def _run_out(self, at: datetime) -> None:
        self._end(RecoveryStatus.EXHAUSTED, AttemptStatus.EXPIRED, at)
        why = "The policy's window is over and the money did not come back."
        self._note("exhausted", "rule:policy.window", why, at)

    def _cancel(self, at: datetime) -> None:
        self._end(RecoveryStatus.CANCELLED, AttemptStatus.CANCELLED, at)
        self._note("cancelled", self._setting.staff, f"{self._setting.staff} cancelled the recovery.", at)

    def _end(self, status: RecoveryStatus, planned: AttemptStatus, at: datetime) -> None:
        self.case.recovery.update(status=status, ended_at=at)
        self._end_planned(planned, at)

    def _end_planned(self, status: AttemptStatus, at: datetime) -> list[Row]:
        planned = [attempt for attempt in self.attempts if attempt["status"] == AttemptStatus.SCHEDULED]
        for attempt in planned:
            attempt.update(status=status, wake_at=None, finished_at=at)
        return planned

    def _end_attempt(self, attempt: Row, status: AttemptStatus, why: str, at: datetime) -> None:
        attempt.update(status=status, wake_at=None, finished_at=at)
        facts = {"code": attempt["result_code"], "psp_payment_id": attempt["psp_payment_id"]}
        self._note(f"attempt_{status}", f"psp:{self.account}", why, at, attempt_id=attempt["id"], **facts)

    def _note(self, what: str, who: str, why: str, at: datetime, **facts: object) -> None:
        self.sheets.note(self.case.recovery["id"], what, at=at, who=who, why=why, facts=facts)

    def _payment_id(self) -> str:
        return f"{self.case.payment.rail.payment}{self.sheets.dice.word('23456789ABCDEFGHJKLMNPQRSTVWXYZ', 17)}"
