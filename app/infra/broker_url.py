"""Redis URLs as Celery spells them."""

from urllib.parse import parse_qs, urlsplit


def broker_url(redis_url: str) -> str:
    """Return `redis_url` for Celery: kombu says `redis+socket://path?virtual_host=n` for redis-py's `unix://path?db=n`."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={database}"
