"""The lines that people see: one prefix per process."""

import sys
from collections import deque
from typing import TextIO

_COLOURS = (36, 33, 32, 35, 34, 96, 93)
_WIDTH = 8


class Console:
    """Prints lines with the name of their process in front, in its own colour on a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._colours: dict[str, int] = {}
        self._coloured = self._stream.isatty()

    def line(self, name: str, text: str) -> None:
        """Print one line of the process `name`."""
        prefix = f"{name:<{_WIDTH}} | "
        if self._coloured:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        self.plain(prefix + text)

    def say(self, text: str) -> None:
        """Print one line of the supervisor's own."""
        self.line("tinko", text)

    def plain(self, text: str) -> None:
        """Print text as it is; a reader who went away is no reason to stop."""
        try:
            print(text, file=self._stream, flush=True)
        except (BrokenPipeError, OSError):
            return


class LineBuffer:
    """Cuts a stream of bytes into lines, and remembers the last few."""

    def __init__(self, remembered: int = 12) -> None:
        self._rest = b""
        self.last: deque[str] = deque(maxlen=remembered)

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that `data` completes."""
        *complete, self._rest = (self._rest + data).split(b"\n")
        lines = [line.decode("utf-8", "replace").rstrip("\r") for line in complete]
        self.last.extend(lines)
        return lines
