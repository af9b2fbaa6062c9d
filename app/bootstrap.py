"""The composition root: from settings to everything that a door needs. Nothing connects before its first use."""

from dataclasses import dataclass
from datetime import timedelta

from redis import Redis

from app.db.session import Database
from app.domain.payments.port import PaymentsPort
from app.infra.clock import Clock, SystemClock
from app.infra.crypto import Crypto
from app.infra.link_tokens import LinkTokens
from app.infra.rate_limit import LeasedRateLimiter, RateLimiter
from app.infra.redis import connect
from app.infra.settings import Settings
from app.infra.tokens import AccessTokens
from app.psp.breaker_store import RedisBreakerStore
from app.psp.dispatcher import Dispatcher
from app.psp.provider import ProviderSettings
from app.psp.registry import Registry, build_registry
from app.psp.sandbox import SandboxConsole
from app.services.identity.authenticate import ApiKeyCache
from app.services.ops import Ops


@dataclass(frozen=True, slots=True)
class Container:
    """What one process shares."""

    settings: Settings
    clock: Clock
    database: Database
    redis: Redis
    crypto: Crypto
    tokens: AccessTokens
    link_tokens: LinkTokens
    limiter: RateLimiter
    leased_limiter: LeasedRateLimiter
    api_keys: ApiKeyCache
    payments: PaymentsPort
    sandbox_console: SandboxConsole
    ops: Ops
    _registry: Registry

    def close(self) -> None:
        """Close every pool."""
        self._registry.close()
        self.sandbox_console.close()
        self.ops.close()
        self.database.dispose()
        self.redis.close()


def build_container(settings: Settings, *, clock: Clock | None = None) -> Container:
    """Build what one process shares; `clock` is for tests."""
    previous = tuple(filter(None, settings.secret_keys_previous.get_secret_value().split(",")))
    crypto = Crypto(settings.secret_key.get_secret_value(), previous=previous)
    redis = connect(settings.redis_url.get_secret_value())
    limiter = RateLimiter(redis)
    registry = build_registry(_providers(settings))
    breakers = RedisBreakerStore(redis)
    url = settings.database_url.get_secret_value()
    return Container(
        settings=settings,
        clock=clock or SystemClock(),
        database=Database(url, pool_size=settings.database_pool_size),
        redis=redis,
        crypto=crypto,
        tokens=AccessTokens(crypto.keys_for("access-token"), lifetime=timedelta(minutes=settings.access_token_minutes)),
        link_tokens=LinkTokens(crypto.keys_for("recovery-link")),
        limiter=limiter,
        leased_limiter=LeasedRateLimiter(limiter),
        api_keys=ApiKeyCache(),
        payments=Dispatcher(registry=registry, breakers=breakers, rate_limiter=limiter),
        sandbox_console=SandboxConsole(_providers(settings)["sandbox"]),
        ops=Ops(database=Database(url, pool_size=2, application_name="tinko-ops"), broker=redis, breakers=breakers),
        _registry=registry,
    )


def _providers(settings: Settings) -> dict[str, ProviderSettings]:
    sandbox_timeout = timedelta(seconds=settings.sandbox_read_timeout_seconds)
    return {"sandbox": ProviderSettings(api_base=settings.sandbox_api_base, read_timeout=sandbox_timeout)}
