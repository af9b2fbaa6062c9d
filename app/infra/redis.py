"""The one place that builds Redis clients: short time-outs, no hidden retries."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_SECONDS = 2.0


def connect(url: str) -> Redis:
    """Return a client that connects at its first command and gives up after two seconds."""
    client: Redis = Redis.from_url(
        url or "redis://127.0.0.1:6379/0",
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 0),
    )
    return client
