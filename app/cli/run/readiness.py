"""Is it up yet?"""

import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from app.cli.errors import CommandError
from app.cli.run.supervisor import Supervisor

READY_SECONDS = 90.0


def answers_ok(url: str) -> bool:
    """Say whether a GET of `url` answers 200 within two seconds, without any proxy between."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=2)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


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
