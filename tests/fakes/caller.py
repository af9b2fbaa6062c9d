"""One call to a server of the test's own, on a connection of its own and without cookies."""

from typing import Any

import httpx

from app.infra.http import authorities


def ask(method: str, url: str, **how: Any) -> httpx.Response:
    """Return the answer; `httpx.request` would read the list of authorities, which takes longer than the call."""
    return httpx.request(method, url, trust_env=False, verify=authorities(), **how)
