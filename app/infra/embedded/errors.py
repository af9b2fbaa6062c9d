"""What can go wrong with a server of our own."""

from pathlib import Path

HINT = "Set DATABASE_URL and REDIS_URL to use servers of your own instead."


class EmbeddedError(Exception):
    """An embedded server cannot be had here; the message says why and how to mend it."""


def tail(log: Path, *, lines: int = 15) -> str:
    """Return the last lines of a log file, or an empty string if there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
