"""When a child that ended is started again."""

from dataclasses import dataclass

KILLED = 137  # 128 + SIGKILL: somebody killed it; that is not a fault of its own


@dataclass(slots=True)
class Restarts:
    """Doubles the wait with every quick end in a row, and gives up after `limit` of them."""

    first_seconds: float = 0.5
    longest_seconds: float = 10.0
    healthy_seconds: float = 20.0
    limit: int = 4
    in_a_row: int = 0

    def after_exit(self, *, code: int, lived_seconds: float) -> float | None:
        """Return how many seconds to wait before the next start, or None for a crash loop."""
        if code == KILLED or lived_seconds >= self.healthy_seconds:
            self.in_a_row = 0
            return self.first_seconds
        self.in_a_row += 1
        if self.in_a_row >= self.limit:
            return None
        return float(min(self.longest_seconds, self.first_seconds * 2 ** (self.in_a_row - 1)))
