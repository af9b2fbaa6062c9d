"""The classifier on one core: what merchants send, and the worst case, in which no failure was seen before."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from statistics import median
from typing import Final

from app.cli.bench.results import Result, Target
from app.domain.classification import FailureSignals, classify

_TARGET: Final = Target(50_000)
_CODES: Final[tuple[dict[str, str], ...]] = (
    {"gateway": "stripe", "reason": "insufficient_funds", "code": "card_declined", "network_decline_code": "51"},
    {"gateway": "stripe", "reason": "do_not_honor", "network_decline_code": "05", "network_advice_code": "03"},
    {"gateway": "razorpay", "reason": "payment_failed", "code": "BAD_REQUEST_ERROR", "method": "upi"},
    {"gateway": "razorpay", "reason": "upi_pending", "method": "upi"},
    {"gateway": "xendit", "reason": "EXPIRED_CARD", "method": "card", "brand": "visa"},
    {"gateway": "paypal", "reason": "INSTRUMENT_DECLINED"},
    {"gateway": "paymongo", "reason": "generic_decline", "message": "3DS authentication timeout"},
    {"gateway": "elsewhere", "reason": "payment_failed", "message": "The bank says: insufficient balance."},
)
_MESSAGES: Final = (
    "Payment {} was declined: insufficient balance",
    "Order {}: the gateway timed out while talking to the bank",
    "3DS authentication timeout for {}",
    "Something else went wrong with {}",
)


def measure(*, rounds: int = 5, failures: int = 20_000) -> Iterator[Result]:
    """Classify what merchants send, and failures of which each has a text of its own."""
    seen = [FailureSignals(**_CODES[i % len(_CODES)]) for i in range(failures)]
    numbers = count()

    def unseen() -> list[FailureSignals]:
        made = (f"{next(numbers):08d}" for _ in range(failures // 4))
        return [
            FailureSignals(
                "elsewhere", f"error_{number}", message=_MESSAGES[int(number) % len(_MESSAGES)].format(number)
            )
            for number in made
        ]

    known = _per_second(lambda: seen, rounds)
    yield Result("classification", known, "failures/s", target=_TARGET)
    fresh = _per_second(unseen, rounds)
    yield Result("classification_uncached", fresh, "failures/s", "classification", fresh / known)


def _per_second(make: Callable[[], Sequence[FailureSignals]], rounds: int) -> float:
    """Return the median of some rounds; making the failures is not counted."""
    speeds = []
    for _ in range(rounds):
        failures = make()
        began = time.perf_counter()
        for failure in failures:
            classify(failure)
        speeds.append(len(failures) / (time.perf_counter() - began))
    return median(speeds)
