"""Is it up yet?"""

import time

import httpx

from app.cli.errors import CommandError
from app.cli.run.supervisor import Supervisor

READY_SECONDS = 90.0


def answers_ok(url: str) -> bool:
    """Say whether a GET of `url` on this machine answers 200 within two seconds."""
    try:
        # A proxy of the environment knows nothing about this machine's ports.
        with httpx.Client(trust_env=False, timeout=2.0) as client:
            return client.get(url).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def wait_until_ready(supervisor: Supervisor, url: str, *, patience_seconds: float = READY_SECONDS) -> bool:
    """Look after the services until `url` answers 200; False if a signal came first, CommandError after patience."""
    deadline = time.monotonic() + patience_seconds
    next_look = time.monotonic()
    while not supervisor.stopping:
        supervisor.tick()
        if time.monotonic() >= next_look:
            if answers_ok(url):
                return True
            next_look = time.monotonic() + 0.25
        if time.monotonic() >= deadline:
            raise CommandError(
                f"not ready after {patience_seconds:g} s: {url} does not answer 200. See the lines above."
            )
    return False
