"""Where embedded servers keep their files, and as whom they may reach them."""

import fcntl
import hashlib
import os
import pwd
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from app.infra.embedded.errors import EmbeddedError
from app.infra.embedded.process import Identity

NOBODY = 65534
_LONGEST_SOCKET_PATH = 90  # bytes; the kernel allows 108 on Linux and 104 on macOS


def socket_folder(folder: Path) -> Path:
    """Return a private folder for unix sockets: in `folder`, or in the temporary folder where that path is too long."""
    place = _socket_place(folder)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if place.is_symlink() or place.stat().st_uid not in {os.getuid(), NOBODY}:
        raise EmbeddedError(f"{place} belongs to somebody else; remove it or choose another TINKO_HOME.")
    return place.resolve()


def remove_socket_folder(folder: Path) -> None:
    """Remove the folder for unix sockets, once its server has stopped."""
    with suppress(OSError):
        _socket_place(folder).rmdir()


def _socket_place(folder: Path) -> Path:
    place = folder / "socket"
    if len(os.fsencode(place.resolve() / ".s.PGSQL.65535.lock")) <= _LONGEST_SOCKET_PATH:
        return place
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"tinko-{os.getuid()}-{name}"


def _others_may_enter(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def choose_identity(binary: Path, folder: Path) -> Identity:
    """Say as whom a program that refuses root, and users without a name, can run `binary` in `folder`."""
    if os.geteuid() != 0:
        return "same" if _has_name(os.geteuid()) else "namespace"
    if _others_may_enter(binary) and _others_may_enter(folder / "x") and binary.stat().st_mode & stat.S_IXOTH:
        return "nobody"
    return "namespace"


def hand_over(folder: Path, identity: Identity) -> None:
    """Make `folder` and all in it belong to the user that `identity` means, if it does not yet."""
    if os.geteuid() != 0:
        return
    owner = NOBODY if identity == "nobody" else 0
    if folder.stat().st_uid == owner:
        return
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent) / name, owner, owner, follow_symlinks=False)
    os.chown(folder, owner, owner)


def lock_folder(folder: Path, *, patience_seconds: float = 15.0) -> int:
    """Lock `folder` and return the lock's descriptor; whoever holds a copy of it keeps the lock.

    A server that is still on its way out after a kill -9 of its owner holds one, so we wait for it a while.
    """
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                raise EmbeddedError(f"Another server is running in {folder}.") from None
            time.sleep(0.05)
        else:
            return descriptor
