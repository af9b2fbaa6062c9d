"""Holds one program on a leash: when whoever holds the other end dies, the program and all it started die too.

Run as a script by `process.LeashedProcess`, in a session of its own. The first line of standard input says
what to start; then the pipe stays open for as long as the holder lives. When it closes, for whatever reason
(an orderly stop, or kill -9 of the holder), the program gets its stop signal, and after the grace period its
whole process group gets SIGKILL. This needs no help from the kernel, so it works on Linux and macOS alike.
Only the standard library is imported: the script starts in a few milliseconds and knows nothing of Tinko.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
NOBODY = 65534
CANNOT_START = 126
_WATCHED = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def _become_nobody_in_a_namespace() -> None:
    """Look like nobody to ourselves while the files still see root (for programs that refuse to run as root)."""
    uid, gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "this machine does not allow user namespaces")
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {gid} 1", encoding="ascii")


def _change_user(identity: str) -> None:
    if identity == "nobody":
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    elif identity == "namespace":
        _become_nobody_in_a_namespace()


def _die_with_parent(parent: int, stop: int) -> None:
    """Ask Linux for a signal if the leash itself is killed; a change of user would clear the request."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, stop)
        if os.getppid() != parent:
            os._exit(CANNOT_START)


def _become(order: dict[str, Any], leash: int) -> NoReturn:
    try:
        os.setpgid(0, 0)
        for number in (*_WATCHED, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        _change_user(order["identity"])
        _die_with_parent(leash, order["stop"])
        os.execv(order["argv"][0], order["argv"])  # noqa: S606  (the holder names the program; no shell is involved)
    except OSError as error:
        os.write(2, f"cannot start {order['argv'][0]}: {error}\n".encode())
    os._exit(CANNOT_START)


def _has_ended(child: int) -> bool:
    """Say whether the child has ended, without reaping it: its id must not be reused before the group is swept."""
    if not hasattr(os, "waitid"):
        return False
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _sweep(child: int) -> int | None:
    """Return the child's exit code if it has ended, after killing whatever is left of its group; else None."""
    if _has_ended(child):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
    reaped, status = os.waitpid(child, os.WNOHANG)
    if reaped == 0:
        return None
    if not hasattr(os, "waitid"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _watch(child: int, wakeup: int, order: dict[str, Any]) -> int:
    """Wait for the child; stop it when the holder lets go or somebody signals the leash. Returns its exit code."""
    deadline: float | None = None
    watched = [0, wakeup]
    while True:
        timeout = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select(watched, [], [], timeout)
        let_go = 0 in ready and not os.read(0, 4096)
        signals = os.read(wakeup, 64) if wakeup in ready else b""
        code = _sweep(child)
        if code is not None:
            return code
        if deadline is not None and time.monotonic() >= deadline:
            os.killpg(child, signal.SIGKILL)
            deadline = time.monotonic() + 1
        elif deadline is None and (let_go or set(signals) - {signal.SIGCHLD}):
            os.kill(child, order["stop"])
            deadline = time.monotonic() + order["grace"]
            watched = [wakeup]


def _read_order() -> dict[str, Any]:
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            sys.exit(CANNOT_START)
        line += piece
    order: dict[str, Any] = json.loads(line)
    return order


def main() -> int:
    """Read the order, start the program, and stay until it has ended."""
    order = _read_order()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in _WATCHED:
        signal.signal(number, lambda _number, _frame: None)
    leash = os.getpid()
    child = os.fork()
    if child == 0:
        _become(order, leash)
    return _watch(child, reader, order)


if __name__ == "__main__":
    sys.exit(main())
