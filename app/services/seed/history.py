"""Writes a history: many stories, spread over days as failures are, with a few that are still open."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Organization
from app.db.queries.seed import analyze, first_member, has_transactions
from app.db.session import Begin
from app.domain.errors import ConflictError, NotFoundError
from app.infra.crypto import Crypto
from app.services.seed.calendar import moments
from app.services.seed.dice import Dice
from app.services.seed.endings import Endings
from app.services.seed.fates import draw_fate
from app.services.seed.payment import draw_payment
from app.services.seed.setting import Setting
from app.services.seed.sheets import TABLES, Sheets
from app.services.seed.story import Story
from app.services.seed.surroundings import (
    WINDOW_DAYS,
    leave_dead_webhooks,
    record_what_staff_did,
    set_up,
    tell_of_captures,
)

_AT_ONCE: Final = 1000
_MANY: Final = 10_000
FEWEST_DAYS: Final = 2 * WINDOW_DAYS
_EARLIER: Final = timedelta(days=WINDOW_DAYS + 1)


class LiveOrganizationError(ConflictError):
    """A made-up history has no place beside real money."""

    default_code = "live_organization"


@dataclass(frozen=True, slots=True)
class SeedWish:
    """How much history: that many recoveries over the last `days`; the same `seed` draws the same."""

    recoveries: int
    days: int = 60
    seed: int = 1


@dataclass(slots=True)
class Seeded:
    """What was written."""

    recoveries: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    rows: int = 0


def has_history(session: Session, *, organization_id: str) -> bool:
    """Tell whether an organization has any transaction."""
    return has_transactions(session, organization_id=organization_id)


def seed_history(
    begin: Begin,
    *,
    crypto: Crypto,
    organization_id: str,
    wish: SeedWish,
    now: datetime,
    tell: Callable[[Seeded], None] | None = None,
) -> Seeded:
    """Write a history into a test organization, a thousand recoveries in each transaction; `now` is the machine's time.

    Raises `NotFoundError`, and `LiveOrganizationError`. `tell` is told after each transaction.
    """
    seeded = Seeded()
    author: _Author | None = None
    while author is None or not author.is_done():
        with begin() as session:
            if author is None:
                author = _begin(session, crypto=crypto, organization_id=organization_id, wish=wish, now=now)
            author.write_some(session, seeded)
            if author.is_done():
                author.finish(session, seeded, now=now)
        if tell is not None:
            tell(seeded)
    return seeded


def _begin(session: Session, *, crypto: Crypto, organization_id: str, wish: SeedWish, now: datetime) -> "_Author":
    organization = session.get(Organization, organization_id)
    if organization is None:
        raise NotFoundError("There is no such organization.")
    if organization.mode != "test":
        raise LiveOrganizationError("A history is only written into a test organization.")
    dice = Dice(f"{organization_id}|{wish.seed}|{now.isoformat()}")
    setting = set_up(
        session,
        dice=dice,
        crypto=crypto,
        organization=organization,
        staff=first_member(session, organization_id=organization_id) or "tinko",
        days=wish.days,
        now=now + organization.clock_offset,
    )
    return _Author(setting, wish, dice)


class _Author:
    """Tells the stories of a history, the newest first, so that what is open is what is new."""

    def __init__(self, setting: Setting, wish: SeedWish, dice: Dice) -> None:
        self._setting, self._dice, self._wish = setting, dice, wish
        self._moments = moments(dice, begins=setting.begins, now=setting.now, count=wish.recoveries)
        self._endings = Endings(setting, dice, recoveries=wish.recoveries)
        self._sheets = Sheets(setting.organization_id, dice)
        self._told = 0

    def is_done(self) -> bool:
        """Tell whether all was written."""
        return self._told == len(self._moments)

    def write_some(self, session: Session, seeded: Seeded) -> None:
        """Tell the next stories, and write them."""
        for at in self._moments[self._told : self._told + _AT_ONCE]:
            self._told += 1
            story = self._tell(at)
            self._sheets.take(story.sheets)
            seeded.statuses[story.case.recovery["status"]] += 1
        tell_of_captures(self._sheets, dict(self._setting.accounts))
        seeded.recoveries = self._told
        self._write(session, seeded)

    def finish(self, session: Session, seeded: Seeded, *, now: datetime) -> None:
        """Write what there is once."""
        leave_dead_webhooks(self._sheets, self._setting, count=min(self._wish.recoveries // 75, 40))
        self._sheets.count_unknown_codes(session)
        self._write(session, seeded)
        made = {"recoveries": seeded.recoveries, "days": self._wish.days, "seed": self._wish.seed}
        record_what_staff_did(session, self._setting, made=made, now=now)
        if seeded.recoveries >= _MANY:
            analyze(session, *TABLES)

    def _write(self, session: Session, seeded: Seeded) -> None:
        seeded.rows += sum(map(len, self._sheets.rows.values()))
        self._sheets.write(session)

    def _tell(self, at: datetime) -> Story:
        """Tell one story; one that would be left open, where enough are, happened a window earlier."""
        setting, dice = self._setting, self._dice
        lost = self._endings.lost_at(at)
        scripted = lost is not None or (setting.now - at < _EARLIER and self._endings.may_stay_open)
        payers = max(round(self._wish.recoveries * 0.7), 1)
        payment = draw_payment(dice, payers=payers, number=self._told, scripted=scripted)
        fate = lost or draw_fate(dice, payment.failure, progress=setting.progress(at))
        story = Story(setting, dice, payment, fate, at=at)
        story.tell()
        while not self._endings.accepts(story):
            at -= _EARLIER
            story = Story(setting, dice, payment, replace(fate, lost=False), at=at)
            story.tell()
        self._endings.finish(story)
        return story
