"""The one place that builds HTTP clients: time-outs, a bounded pool, no redirects."""

import ssl
from datetime import timedelta
from functools import cache
from typing import Final

import httpx

USER_AGENT: Final = "Tinko/1"
CONNECT_TIMEOUT: Final = timedelta(seconds=3)
READ_TIMEOUT: Final = timedelta(seconds=20)
_WRITE_TIMEOUT: Final = timedelta(seconds=10)
_KEEP_ALIVE: Final = timedelta(seconds=4)  # below the usual 5 s of servers, so that no request meets a closing door


@cache
def authorities() -> ssl.SSLContext:
    """Return whom this process trusts; read once for all clients, since that takes longer than most calls."""
    return httpx.create_ssl_context(trust_env=False)


def build_client(
    *,
    base_url: str = "",
    read_timeout: timedelta = READ_TIMEOUT,
    connect_timeout: timedelta = CONNECT_TIMEOUT,
    max_connections: int = 50,
    transport: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """Build a client that several threads may share; each process builds its own.

    Redirects are not followed: a provider that redirects a charge is not the provider. Proxies are
    not read from the environment. `transport` stands in for the network in tests.
    """
    return httpx.Client(
        base_url=base_url,
        timeout=httpx.Timeout(
            connect=connect_timeout.total_seconds(),
            read=read_timeout.total_seconds(),
            write=_WRITE_TIMEOUT.total_seconds(),
            pool=connect_timeout.total_seconds(),
        ),
        limits=httpx.Limits(
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=_KEEP_ALIVE.total_seconds(),
        ),
        headers={"user-agent": USER_AGENT},
        follow_redirects=False,
        trust_env=False,
        verify=authorities(),
        transport=transport,
    )
