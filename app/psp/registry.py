"""Which providers there are. A new one is a folder alike the others, and one line here."""

from collections.abc import Mapping
from typing import Final

from app.domain.payments.errors import PspUnsupportedError
from app.domain.payments.port import Credentials, PspPort
from app.psp import paymongo, paypal, razorpay, sandbox, stripe, xendit
from app.psp.provider import Adapters, Provider, ProviderSettings

PROVIDERS: Final[Mapping[str, Provider]] = {
    "paymongo": paymongo.provider,
    "paypal": paypal.provider,
    "razorpay": razorpay.provider,
    "sandbox": sandbox.provider,
    "xendit": xendit.provider,
    "stripe": stripe.provider,
}


class Registry:
    """Adapters by a provider's code."""

    def __init__(self, providers: Mapping[str, Adapters]) -> None:
        self._providers = dict(providers)

    def codes(self) -> frozenset[str]:
        """Return the codes of the providers that can be called."""
        return frozenset(self._providers)

    def adapter(self, credentials: Credentials) -> PspPort:
        """Bind the provider's adapter to an account; raises `PspUnsupportedError`."""
        try:
            adapters = self._providers[credentials.psp]
        except KeyError:
            raise PspUnsupportedError(f"Tinko has no adapter for a provider called {credentials.psp!r}.") from None
        return adapters.bind(credentials)

    def close(self) -> None:
        """Let go of the providers' sockets."""
        for adapters in self._providers.values():
            adapters.close()


def build_registry(settings: Mapping[str, ProviderSettings]) -> Registry:
    """Build the adapters of the providers that have settings; raises `PspUnsupportedError` for a strange one.

    Opens HTTP clients: build it in the process that uses it, after any fork.
    """
    strange = sorted(settings.keys() - PROVIDERS.keys())
    if strange:
        raise PspUnsupportedError(f"Tinko has no adapter for a provider called {strange[0]!r}.")
    return Registry({code: PROVIDERS[code](own) for code, own in settings.items()})
