"""The life of one instrument: its merchant charges it, payments fail, Tinko plans and charges, people click.

Planner and guard are the real ones, all around them is chance; `checker` says afterwards what was broken.
"""

import heapq
import itertools
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from app.domain.classification import FailureSignals, classify, marks_of
from app.domain.network_rules import Level, Made, Past, hold
from app.domain.recovery.charge import charge_facts
from app.domain.recovery.plan import Facts, GiveUp, Step, plan_all
from app.domain.recovery.policy import Policy, Strategy
from app.domain.recovery.states import AttemptKind
from tests.journeys.network_rules.checker import Instrument, Try, broken, unwise

NEVER = datetime.min.replace(tzinfo=UTC)
EDGES = [(2019, 6, 1), (2021, 4, 10), (2021, 9, 25), (2022, 9, 25), (2023, 10, 20), (2025, 5, 10), (2025, 7, 25)]
CODES = {
    "visa": ["51"] * 12 + ["05", "61", "65", "91", "96", "54", "1A", "70", "41", "R1", "R3", "03", "62", "78", "93"],
    "mastercard": ["51"] * 12 + ["05", "61", "91", "65", "54", "79", "82", "83"],
    "amex": ["51", "05", "91"],
    "discover": ["51", "05", "91"],
    "rupay": ["51", "05", "61"],
    "ach": ["R01"] * 6 + ["R09", "R02", "R08", "R10"],
    "sepa": ["AM04"] * 5 + ["MS03", "AC04", "MD01", "TM01"],
    "upi": [None, "U30", "Z9", "U28"],
}
# Codes whose meaning hangs on the brand, which an unbranded report leaves open.
BRANDS_OWN = {"65", "70", "1A", "03", "62", "78", "93"}
ADVICE = [None] * 20 + ["01", "02", "24", "25", "26", "27", "28", "29", "30", "03", "21", "43"]
CARDS = itertools.product(["visa", "mastercard"], ["US", "DE", "IN", "BR"])
INSTRUMENTS = [
    *[Instrument("card", brand, country, mandate=False) for brand, country in CARDS],
    *[Instrument("card", brand, "US", mandate=False) for brand in ("amex", "discover")],
    *[Instrument("card", brand, "IN", mandate=True) for brand in ("visa", "mastercard", "rupay")],
    *[Instrument("upi", "", "IN", mandate=True)] * 2,
    Instrument("ach", "", "US", mandate=False),
    Instrument("sepa", "", "DE", mandate=False),
]
CURRENCIES = {"US": "USD", "DE": "EUR", "IN": "INR", "BR": "BRL"}


@dataclass
class Order:
    """One transaction with its recovery."""

    ref: str
    amount: int
    policy: Policy
    is_open: bool = False
    is_paid: bool = False
    charges_made: int = 0
    link_planned: bool = False
    signals: FailureSignals = field(default_factory=FailureSignals)
    failed_at: datetime = NEVER
    window_ends_at: datetime = NEVER
    due_at: datetime | None = None
    in_flight: bool = False


class Life:
    """One instrument at one merchant, from chance; `run` lives it and returns what was broken."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        dice = self.dice
        self.card = dice.choice(INSTRUMENTS)
        self.is_branded = self.card.rail != "card" or dice.random() < 0.85
        self.now = datetime(*dice.choice([*EDGES, (2026, 11, 20), (2026, 11, 20)]), tzinfo=UTC)
        self.now += timedelta(minutes=dice.randrange(14_400))
        self.ends_at = self.now + timedelta(days=dice.choice([3, 40, 40, 400]))
        self.method = self._method()
        amounts = dice.choices([900, 5_000, 5_000, 250_000, 1_400_000, 1_600_000], k=2)
        self.orders = [
            Order(f"order-{n}", dice.choice(amounts), self._policy()) for n in range(dice.choice([1, 1, 2, 3, 6]))
        ]
        self.agenda: list[tuple[datetime, int, str, Order]] = []
        self.ticket = itertools.count()
        self.history: list[Past] = []
        self.tries: list[Try] = []
        self.planned, self.made, self.deferred, self.links = 0, 0, 0, 0
        self.wrong: list[str] = []
        self.rules: Counter[str] = Counter()

    def _method(self):
        kind = {"ach": "bank_debit", "sepa": "bank_debit"}.get(self.card.rail, self.card.rail)
        method = {"type": kind, "token": "tok_1", "fingerprint": "fp_1", "issuer_country": self.card.country}
        if self.is_branded and self.card.brand:
            method["brand"] = self.card.brand
        return {**method, "mandate_id": "m_1"} if self.card.mandate else method

    def _policy(self):
        dice = self.dice
        if dice.random() < 0.3:
            return Policy(link_after_attempt=dice.choice([None, 1]))
        rungs = tuple(dice.choices([1, 30, 60, 240, 1440, 4320, 290_000], [4, 4, 4, 4, 4, 4, 1], k=3))
        return Policy(
            max_retries=dice.choice([4, 10, 50]),
            strategy=Strategy.LADDER,
            ladder_minutes=rungs,
            window_days=dice.choice([1, 10, 30, 90, 365]),
            link_after_attempt=dice.choice([None, None, 2]),
        )

    def run(self):
        """Live; return what was broken."""
        for order in self.orders:
            for _ in range(self.dice.choice([1, 1, 1, 2, 8])):
                self._later("report", order, self.dice.randrange(4 * 1440))
        while self.agenda and self.agenda[0][0] <= self.ends_at and self.made < 400:
            self.now, _, what, order = heapq.heappop(self.agenda)
            getattr(self, f"_{what}")(order)
        return self.wrong

    def _later(self, what, order, minutes):
        self._at(self.now + timedelta(minutes=minutes), what, order)

    def _at(self, at, what, order):
        heapq.heappush(self.agenda, (at, next(self.ticket), what, order))

    # What happens.

    def _report(self, order):
        """The merchant's own charge failed; it may do what it likes, and Tinko hears of it."""
        if order.is_paid:
            return
        attempt = Try(self.now, order.ref, order.amount, ours=False)
        self._decline(order, attempt, ours=False)
        if not order.is_open:
            order.is_open, order.charges_made, order.link_planned = True, 0, False
            order.window_ends_at = self.now + order.policy.window
        self._plan(order, self.history[-1:])
        if self.dice.random() < 0.2:
            self._later("report", order, self.dice.choice([5, 60, 600, 6000]))
        if self.dice.random() < 0.3:
            self._later("click", order, self.dice.randrange(3000))

    def _click(self, order):
        """A person wants a charge now."""
        if order.in_flight or not order.is_open or self._forbidden(order) is not None:
            return
        verdict = classify(order.signals)
        if verdict.network_rule is None and verdict.retry not in {"never", "payer_action"}:
            order.due_at = self.now
            self._at(self.now, "due", order)

    def _due(self, order):
        if order.due_at != self.now or not order.is_open:
            return
        if order.in_flight:
            order.due_at = self.now + timedelta(minutes=1)
            self._at(order.due_at, "due", order)
            return
        forbidden = self._forbidden(order)
        if forbidden is not None:
            self._hold_back(order, forbidden)
            return
        wrong = broken(self.card, order.ref, order.amount, self.now, self.tries)
        self.wrong += [f"{self.now:%Y-%m-%d %H:%M} charged: {each}" for each in wrong]
        self.made += 1
        order.due_at = None
        attempt = Try(self.now, order.ref, order.amount, ours=True)
        fate = self.dice.random()
        if fate < 0.03:
            self._remember(order, attempt, Made.SUCCEEDED)
            order.is_open, order.is_paid = False, True
        elif fate < 0.1:
            self._remember(order, attempt, Made.PENDING)
            order.in_flight = True
            self._later("outcome", order, self.dice.choice([1, 90, 1500, 6000]))
        else:
            self._decline(order, attempt, ours=True)
            self._ended(order)

    def _outcome(self, order):
        """What became of a charge that nobody knew of becomes known: it was declined."""
        (index,) = (
            n for n, past in enumerate(self.history) if past.made is Made.PENDING and past.transaction_id == order.ref
        )
        order.in_flight, self.tries[index].declined = False, True
        self.history[index] = replace(self.history[index], made=Made.DECLINED)
        order.signals, order.failed_at = FailureSignals(reason="insufficient_funds"), self.now
        self._ended(order)

    # What Tinko does.

    def _forbidden(self, order):
        return hold(self._charge(order), tuple(self.history), at=self.now, level=Level.STOP)

    def _hold_back(self, order, forbidden):
        self.rules[forbidden.rule_id] += 1
        if forbidden.until is None or forbidden.until > order.window_ends_at:
            order.due_at = None
            self._plan(order, self.history)
            return
        self.deferred += 1
        if forbidden.until <= self.now:
            self.wrong.append(f"{forbidden.rule_id} defers into the past")
        order.due_at = forbidden.until
        self._at(order.due_at, "due", order)

    def _ended(self, order):
        order.charges_made += 1
        if order.is_open and self.now <= order.window_ends_at:
            self._plan(order, self.history)

    def _plan(self, order, history):
        facts = self._facts(order, tuple(history))
        order.due_at = None
        for decision in plan_all(facts, now=self.now):
            if isinstance(decision, Step):
                self._take(order, decision, history)
            elif isinstance(decision, GiveUp):
                order.is_open = False

    def _take(self, order, step, history):
        self.rules.update(step.excluded)
        if step.kind is AttemptKind.LINK:
            self.links += 1
            order.link_planned = True
            return
        self.planned += 1
        known = self.tries if len(history) == len(self.history) else self.tries[-1:]
        wrong = unwise(self.card, order.ref, order.amount, step.due_at, known)
        self.wrong += [f"{self.now:%Y-%m-%d %H:%M} planned: {each}" for each in wrong]
        order.due_at = step.due_at
        self._at(step.due_at, "due", order)

    def _facts(self, order, history):
        verdict = classify(order.signals)
        return Facts(
            classification=verdict,
            policy=order.policy,
            charges_made=order.charges_made,
            can_charge=True,
            can_read_status=True,
            link_planned=order.link_planned,
            failed_at=order.failed_at,
            window_ends_at=order.window_ends_at,
            seed=order.ref,
            charge=self._charge(order),
            history=history,
        )

    def _charge(self, order):
        return charge_facts(
            transaction_id=order.ref,
            gateway="stripe",
            amount=order.amount,
            currency=CURRENCIES[self.card.country],
            method=self.method,
        )

    def _decline(self, order, attempt, *, ours):
        codes = CODES[self.card.brand or self.card.rail]
        if not self.is_branded:
            codes = [code for code in codes if code not in BRANDS_OWN]
        attempt.declined, attempt.code = True, self.dice.choice(codes)
        attempt.advice = self.dice.choice(ADVICE) if self.card.brand == "mastercard" else None
        order.signals = FailureSignals(
            gateway="stripe",
            reason="card_declined",
            network_decline_code=attempt.code,
            network_advice_code=attempt.advice,
            method=self.method["type"],
            brand=self.method.get("brand"),
        )
        order.failed_at = self.now
        self._remember(order, attempt, Made.DECLINED, marks_of(order.signals), ours=ours)

    def _remember(self, order, attempt, made, marks=frozenset(), *, ours=True):
        if made is Made.SUCCEEDED:
            attempt.declined = False
        currency = CURRENCIES[self.card.country]
        self.tries.append(attempt)
        self.history.append(Past(self.now, order.ref, order.amount, currency, made, marks, ours))
