"""A network that loses requests and replies, by a script."""

from collections.abc import Iterable

import httpx

LOST = "lost"
"""The request never arrives."""
UNHEARD = "unheard"
"""The request arrives, and its reply does not."""


class BadNetwork(httpx.BaseTransport):
    """Treats each request as the script says, and those after its end well."""

    def __init__(self, script: Iterable[str] = ()) -> None:
        self._script, self._wire = list(script), httpx.HTTPTransport()

    def follow(self, script: Iterable[str]) -> None:
        """Start over with another script."""
        self._script = list(script)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        fate = self._script.pop(0) if self._script else "well"
        if fate == LOST:
            raise httpx.ReadTimeout("the request was lost", request=request)
        response = self._wire.handle_request(request)
        if fate == UNHEARD:
            response.read()
            response.close()
            raise httpx.ReadTimeout("the reply was lost", request=request)
        return response

    def close(self) -> None:
        self._wire.close()
