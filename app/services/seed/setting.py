"""What all stories of one history share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.recovery.policy import Policy
from app.infra.crypto import Crypto


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of the policy, and from when on recoveries began with it."""

    version: int
    since: datetime
    policy: Policy


@dataclass(frozen=True, slots=True)
class Setting:
    """Whose history it is and when it ends (`now`, the organization's time).

    `accounts` are the accounts by gateway that payments went through; they are closed. `sandbox` is the
    account that open charges of a test organization go through. `staff` is who clicked.
    """

    organization_id: str
    policy_id: str
    terms: Sequence[Terms]
    accounts: Mapping[str, str]
    sandbox: str
    staff: str
    crypto: Crypto
    begins: datetime
    now: datetime

    def terms_at(self, at: datetime) -> Terms:
        """Return the terms that a recovery of that time begins with."""
        return next((each for each in reversed(self.terms) if each.since <= at), self.terms[0])

    def progress(self, at: datetime) -> float:
        """Return how far into the history a moment is, from 0 to 1."""
        return max((at - self.begins) / (self.now - self.begins), 0.0)
