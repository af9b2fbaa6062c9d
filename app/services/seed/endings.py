"""What is special about a few stories: they stay open in ways that a person should see, or were paid twice."""

from datetime import datetime, timedelta
from typing import Final

from app.domain.recovery.states import AttemptStatus, RecoveryStatus
from app.services.seed.dice import Dice
from app.services.seed.money import capture_twice
from app.services.seed.setting import Setting
from app.services.seed.story import Fate, Story

_FEW: Final = 25
_ONE_IN: Final = 25
"""Where there are many, one in so many is still open: about what a window of a week leaves open."""
_MOST_LOST: Final = 12
_SOON: Final = timedelta(hours=2)
_LOOKED_AT_AFTER: Final = timedelta(hours=9)
_PAID_TWICE: Final = 0.003
_LOST_FROM: Final = timedelta(days=5, hours=10)
_LOST_TO: Final = timedelta(days=6, hours=18)
"""A charge is looked up for five days and some hours, before a person must look; the window is open for seven."""


class Endings:
    """Decides how many stay open (a few dozen, and a small share of many), and what is special about some."""

    def __init__(self, setting: Setting, dice: Dice, *, recoveries: int) -> None:
        self._setting, self._dice = setting, dice
        self._open_left = min(recoveries, max(_FEW, recoveries // _ONE_IN)) if recoveries > 1 else recoveries
        self._lost_left = min(self._open_left // 8, _MOST_LOST)
        self._twice_now = recoveries >= _FEW

    @property
    def may_stay_open(self) -> bool:
        """Tell whether one more may stay open."""
        return self._open_left > 0

    def accepts(self, story: Story) -> bool:
        """Tell whether a story may stay as it was told."""
        return story.is_over or story.is_lost or self.may_stay_open

    def lost_at(self, at: datetime) -> Fate | None:
        """Return the fate of one whose charge nobody heard of again, while few have it and the time fits."""
        ago = self._setting.now - at
        return Fate(None, None, None, lost=True) if self._lost_left and _LOST_FROM < ago < _LOST_TO else None

    def finish(self, story: Story) -> None:
        """Add what is special about a story that was told to its end, or to the present."""
        if not story.is_over:
            self._lost_left -= story.is_lost
            self._open_left -= not story.is_lost
            self._leave_open(story)
        elif story.case.recovery["status"] == RecoveryStatus.RECOVERED and self._was_paid_twice():
            self._pay_twice(story)

    def _leave_open(self, story: Story) -> None:
        waking = [a["wake_at"] for a in story.attempts if a["status"] == AttemptStatus.SCHEDULED and a["wake_at"]]
        if waking and min(waking) < self._setting.now + _SOON:
            self._pause(story)

    def _pause(self, story: Story) -> None:
        """Have staff hold a recovery whose next step would fall due within hours."""
        recovery, staff = story.case.recovery, self._setting.staff
        at = max(recovery["opened_at"], self._setting.now - _SOON)
        recovery["paused_at"] = at
        for attempt in story.attempts:
            if attempt["status"] == AttemptStatus.SCHEDULED:
                attempt["wake_at"] = None
        story.sheets.note(recovery["id"], "paused", at=at, who=staff, why=f"{staff} paused the recovery.")

    def _was_paid_twice(self) -> bool:
        twice, self._twice_now = self._twice_now or self._dice.happens(_PAID_TWICE), False
        return twice

    def _pay_twice(self, story: Story) -> None:
        """Have the payer have paid at the merchant's at the same moment; staff looked at it unless it is new."""
        recovery, payment = story.case.recovery, story.case.payment
        payment_id = f"{payment.psp_payment_id}x"
        at = recovery["ended_at"] + timedelta(seconds=12)
        refunded_at = capture_twice(story.sheets, story.case, account=story.account, psp_payment_id=payment_id, at=at)
        looked_at, staff = refunded_at + _LOOKED_AT_AFTER, self._setting.staff
        if looked_at > self._setting.now - timedelta(days=2):
            recovery["needs_attention"] = "duplicate_charge"
            return
        why = f"{staff} looked at it: duplicate_charge."
        story.sheets.note(recovery["id"], "acknowledged", at=looked_at, who=staff, why=why)
