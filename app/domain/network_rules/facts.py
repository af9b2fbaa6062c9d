"""What the guard is asked about: the charge that somebody wants to make, and what was tried before."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """How firmly rules are read."""

    PLAN = "plan"
    """As a plan keeps to them: with the margins that automatic charges leave."""
    STOP = "stop"
    """As they bind everybody, also a person's click."""


class Made(StrEnum):
    """What became of an earlier charge, as far as rules count it."""

    PENDING = "pending"
    """Not known yet; it counts as declined until it is."""
    DECLINED = "declined"
    SUCCEEDED = "succeeded"
    NOT_MADE = "not_made"
    """It never reached the network; nothing counts it."""


@dataclass(frozen=True, slots=True)
class ChargeFacts:
    """A charge without the payer that somebody wants to make.

    `instrument` is the payer's card, account or mandate as `instrument_key` names it, or the transaction if
    nothing names one. `scheme` is the card network, None if nobody said which; `rail` is `card`, `upi`,
    `wallet`, `ach`, `sepa` and so on, None if nobody said. `region` is the issuer's country, `mandate`
    says that the charge is a debit of a mandate, and `mcc` the merchant's category. `amount` is in the
    currency's minor unit.
    """

    transaction_id: str
    instrument: str
    scheme: str | None
    rail: str | None
    region: str | None
    mandate: bool
    amount: int
    currency: str
    mcc: str | None = None

    @property
    def mark(self) -> str:
        """Say all of it in one word, for comparing."""
        method = f"{self.instrument}/{self.scheme}/{self.rail}/{self.region}/{self.mandate}/{self.mcc}"
        return f"{self.transaction_id}/{method}/{self.amount}{self.currency}"


@dataclass(frozen=True, slots=True)
class Past:
    """One charge that was tried before, on the same instrument; `ours` if Tinko made it.

    `marks` are the networks' codes that came back, as `marks_of` of the classifier writes them
    (`visa:51`, `mastercard:MAC_03`, `generic:ACH_R01`).
    """

    at: datetime
    transaction_id: str
    amount: int
    currency: str
    made: Made = Made.DECLINED
    marks: frozenset[str] = frozenset()
    ours: bool = False

    @property
    def mark(self) -> str:
        """Say all of it in one word, for comparing."""
        codes = ",".join(sorted(self.marks)) if self.marks else ""
        return (
            f"{self.at.timestamp()}/{self.transaction_id}/{self.amount}{self.currency}/{self.made}/{codes}/{self.ours}"
        )

    @property
    def counts(self) -> bool:
        """Tell whether limits count it: what was declined, or may yet be."""
        return self.made in {Made.DECLINED, Made.PENDING}


History = tuple[Past, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """A rule that forbids a charge: until when (None: for good), and why in words."""

    rule_id: str
    title: str
    source: str
    until: datetime | None

    @property
    def why(self) -> str:
        """Say what the rule says, when it ends, and where it comes from."""
        ends = "no other charge of this kind is allowed"
        if self.until is not None:
            ends = f"the network allows the next charge at {self.until.isoformat()}"
        return f"{self.title}; {ends} (source: {self.source})"


@dataclass(frozen=True, slots=True)
class Budget:
    """What a rule has left for a charge: `used` of `cap`, of which plans use `plan`.

    A rule that merely forbids has a cap of 0 and one use. `window_seconds` is None where the count never
    falls again by itself; `resets_at` says when the next part of it comes back, `blocks` that it forbids
    a charge now, to everybody or (`soft` and `near` rules) to plans.
    """

    rule_id: str
    title: str
    enforce: str
    used: int
    cap: int
    plan: int
    window_seconds: int | None
    resets_at: datetime | None
    blocks: bool
    source: str
    fee: str | None = None
