"""A far side that gives prepared replies in turn, and an adapter that talks to it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import httpx

from app.domain.payments.port import Credentials, PspPort
from app.psp.provider import Provider, ProviderSettings


class Answers(httpx.MockTransport):
    """Gives these replies in turn (raises those that are exceptions), and notes what it was asked."""

    def __init__(self, *replies):
        self.waiting, self.seen = list(replies), []
        super().__init__(self._answer)

    def _answer(self, request):
        self.seen.append(request)
        reply = self.waiting.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def asked(self):
        return [f"{request.method} {request.url.path}" for request in self.seen]


@contextmanager
def adapter_of(
    provider: Provider,
    psp: str,
    transport: httpx.BaseTransport,
    *,
    secrets: Mapping[str, str],
    live: bool = False,
    webhook_secrets: tuple[str, ...] = (),
) -> Iterator[PspPort]:
    """Lend a provider's adapter whose network is `transport`."""
    adapters = provider(
        ProviderSettings(api_base="http://psp.test", read_timeout=timedelta(seconds=2), transport=transport)
    )
    yield adapters.bind(Credentials("psp_1", psp, live=live, secrets=secrets, webhook_secrets=webhook_secrets))
    adapters.close()
