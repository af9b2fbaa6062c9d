"""What the benches of adapters against their running simulators do alike."""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta

import httpx

from app.domain.payments.port import Checkout, Credentials, PspPort
from app.psp.provider import Provider, ProviderSettings
from tests.fakes.caller import ask
from tests.simulators.books_server import IMPATIENT_SECONDS, Keeper


class AdapterBench:
    """An account of its own at a simulator. `account` is what the simulator's keeper calls it."""

    def __init__(
        self,
        base_url: str,
        *,
        psp: str,
        provider: Provider,
        account: str,
        secrets: Mapping[str, str],
        bad_secrets: Mapping[str, str],
    ) -> None:
        self._base_url, self._name, self._provider = base_url, psp, provider
        self._secrets, self._bad_secrets = secrets, bad_secrets
        self._keeper = Keeper(base_url, account)
        self._open = ExitStack()

    def close(self) -> None:
        self._open.close()

    def psp(self, *, webhook_secrets: tuple[str, ...] = (), patient: bool = True) -> PspPort:
        return self._adapter(self._secrets, webhook_secrets, 10.0 if patient else IMPATIENT_SECONDS)

    def psp_through(self, transport: httpx.BaseTransport) -> PspPort:
        """Return the adapter with a network of the test's own between it and the simulator."""
        return self._adapter(self._secrets, ("secret",), 10.0, transport)

    def psp_with_bad_credentials(self) -> PspPort:
        return self._adapter(self._bad_secrets, (), 10.0)

    def books(self, reference: str) -> list[tuple[str, int]]:
        return self._keeper.charges(reference)

    def pay(self, checkout: Checkout) -> None:
        reply = ask("POST", checkout.url, data={"choice": "pay"})
        assert reply.status_code == 303

    def _adapter(
        self,
        secrets: Mapping[str, str],
        webhook_secrets: tuple[str, ...],
        seconds: float,
        transport: httpx.BaseTransport | None = None,
    ) -> PspPort:
        settings = ProviderSettings(
            api_base=self._base_url, read_timeout=timedelta(seconds=seconds), transport=transport
        )
        adapters = self._provider(settings)
        self._open.callback(adapters.close)
        return adapters.bind(
            Credentials("psp_1", self._name, live=False, secrets=secrets, webhook_secrets=webhook_secrets)
        )
