"""What came in, in memory: the newest thousand."""

from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, Final

MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it came in."""

    id: int
    channel: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    headers: dict[str, str] = field(repr=False)
    received_at: datetime


class Store:
    """Keeps messages; several threads may use it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: deque[Received] = deque(maxlen=MOST)
        self._count = 0

    def add(self, **facts: Any) -> Received:
        """Keep a message under the next number."""
        with self._lock:
            self._count += 1
            received = Received(id=self._count, **facts)
            self._kept.append(received)
        return received

    def newest_first(self, *, recipient: str | None = None) -> list[Received]:
        """Return what is kept, maybe only what went to one address."""
        with self._lock:
            kept = list(self._kept)
        return [each for each in reversed(kept) if recipient is None or each.recipient == recipient]

    def find(self, number: int) -> Received | None:
        """Return one message."""
        return next((each for each in self.newest_first() if each.id == number), None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()


def as_json(received: Received) -> dict[str, Any]:
    """Show a message to programs."""
    return asdict(received) | {"received_at": received.received_at.isoformat()}
