"""What stands between Tinko and a provider: the account's rate limit, then its circuit breaker."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from app.domain.payments.breaker import BreakerRules
from app.domain.payments.errors import CallDeferredError, CheckoutFailedError
from app.domain.payments.port import Checkout, Credentials, PaymentResult, PaymentsPage, RefundResult
from app.domain.payments.problems import UNHEALTHY, shows_ill_health
from app.psp.breaker_store import BreakerKey, BreakerStore

_T = TypeVar("_T", bound=PaymentResult | RefundResult | PaymentsPage | Checkout | None)


class Lane(StrEnum):
    """Calls that may move money, and reads that find out what happened, break apart from each other.

    While charges time out, look-ups are what resolves them: they must pass.
    """

    CALLS = "calls"
    READS = "reads"


class RateLimiter(Protocol):
    """A token bucket by key."""

    def take(self, key: str, *, limit: int, per: timedelta, cost: int = 1, now: datetime) -> timedelta | None:
        """Take `cost` of `limit` tokens per period: None if they were there, else how long to wait."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard one account may be used."""

    calls: int = 25
    per: timedelta = timedelta(seconds=1)
    breaker: BreakerRules = field(default_factory=BreakerRules)


class Guard:
    """Lets a call to one account pass, or raises `CallDeferredError`; learns from how it ended."""

    def __init__(
        self,
        *,
        breakers: BreakerStore,
        rate_limiter: RateLimiter,
        limits: Limits,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._breakers = breakers
        self._rate_limiter = rate_limiter
        self._limits = limits
        self._monotonic = monotonic

    def run(self, credentials: Credentials, lane: Lane, call: Callable[[], _T], *, now: datetime) -> _T:
        """Make the call once, if it may be made. What it raises is passed on."""
        # The rate first: a call refused by it must not hold the breaker's only probe.
        self._take_rate(credentials, now=now)
        key = BreakerKey(credentials.psp, credentials.account_id, lane.value)
        rules = self._limits.breaker
        permission = self._breakers.permit(key, rules=rules, now=now)
        if permission.retry_after is not None:
            raise CallDeferredError(
                f"{credentials.psp} is failing; its breaker is open.", retry_after=permission.retry_after
            )
        begun = self._monotonic()
        failed = True  # a raise that nobody foresaw counts, and frees the probe
        try:
            result = call()
            failed = not isinstance(result, Checkout) and shows_ill_health(result)
        except CheckoutFailedError as error:
            failed = error.problem in UNHEALTHY
            raise
        finally:
            ended = now + timedelta(seconds=self._monotonic() - begun)
            self._breakers.record(key, failed=failed, probe=permission.probe, rules=rules, now=ended)
        return result

    def _take_rate(self, credentials: Credentials, *, now: datetime) -> None:
        key = f"psp:{credentials.psp}:{credentials.account_id}"
        wait = self._rate_limiter.take(key, limit=self._limits.calls, per=self._limits.per, now=now)
        if wait is not None:
            raise CallDeferredError(f"The account's rate at {credentials.psp} is used up.", retry_after=wait)
