"""Ports, checked before anything starts: a taken one is a message, not a hang."""

import socket
from collections.abc import Iterable

from app.cli.errors import CommandError


def is_free(host: str, port: int) -> bool:
    """Say whether a server could listen on `host` and `port` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port on 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def require_free(wanted: Iterable[tuple[str, str, int]]) -> None:
    """Raise CommandError if any of the ports is taken; each is (the setting's name, host, port), 0 means none."""
    taken: dict[int, str] = {}
    problems = []
    for setting, host, port in wanted:
        if port == 0:
            continue
        if port in taken:
            problems.append(f"{setting} and {taken[port]} are both {port}.")
        elif not is_free(host, port):
            problems.append(f"port {port} on {host} is taken. Set {setting} to another one, or end what listens there.")
        taken[port] = setting
    if problems:
        raise CommandError("\n  ".join(["cannot start:", *problems]) if len(problems) > 1 else problems[0])
