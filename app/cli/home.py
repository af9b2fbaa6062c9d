"""TINKO_HOME: what a run on this machine keeps, and who is running in it."""

import fcntl
import json
import os
import secrets
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.cli.errors import CommandError


@dataclass(frozen=True, slots=True)
class RunState:
    """What the run that lives in a home tells others: `state` is `starting` or `ready`."""

    pid: int
    state: str
    base_url: str
    database_url: str
    redis_url: str


class Home:
    """The folder that TINKO_HOME names."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @property
    def demo(self) -> Path:
        """Where the demo merchant's keys and addresses are."""
        return self.path / "demo.json"

    @property
    def log(self) -> Path:
        """Where a run in the background writes its log."""
        return self.path / "run.log"

    @property
    def _state(self) -> Path:
        return self.path / "run.json"

    def create(self) -> None:
        """Make the folder; raises CommandError where that is not possible."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(
                f"cannot create {self.path}: {error.strerror}. Set TINKO_HOME to another folder."
            ) from None
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise CommandError(f"{self.path} is not writable. Set TINKO_HOME to another folder.")

    def lock(self, *, patience_seconds: float = 12.0) -> int:
        """Take the home for a run and return the lock's descriptor.

        Whatever a killed run left is on its way out and holds the lock a few seconds more, so we wait for it;
        a run that lives is a CommandError at once.
        """
        descriptor = os.open(self.path / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + patience_seconds
        while not _try_lock(descriptor):
            running = self.running()
            if running is not None or time.monotonic() >= deadline:
                os.close(descriptor)
                who = f"process {running.pid}" if running else "what a killed run left behind"
                raise CommandError(f"already running in {self.path} ({who}). `tinko stop` ends it; or set TINKO_HOME.")
            time.sleep(0.1)
        return descriptor

    def is_locked(self) -> bool:
        """Say whether a run, or what is left of one, still holds this home."""
        try:
            descriptor = os.open(self.path / "run.lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return not _try_lock(descriptor)
        finally:
            os.close(descriptor)

    def running(self) -> RunState | None:
        """Return the run that lives in this home, or None; a stale file or a reused process id is no run."""
        try:
            state = RunState(**json.loads(self._state.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return state if self.is_locked() and _is_a_run(state.pid) else None

    def write_state(self, state: RunState) -> None:
        """Tell others about our run."""
        write_private(self._state, asdict(state))

    def clear(self) -> None:
        """Forget our run."""
        self._state.unlink(missing_ok=True)
        self.demo.unlink(missing_ok=True)

    def kept(self) -> dict[str, str]:
        """Return the secrets that this home keeps."""
        try:
            kept: dict[str, str] = json.loads(self._secrets.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return kept

    def keep(self, **values: str) -> None:
        """Keep secrets (mode 0600) for the next start; what is kept already stays, unless it changed."""
        before = self.kept()
        after = {**before, **values}
        if after != before:
            write_private(self._secrets, after)

    def secret_key(self) -> str:
        """Return a SECRET_KEY of 64 hexadecimal characters that is made once."""
        if "secret_key" not in self.kept():
            self.keep(secret_key=secrets.token_hex(32))
        return self.kept()["secret_key"]

    @property
    def _secrets(self) -> Path:
        return self.path / "secrets.json"


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Write JSON that only we may read (mode 0600), all of it or nothing."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    draft.replace(path)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_a_run(pid: int) -> bool:
    """Say whether `pid` is a supervisor: `run` is in its command line. Without any way to look, believe the lock."""
    listing = Path("/proc") / str(pid) / "cmdline"
    try:
        if Path("/proc/self/cmdline").exists():
            return b"run" in listing.read_bytes().split(b"\0")
        found = subprocess.run(  # noqa: S603  (no shell, and a number)
            ["ps", "-p", str(pid), "-o", "args="],  # noqa: S607  (wherever the system keeps it)
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return not Path("/proc/self/cmdline").exists()
    return "run" in found.stdout.split()
