"""The load generator, a process of its own: it reads an order, and prints what it saw.

It shares the cores with what it measures, so it does as little as can be: kept-alive connections, requests
that differ in a few bytes only, and answers of which it reads the status and the length.
"""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import cycle
from time import perf_counter
from typing import Final, cast

import uvloop

REF: Final = "@@transaction_ref@@"


@dataclass(frozen=True, slots=True)
class Order:
    """What to send. `events` are JSON texts with `REF` where each gets a reference that nobody had before.

    `series` begins the references; `per_body` events go into one body, a line each.
    """

    port: int
    path: str
    headers: dict[str, str]
    events: list[str]
    series: str
    connections: int = 32
    seconds: float = 3.0
    warm_up_seconds: float = 0.5
    per_body: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """Events per second, and the 50th and 99th percentile of the answers' time; statuses by number."""

    per_second: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]


def run_load(order: Order) -> Seen:
    """Run the generator in a process of its own, and return what it saw."""
    ran = subprocess.run(  # noqa: S603  (our own interpreter and module)
        [sys.executable, "-I", __file__],
        input=json.dumps(asdict(order)),
        capture_output=True,
        text=True,
        check=True,
        timeout=order.seconds + order.warm_up_seconds + 60,
    )
    return Seen(**json.loads(ran.stdout))


def requests(order: Order) -> Iterator[bytes]:
    """Render requests without an end."""
    pieces = [tuple(part.encode() for part in event.split(REF)) for event in order.events]
    bodies = _bodies(order, cycle(pieces))
    fixed = "".join(f"{name}: {value}\r\n" for name, value in order.headers.items())
    head = f"POST {order.path} HTTP/1.1\r\nHost: bench\r\n{fixed}Content-Length: ".encode()
    for body in bodies:
        yield b"%b%d\r\n\r\n%b" % (head, len(body), body)


def _bodies(order: Order, pieces: Iterator[tuple[bytes, ...]]) -> Iterator[bytes]:
    number, series = 0, order.series.encode()
    while True:
        events = []
        for _ in range(order.per_body):
            before, after = next(pieces)
            events.append(b"%b%b-%09d%b" % (before, series, number, after))
            number += 1
        yield b"\n".join(events)


@dataclass(slots=True)
class _Tally:
    begins_at: float
    ends_at: float
    times: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    def add(self, status: str, sent_at: float, now: float) -> None:
        if self.begins_at <= now < self.ends_at:
            self.times.append(now - sent_at)
            self.statuses[status] += 1


class _Connection(asyncio.Protocol):
    """Sends a request, waits for its answer, sends the next; closes after the end."""

    def __init__(self, rendered: Iterator[bytes], tally: _Tally) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._rendered = rendered
        self._tally = tally
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._send(perf_counter())

    def _send(self, now: float) -> None:
        self._sent_at = now
        self._transport.write(next(self._rendered))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not _is_whole(self._buffer):
            return
        now = perf_counter()
        self._tally.add(self._buffer[9:12].decode(), self._sent_at, now)
        self._buffer = b""
        if now < self._tally.ends_at:
            self._send(now)
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None and perf_counter() >= self._tally.ends_at:
            self.closed.set_result(None)
        else:
            self.closed.set_exception(exc or ConnectionError("the server closed the connection"))


def _is_whole(answer: bytes) -> bool:
    head, blank, body = answer.partition(b"\r\n\r\n")
    if not blank:
        return False
    _, _, rest = head.lower().partition(b"content-length:")
    return len(body) >= int(rest.partition(b"\r\n")[0] or 0)


async def _send_all(order: Order) -> Seen:
    loop = asyncio.get_running_loop()
    begins_at = perf_counter() + order.warm_up_seconds
    tally, rendered = _Tally(begins_at, begins_at + order.seconds), requests(order)
    made = [
        await loop.create_connection(lambda: _Connection(rendered, tally), "127.0.0.1", order.port)
        for _ in range(order.connections)
    ]
    await asyncio.gather(*(connection.closed for _, connection in made))
    times = sorted(tally.times) or [0.0]
    return Seen(
        per_second=len(tally.times) * order.per_body / order.seconds,
        p50_ms=1000 * times[len(times) // 2],
        p99_ms=1000 * times[len(times) * 99 // 100],
        statuses=dict(tally.statuses),
    )


if __name__ == "__main__":
    seen = uvloop.run(_send_all(Order(**json.load(sys.stdin))))
    print(json.dumps(asdict(seen)))
