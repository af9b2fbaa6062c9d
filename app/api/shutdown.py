"""Hearing of the end early: servers wait for open answers before they tell the application."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def when_told_to_end(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` on the running loop as soon as a signal ends the process, and let the server's handler do the rest.

    Where nobody handles the signal, and in threads that get none, this does nothing.
    """
    loop = asyncio.get_running_loop()
    previous: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        previous = {number: found for number in _SIGNALS if callable(found := signal.getsignal(number))}

    def hear(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)
        previous[number](number, frame)

    for number in previous:
        signal.signal(number, hear)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
