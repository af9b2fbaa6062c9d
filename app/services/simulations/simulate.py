"""What a draft of a policy would have done with the recoveries that ended, as far as that can be known."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.queries.simulations import EndedRow, ended_recoveries
from app.domain.classification import FailureSignals, marks_of
from app.domain.own_rules import Failure, Rulebook, country_of
from app.domain.recovery.foresee import foresee
from app.domain.recovery.policy import Policy
from app.domain.recovery.replay import CameBackBy, Ended, Fate, Replayed, replay
from app.domain.recovery.reported import Payment, facts_after_report
from app.services.rules.current import rulebook_of

MOST: Final = 5_000
_BY: Final = {"retry": CameBackBy.CHARGE, "payer_link": CameBackBy.LINK}


@dataclass(slots=True)
class Side:
    """How many recoveries, and of how much; in minor units."""

    count: int = 0
    amount: int = 0

    def add(self, amount: int) -> None:
        """Count one more."""
        self.count += 1
        self.amount += amount


@dataclass(slots=True)
class Unknowns:
    """Recoveries of one currency: all, those whose money came back, and what the draft means for these.

    `low` of what comes back under the draft is what is `within`; `high` adds what is `later` and `not_reached`.
    Money that never came back is in neither: no try at another time is known.
    """

    all: Side = field(default_factory=Side)
    came_back: Side = field(default_factory=Side)
    fates: dict[Fate, Side] = field(default_factory=lambda: {fate: Side() for fate in Fate})


@dataclass(slots=True)
class Simulation:
    """A draft against history. `charges_made` is what was, `charges_planned` what the draft would have made."""

    policy: Policy
    seen: int = 0
    newest_at: datetime | None = None
    oldest_at: datetime | None = None
    charges_made: int = 0
    charges_planned: int = 0
    more: int = 0
    fewer: int = 0
    payers_asked: int = 0
    payers_asked_by_draft: int = 0
    by_currency: defaultdict[str, Unknowns] = field(default_factory=lambda: defaultdict(Unknowns))
    by_number: Counter[tuple[int, Fate]] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)

    @property
    def is_bounded(self) -> bool:
        """Tell whether there may be older recoveries of that time that were not looked at."""
        return self.seen >= MOST


def simulate(
    session: Session, *, organization_id: str, policy: Policy, since: datetime | None, until: datetime | None
) -> Simulation:
    """Hold a draft against the newest recoveries that were opened in that time and ended."""
    rules = rulebook_of(session, organization_id=organization_id)
    found = Simulation(policy)
    rows = ended_recoveries(session, organization_id=organization_id, since=since, until=until, most=MOST)
    for row in rows:
        _count(found, row, _replayed(row, policy, rules))
    return found


def _replayed(row: EndedRow, policy: Policy, rules: Rulebook) -> Replayed:
    signals = FailureSignals(
        gateway=row.gateway,
        reason=row.failure_reason,
        code=row.failure_code,
        message=row.failure_message,
        network_decline_code=row.network_decline_code,
        network_advice_code=row.network_advice_code,
        method=row.payment_method.get("type"),
        brand=row.payment_method.get("brand"),
    )
    country = country_of(row.payment_method, row.customer)
    payment = Payment(
        transaction_id=row.transaction_id,
        gateway=row.gateway,
        amount=row.amount,
        currency=row.currency,
        method=row.payment_method,
        psp_payment_id=row.psp_payment_id,
    )
    facts = facts_after_report(
        payment,
        verdict=rules.classify(Failure(signals, row.amount, row.currency, country)).verdict,
        policy=policy,
        failed_at=row.failed_at,
        window_ends_at=row.opened_at + policy.window,
        seed=row.id,
    )
    return replay(_ended(row), foresee(facts, marks=marks_of(signals), now=row.opened_at))


def _ended(row: EndedRow) -> Ended:
    back = row.status == "recovered"
    return Ended(
        opened_at=row.opened_at,
        charges_made=row.charges_tried,
        back_at=row.ended_at if back else None,
        by=_BY.get(row.recovered_via or "", CameBackBy.ITSELF) if back else None,
        asked_at=row.asked_at,
    )


def _count(found: Simulation, row: EndedRow, replayed: Replayed) -> None:
    found.seen += 1
    found.newest_at = found.newest_at or row.opened_at
    found.oldest_at = row.opened_at
    found.charges_made += row.charges_tried
    found.charges_planned += replayed.planned
    found.more += max(replayed.planned - row.charges_tried, 0)
    found.fewer += max(row.charges_tried - replayed.planned, 0)
    found.payers_asked += row.asked_at is not None
    found.payers_asked_by_draft += replayed.asks_payer
    found.excluded.update(replayed.excluded)
    money = found.by_currency[row.currency]
    money.all.add(row.amount)
    if replayed.fate is not None:
        money.came_back.add(row.amount)
        money.fates[replayed.fate].add(row.amount)
        if _BY.get(row.recovered_via or "") is CameBackBy.CHARGE:
            found.by_number[row.charges_tried, replayed.fate] += 1
