"""Rate limits: token buckets in Redis, shared by every process.

A bucket holds `limit` tokens and refills evenly over `per`. Redis being down must not stop merchants:
ordinary traffic passes (and a log line says so), `strict` traffic (sign-in) falls back to a bucket of
this process.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

import structlog
from redis import Redis
from redis.exceptions import RedisError

_LOG = structlog.get_logger(__name__)

# Grants between `need` and `want` tokens, or none and the milliseconds to wait.
_SCRIPT: Final = """
local capacity, per, need, want, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), \
    tonumber(ARGV[4]), tonumber(ARGV[5])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]) or capacity, tonumber(kept[2]) or now
if now > at then
    tokens = math.min(capacity, tokens + (now - at) * capacity / per)
    at = now
end
local granted, wait = 0, 0
if tokens >= need then
    granted = math.min(math.floor(tokens), want)
    tokens = tokens - granted
else
    wait = math.ceil((need - tokens) * per / capacity - 0.000001)
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens), 'at', string.format('%.0f', at))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', per * 2))
return {granted, wait}
"""
_PREFIX: Final = "tinko:rate:"
_PAUSE_AFTER_FAILURE: Final = timedelta(seconds=2)
_LOCAL_KEYS: Final = 10_000
_LEASE_LIFE: Final = timedelta(seconds=1)
_LEASE_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many tokens a bucket holds, and how long it takes to fill."""

    limit: int
    per: timedelta


class LocalBuckets:
    """Token buckets in this process, for when Redis is down; at most 10,000 keys, oldest forgotten."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str, *, bucket: Bucket, cost: int, now: datetime) -> timedelta | None:
        """Take `cost` tokens; None when they were there, else how long to wait."""
        with self._lock:
            tokens, at = self._kept.pop(key, (float(bucket.limit), now))
            tokens = min(float(bucket.limit), tokens + max(now - at, timedelta()) / bucket.per * bucket.limit)
            wait = None if tokens >= cost else (cost - tokens) / bucket.limit * bucket.per
            self._kept[key] = (tokens if wait else tokens - cost, max(now, at))
            if len(self._kept) > _LOCAL_KEYS:
                self._kept.popitem(last=False)
        return wait


class RateLimiter:
    """Token buckets in Redis, one round trip per question."""

    def __init__(self, redis: Redis) -> None:
        self._script = redis.register_script(_SCRIPT)
        self._local = LocalBuckets()
        self._down_until: datetime | None = None

    def take(
        self, key: str, *, limit: int, per: timedelta, cost: int = 1, now: datetime, strict: bool = False
    ) -> timedelta | None:
        """Take `cost` tokens of the bucket; None when allowed, else how long to wait."""
        bucket, cost = Bucket(limit, per), min(cost, limit)
        answer = self.grant(key, bucket=bucket, need=cost, want=cost, now=now)
        if answer is None:
            return self._local.take(key, bucket=bucket, cost=cost, now=now) if strict else None
        granted, wait = answer
        return None if granted else wait

    def grant(self, key: str, *, bucket: Bucket, need: int, want: int, now: datetime) -> tuple[int, timedelta] | None:
        """Ask for up to `want` tokens, at least `need`: how many, and else how long to wait. None: Redis is down."""
        if self._down_until is not None and now < self._down_until:
            return None
        milliseconds = int(bucket.per / timedelta(milliseconds=1))
        try:
            granted, wait = self._script(
                keys=[_PREFIX + key],
                args=[bucket.limit, milliseconds, need, want, int(now.timestamp() * 1000)],
            )
        except RedisError as error:
            # Asking again for every request would make each of them wait for the time-out.
            self._down_until = now + _PAUSE_AFTER_FAILURE
            _LOG.warning("rate_limit.redis_down", error=type(error).__name__)
            return None
        self._down_until = None
        return int(granted), timedelta(milliseconds=int(wait))


@dataclass(slots=True)
class _Lease:
    tokens: int
    until: datetime
    refused_until: datetime | None


class LeasedRateLimiter:
    """Takes tokens from Redis in chunks and spends them here: about one question per hundred requests.

    A chunk is a hundredth of the limit, at most 100, and is forgotten after a second, so that what
    idle processes hold back stays small.
    """

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._lock = Lock()

    def spend(self, key: str, *, now: datetime) -> bool:
        """Spend a token that is here already; never waits for Redis, so that it may be called in an event loop."""
        with self._lock:
            lease = self._leases.get(key)
            if lease is None or lease.tokens <= 0 or now >= lease.until:
                return False
            lease.tokens -= 1
            return True

    def take(self, key: str, *, limit: int, per: timedelta, now: datetime) -> timedelta | None:
        """Take one token; None when allowed, else how long to wait. May ask Redis."""
        if self.spend(key, now=now):
            return None
        with self._lock:
            lease = self._leases.get(key)
            if lease is not None and lease.refused_until is not None and now < lease.refused_until:
                return lease.refused_until - now
        chunk = max(1, min(_LEASE_MOST, limit // 100))
        answer = self._limiter.grant(key, bucket=Bucket(limit, per), need=1, want=chunk, now=now)
        granted, wait = answer or (chunk, timedelta())
        self._keep(key, _Lease(max(granted - 1, 0), now + _LEASE_LIFE, None if granted else now + wait))
        return None if granted else wait

    def _keep(self, key: str, lease: _Lease) -> None:
        with self._lock:
            old = self._leases.pop(key, None)
            if old is not None and lease.until > old.until > lease.until - _LEASE_LIFE:
                lease.tokens += old.tokens
            self._leases[key] = lease
            if len(self._leases) > _LOCAL_KEYS:
                self._leases.popitem(last=False)
