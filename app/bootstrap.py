"""The composition root: from settings to everything that a door needs. Nothing connects before its first use."""

from dataclasses import dataclass, replace
from datetime import timedelta

from redis import Redis

from app.channels.provider import ChannelSettings, SmtpSettings, TwilioSettings, WhatsAppSettings
from app.channels.registry import Channels, build_channels
from app.db.session import Database, Statements
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
from app.services.ingest import AtOnce
from app.services.notify.mailroom import Mailroom
from app.services.ops import Ops
from app.services.payments.outages import Outages


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
    at_once: AtOnce
    payments: PaymentsPort
    sandbox_console: SandboxConsole
    ops: Ops
    mailroom: Mailroom
    _statements: Statements
    _registry: Registry
    _channels: Channels

    def close(self) -> None:
        """Close every pool."""
        self._registry.close()
        self._channels.close()
        self.sandbox_console.close()
        self.ops.close()
        self.database.dispose()
        self._statements.dispose()
        self.redis.close()


def build_container(settings: Settings, *, clock: Clock | None = None) -> Container:
    """Build what one process shares; `clock` is for tests."""
    previous = tuple(filter(None, settings.secret_keys_previous.get_secret_value().split(",")))
    crypto = Crypto(settings.secret_key.get_secret_value(), previous=previous)
    redis = connect(settings.redis_url.get_secret_value())
    limiter = RateLimiter(redis)
    registry = build_registry(_providers(settings, clock or SystemClock()))
    breakers = RedisBreakerStore(redis)
    channels = build_channels(_channels(settings))
    link_tokens = LinkTokens(crypto.keys_for("recovery-link"))
    url = settings.database_url.get_secret_value()
    statements = Statements(url, pool_size=4, application_name="tinko-ingest")
    return Container(
        settings=settings,
        clock=clock or SystemClock(),
        database=Database(url, pool_size=settings.database_pool_size),
        redis=redis,
        crypto=crypto,
        tokens=AccessTokens(crypto.keys_for("access-token"), lifetime=timedelta(minutes=settings.access_token_minutes)),
        link_tokens=link_tokens,
        limiter=limiter,
        leased_limiter=LeasedRateLimiter(limiter),
        api_keys=ApiKeyCache(),
        at_once=AtOnce(statements.connect),
        payments=Dispatcher(registry=registry, breakers=breakers, rate_limiter=limiter),
        sandbox_console=SandboxConsole(_providers(settings, clock or SystemClock())["sandbox"]),
        ops=Ops(database=Database(url, pool_size=2, application_name="tinko-ops"), broker=redis, breakers=breakers),
        mailroom=Mailroom(
            channels=channels,
            crypto=crypto,
            link_tokens=link_tokens,
            base_url=settings.public_base_url,
            link_ttl=timedelta(hours=settings.message_link_hours),
            daily_cap=settings.message_daily_cap,
            outages=Outages(breakers),
        ),
        _statements=statements,
        _registry=registry,
        _channels=channels,
    )


def _providers(settings: Settings, clock: Clock) -> dict[str, ProviderSettings]:
    patience = timedelta(seconds=settings.psp_read_timeout_seconds)
    own_patience = timedelta(seconds=settings.sandbox_read_timeout_seconds)
    bases: dict[str, str] = {
        # One line for each provider of `psp.registry.PROVIDERS`, beside the sandbox.
        "paymongo": settings.paymongo_api_base,
        "xendit": settings.xendit_api_base,
        "paypal": settings.paypal_api_base,  # empty: by the account's mode
        "razorpay": settings.razorpay_api_base,
        "stripe": settings.stripe_api_base,
    }
    return {
        "sandbox": ProviderSettings(api_base=settings.sandbox_api_base, read_timeout=own_patience),
        **{psp: ProviderSettings(base, patience, clock=clock) for psp, base in bases.items()},
    }


def _whatsapp(settings: Settings, twilio: TwilioSettings) -> WhatsAppSettings | TwilioSettings | None:
    """Return the number at Meta; without one, that at Twilio."""
    if settings.whatsapp_phone_number_id:
        return WhatsAppSettings(
            phone_number_id=settings.whatsapp_phone_number_id,
            access_token=settings.whatsapp_access_token.get_secret_value(),
            api_base=settings.whatsapp_api_base,
            template_prefix=settings.whatsapp_template_prefix,
        )
    if settings.twilio_account_sid and settings.twilio_whatsapp_sender:
        return replace(twilio, sender=settings.twilio_whatsapp_sender, whatsapp=True)
    return None


def _channels(settings: Settings) -> ChannelSettings:
    receipts = f"{settings.public_base_url.rstrip('/')}/v1/webhooks/messages/twilio"
    email = SmtpSettings(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value(),
        security=settings.smtp_security,
        ca_file=settings.smtp_ca_file,
    )
    sms = TwilioSettings(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token.get_secret_value(),
        sender=settings.twilio_sender,
        api_base=settings.twilio_api_base,
        status_url=receipts,
    )
    return ChannelSettings(
        email=email if settings.smtp_host else None,
        sms=sms if settings.twilio_account_sid else None,
        whatsapp=_whatsapp(settings, sms),
        console=settings.messages_console,
    )
