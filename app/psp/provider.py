"""What a provider's folder is given, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx

from app.domain.payments.port import Credentials, PspPort
from app.infra.http import READ_TIMEOUT


@dataclass(frozen=True, slots=True)
class Adapters:
    """A provider that is ready: `bind` gives its adapter for an account, and is cheap; `close` lets go of sockets."""

    bind: Callable[[Credentials], PspPort]
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """An operator's settings of one provider. `transport` stands in for the network in tests."""

    api_base: str
    read_timeout: timedelta = READ_TIMEOUT
    transport: httpx.BaseTransport | None = None


Provider = Callable[[ProviderSettings], Adapters]
"""Builds what all accounts of a provider share (its HTTP client), once per process."""
