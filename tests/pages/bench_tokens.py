"""How long tokens of every kind take to be answered, side by side: whether time tells what words do not.

Numbers for people: nothing here passes or fails. What holds by construction is in `test_token_timing.py`.
"""

import statistics
import time
from datetime import timedelta

from tests.pages.conftest import Till
from tests.pages.tokens import tokens_that_are_none

ROUNDS = 150


def compare_tokens(till: Till, *, rounds: int = ROUNDS) -> str:
    """Return a table of medians; the kinds take turns, so that a busy machine slows all alike."""
    issued, expired = till.link(ttl=timedelta(days=7)), till.link(ttl=timedelta(minutes=1))
    till.container.clock.advance(timedelta(minutes=2))
    bad = tokens_that_are_none(till.container, issued)
    kinds = {"valid": issued.token, "expired": expired.token}
    kinds |= {kind: bad[kind] for kind in ("unknown id", "another organization", "foreign", "tampered", "none")}
    kinds |= {kind: bad[kind] for kind in ("another audience", "truncated", "words")}
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    for turn in range(rounds):
        for kind, token in list(kinds.items())[turn % len(kinds) :] + list(kinds.items())[: turn % len(kinds)]:
            began = time.perf_counter()
            till.client.head(f"/pay/retry/{token}")
            took[kind].append((time.perf_counter() - began) * 1000)
    rows = [f"{'a token that is':<30}{'status':>10}{'median ms':>12}{'quartiles':>20}"]
    for kind, times in took.items():
        status = till.client.head(f"/pay/retry/{kinds[kind]}").status_code
        low, middle, high = statistics.quantiles(times, n=4)
        rows.append(f"{kind:<30}{status:>10}{middle:>12.2f}{f'{low:.2f} to {high:.2f}':>20}")
    return "\n".join(rows)
