"""Breakers in Redis, shared by every process; without Redis, calls pass and the log says so."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import redis
import structlog

from app.domain.payments.breaker import Breaker, BreakerRules, BreakerState, Permission, Tripped, permit, record

_log = structlog.get_logger(__name__)

_PREFIX: Final = "tinko:breaker:"
_TRIPPED: Final = "tinko:breakers:tripped"
_TRIES: Final = 8  # a lost race costs one count, never a call
_TTL_SECONDS: Final = 1800  # well over the longest pause and lease; an idle breaker is a closed one

# Compare and set, and keep the list of tripped breakers in step, in one step of the server.
# KEYS: state, list. ARGV: expected, new, ttl, member, score (0 when closed). An absent state is ''.
_SWAP: Final = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
if ARGV[5] == '0' then redis.call('ZREM', KEYS[2], ARGV[4])
else
  redis.call('ZADD', KEYS[2], ARGV[5], ARGV[4])
  redis.call('EXPIRE', KEYS[2], ARGV[3])
end
return 1
"""


@dataclass(frozen=True, slots=True)
class BreakerKey:
    """Whose breaker: an account at a provider, and whether it guards `calls` or `reads`."""

    psp: str
    account_id: str
    lane: str

    def __str__(self) -> str:
        return f"{self.psp}:{self.account_id}:{self.lane}"


class BreakerStore(Protocol):
    """Where breakers live."""

    def permit(self, key: BreakerKey, *, rules: BreakerRules, now: datetime) -> Permission:
        """Ask whether one call may pass, and remember a probe that is under way."""

    def record(self, key: BreakerKey, *, failed: bool, probe: bool, rules: BreakerRules, now: datetime) -> None:
        """Tell how a permitted call ended."""


class RedisBreakerStore:
    """Breakers as small JSON values that expire by themselves."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._swap = client.register_script(_SWAP)

    def permit(self, key: BreakerKey, *, rules: BreakerRules, now: datetime) -> Permission:
        """Ask whether one call may pass; yes, if Redis cannot be asked."""
        answer = Permission(Breaker())

        def step(breaker: Breaker) -> Breaker:
            nonlocal answer
            answer = permit(breaker, rules=rules, now=now)
            return answer.breaker

        if self._change(key, step, now=now):
            return answer
        return Permission(Breaker())

    def record(self, key: BreakerKey, *, failed: bool, probe: bool, rules: BreakerRules, now: datetime) -> None:
        """Tell how a permitted call ended; forgotten, if Redis cannot be told."""
        self._change(key, lambda breaker: record(breaker, failed=failed, probe=probe, rules=rules, now=now), now=now)

    def tripped(self, *, now: datetime, limit: int = 100) -> list[Tripped]:
        """Return the breakers that are open or half-open, for health pages.

        Raises `redis.RedisError` if Redis does not answer: who asks wants to know.
        """
        members: Any = self._client.zrevrangebyscore(_TRIPPED, "+inf", now.timestamp(), start=0, num=limit)
        names = [_text(member) for member in members]
        values: Any = self._client.mget([_PREFIX + name for name in names]) if names else []
        kept = [(name, _decode(_text(value))) for name, value in zip(names, values, strict=True) if value]
        return [_tripped(name, breaker) for name, breaker in kept if breaker.state is not BreakerState.CLOSED]

    def _change(self, key: BreakerKey, step: Callable[[Breaker], Breaker], *, now: datetime) -> bool:
        """Apply `step` to the stored breaker; False if the change could not be agreed on."""
        name = str(key)
        try:
            for _ in range(_TRIES):
                before = _text(self._client.get(_PREFIX + name))
                breaker = _decode(before)
                after = step(breaker)
                if after == breaker or self._write(name, before, after, now=now):
                    return True
        except redis.RedisError as error:
            _log.warning("breaker_store_unavailable", breaker=name, error=type(error).__name__)
            return False
        _log.warning("breaker_contended", breaker=name)
        return False

    def _write(self, name: str, before: str, after: Breaker, *, now: datetime) -> bool:
        score = 0.0 if after.state is BreakerState.CLOSED else now.timestamp() + _TTL_SECONDS
        swapped = self._swap(
            keys=[_PREFIX + name, _TRIPPED],
            args=[before, _encode(after), _TTL_SECONDS, name, f"{score:.3f}" if score else "0"],
        )
        return bool(swapped)


def _tripped(name: str, breaker: Breaker) -> Tripped:
    psp, account_id, lane = name.split(":")
    return Tripped(psp, account_id, lane, breaker.state, breaker.since)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.decode() if isinstance(value, bytes) else str(value)


def _encode(breaker: Breaker) -> str:
    return json.dumps(
        {
            "s": breaker.state.value,
            "c": breaker.calls,
            "f": breaker.failures,
            "w": breaker.window_ends_at and breaker.window_ends_at.timestamp(),
            "t": breaker.trips,
            "u": breaker.until and breaker.until.timestamp(),
            "o": breaker.since and breaker.since.timestamp(),
        },
        separators=(",", ":"),
    )


def _decode(text: str) -> Breaker:
    """Read a stored breaker; what is absent or not readable (another version's) is a closed one."""
    try:
        raw = json.loads(text)
        return Breaker(
            state=BreakerState(raw["s"]),
            calls=int(raw["c"]),
            failures=int(raw["f"]),
            window_ends_at=_time(raw["w"]),
            trips=int(raw["t"]),
            until=_time(raw["u"]),
            since=_time(raw.get("o")),
        )
    except (ValueError, TypeError, KeyError):
        return Breaker()


def _time(value: Any) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(float(value), UTC)
