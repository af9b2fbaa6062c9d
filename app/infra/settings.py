"""The only reader of the environment. Every setting is documented here and in `.env.example`."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT_SECRET = "development-only-secret-change-me-0000000"  # noqa: S105  (refused outside development)


class Settings(BaseSettings):
    """Tinko's settings, read once at the start of a process."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True, hide_input_in_errors=True)

    env: Literal["development", "production"] = Field("development", validation_alias="TINKO_ENV")
    home: Path = Field(Path(".tinko"), validation_alias="TINKO_HOME")
    host: str = Field("127.0.0.1", validation_alias="TINKO_HOST")
    port: int = Field(8000, ge=1, le=65535, validation_alias="TINKO_PORT")
    sandbox_port: int = Field(8020, ge=1, le=65535, validation_alias="TINKO_SANDBOX_PORT")
    postgres_port: int = Field(0, ge=0, le=65535, validation_alias="TINKO_POSTGRES_PORT")
    valkey_port: int = Field(0, ge=0, le=65535, validation_alias="TINKO_VALKEY_PORT")
    public_base_url: str = Field("http://127.0.0.1:8000", validation_alias="PUBLIC_BASE_URL")
    console_dir: str = Field("", validation_alias="CONSOLE_DIR")
    demo_history: int = Field(600, ge=0, le=100_000, validation_alias="DEMO_HISTORY")
    secret_key: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), min_length=32, validation_alias="SECRET_KEY")
    secret_keys_previous: SecretStr = Field(SecretStr(""), validation_alias="SECRET_KEYS_PREVIOUS")

    database_url: SecretStr = Field(SecretStr(""), validation_alias="DATABASE_URL")
    database_pool_size: int = Field(10, ge=1, le=200, validation_alias="DATABASE_POOL_SIZE")
    redis_url: SecretStr = Field(SecretStr(""), validation_alias="REDIS_URL")

    log_level: str = Field("INFO", validation_alias="LOG_LEVEL")
    log_format: Literal["json", "console"] = Field("json", validation_alias="LOG_FORMAT")
    sentry_dsn: SecretStr = Field(SecretStr(""), validation_alias="SENTRY_DSN")
    metrics_token: SecretStr = Field(SecretStr(""), validation_alias="METRICS_TOKEN")

    sandbox_api_base: str = Field("http://127.0.0.1:8020", validation_alias="SANDBOX_API_BASE")
    sandbox_read_timeout_seconds: float = Field(2.0, gt=0, le=60, validation_alias="SANDBOX_READ_TIMEOUT_SECONDS")

    psp_read_timeout_seconds: float = Field(20.0, gt=0, le=60, validation_alias="PSP_READ_TIMEOUT_SECONDS")
    stripe_api_base: str = Field("https://api.stripe.com", validation_alias="STRIPE_API_BASE")
    razorpay_api_base: str = Field("https://api.razorpay.com", validation_alias="RAZORPAY_API_BASE")
    paypal_api_base: str = Field("", validation_alias="PAYPAL_API_BASE")
    paymongo_api_base: str = Field("https://api.paymongo.com", validation_alias="PAYMONGO_API_BASE")
    xendit_api_base: str = Field("https://api.xendit.co", validation_alias="XENDIT_API_BASE")

    smtp_host: str = Field("", validation_alias="SMTP_HOST")
    smtp_port: int = Field(587, ge=1, le=65535, validation_alias="SMTP_PORT")
    smtp_username: str = Field("", validation_alias="SMTP_USERNAME")
    smtp_password: SecretStr = Field(SecretStr(""), validation_alias="SMTP_PASSWORD")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", validation_alias="SMTP_SECURITY")
    smtp_ca_file: str = Field("", validation_alias="SMTP_CA_FILE")
    mail_from: str = Field("payments@localhost.localdomain", validation_alias="MAIL_FROM")
    mail_receipt_token: SecretStr = Field(SecretStr(""), validation_alias="MAIL_RECEIPT_TOKEN")
    mail_port: int = Field(8025, ge=1, le=65535, validation_alias="TINKO_MAIL_PORT")
    smtp_sink_port: int = Field(8026, ge=1, le=65535, validation_alias="TINKO_SMTP_SINK_PORT")
    twilio_api_base: str = Field("https://api.twilio.com", validation_alias="TWILIO_API_BASE")
    twilio_account_sid: str = Field("", validation_alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr = Field(SecretStr(""), validation_alias="TWILIO_AUTH_TOKEN")
    twilio_sender: str = Field("", validation_alias="TWILIO_SENDER")
    twilio_whatsapp_sender: str = Field("", validation_alias="TWILIO_WHATSAPP_SENDER")
    whatsapp_api_base: str = Field("https://graph.facebook.com/v23.0", validation_alias="WHATSAPP_API_BASE")
    whatsapp_phone_number_id: str = Field("", validation_alias="WHATSAPP_PHONE_NUMBER_ID")
    whatsapp_access_token: SecretStr = Field(SecretStr(""), validation_alias="WHATSAPP_ACCESS_TOKEN")
    whatsapp_app_secret: SecretStr = Field(SecretStr(""), validation_alias="WHATSAPP_APP_SECRET")
    whatsapp_verify_token: SecretStr = Field(SecretStr(""), validation_alias="WHATSAPP_VERIFY_TOKEN")
    whatsapp_template_prefix: str = Field("", validation_alias="WHATSAPP_TEMPLATE_PREFIX")
    messages_console: bool = Field(default=False, validation_alias="MESSAGES_CONSOLE")
    message_link_hours: int = Field(72, ge=1, le=168, validation_alias="MESSAGE_LINK_HOURS")
    message_tests_per_hour: int = Field(30, ge=1, validation_alias="MESSAGE_TESTS_PER_HOUR")
    message_daily_cap: int = Field(1, ge=1, le=20, validation_alias="MESSAGE_DAILY_CAP")

    sweep_interval_seconds: float = Field(1.0, gt=0, le=60, validation_alias="SWEEP_INTERVAL_SECONDS")
    reconcile_interval_seconds: int = Field(900, ge=10, le=86_400, validation_alias="RECONCILE_INTERVAL_SECONDS")
    sweep_in_flight: int = Field(200, ge=1, le=10_000, validation_alias="SWEEP_IN_FLIGHT")
    attempt_lease_seconds: int = Field(120, ge=5, le=3600, validation_alias="ATTEMPT_LEASE_SECONDS")
    broker_visibility_seconds: int = Field(600, ge=10, le=86_400, validation_alias="BROKER_VISIBILITY_SECONDS")
    worker_concurrency: int = Field(4, ge=1, le=256, validation_alias="WORKER_CONCURRENCY")
    worker_metrics_port: int = Field(0, ge=0, le=65535, validation_alias="WORKER_METRICS_PORT")

    rate_limit_auth_per_minute: int = Field(5, ge=1, validation_alias="RATE_LIMIT_AUTH_PER_MINUTE")
    rate_limit_writes_per_minute: int = Field(120_000, ge=1, validation_alias="RATE_LIMIT_WRITES_PER_MINUTE")
    rate_limit_reads_per_minute: int = Field(60_000, ge=1, validation_alias="RATE_LIMIT_READS_PER_MINUTE")

    request_log_per_second: int = Field(20, ge=0, le=1000, validation_alias="REQUEST_LOG_PER_SECOND")
    request_log_days: int = Field(7, ge=1, le=90, validation_alias="REQUEST_LOG_DAYS")

    idempotency_retention_hours: int = Field(48, ge=24, validation_alias="IDEMPOTENCY_RETENTION_HOURS")
    access_token_minutes: int = Field(15, ge=1, le=1440, validation_alias="ACCESS_TOKEN_MINUTES")
    session_days: int = Field(30, ge=1, le=365, validation_alias="SESSION_DAYS")

    @model_validator(mode="after")
    def _refuse_development_in_production(self) -> "Settings":
        """Refuse what is only good enough on a developer's machine."""
        if self.env == "production" and self.secret_key.get_secret_value() == DEVELOPMENT_SECRET:
            raise ValueError("SECRET_KEY must be set in production (openssl rand -hex 32)")
        return self


@cache
def load_settings() -> Settings:
    """Read the environment once; raises pydantic's ValidationError, which names each bad setting."""
    return Settings()


def child_environment(additions: Mapping[str, str]) -> dict[str, str]:
    """Return a copy of this process's environment with `additions`, for a child process."""
    return {**os.environ, **additions}
