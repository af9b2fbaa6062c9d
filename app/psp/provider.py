"""What a provider's folder is given, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import httpx

from app.domain.payments.port import Credentials, PspPort
from app.infra.clock import Clock, SystemClock
from app.infra.http import READ_TIMEOUT

_MACHINE: Final = SystemClock()


@dataclass(frozen=True, slots=True)
class Adapters:
    """A provider that is ready: `bind` gives its adapter for an account, and is cheap; `close` lets go of sockets."""

    bind: Callable[[Credentials], PspPort]
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """An operator's settings of one provider. `transport` stands in for the network in tests.

    `clock` is for what a provider wants as a point of time (when a page ends); nothing else needs it.
    """

    api_base: str
    read_timeout: timedelta = READ_TIMEOUT
    transport: httpx.BaseTransport | None = None
    clock: Clock = _MACHINE


Provider = Callable[[ProviderSettings], Adapters]
"""Builds what all accounts of a provider share (its HTTP client), once per process."""
