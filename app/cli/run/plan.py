"""Which programs a run consists of, and what they are told by their environment."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from app.cli.home import Home
from app.cli.processes import api_arguments, beat_arguments, worker_arguments
from app.cli.run.ports import free_port, is_free
from app.cli.run.services import ProgramService
from app.infra.embedded.process import Program
from app.infra.settings import Settings

_GRACE_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts of a run are."""

    base_url: str
    sandbox_url: str
    database_url: str
    redis_url: str
    mail_url: str = ""


def base_url(settings: Settings) -> str:
    """Return the address under which this machine reaches the API."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::", ""} else settings.host  # noqa: S104  (compared, not bound)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def starts_sandbox(settings: Settings) -> bool:
    """Say whether the run brings its own sandbox PSP: not when SANDBOX_API_BASE names one elsewhere."""
    return "sandbox_api_base" not in settings.model_fields_set


def sandbox_url(settings: Settings) -> str:
    """Return where the sandbox PSP is."""
    return f"http://127.0.0.1:{settings.sandbox_port}" if starts_sandbox(settings) else settings.sandbox_api_base


def starts_mail(settings: Settings) -> bool:
    """Say whether the run brings its own sink for messages: not when SMTP_HOST names a server."""
    return not settings.smtp_host


def with_mail_ports(settings: Settings) -> Settings:
    """Move the sink's ports to free ones where the usual are taken and nobody asked for them."""
    if not starts_mail(settings):
        return settings
    usual = {"mail_port": settings.mail_port, "smtp_sink_port": settings.smtp_sink_port}
    moved = {
        name: free_port()
        for name, port in usual.items()
        if name not in settings.model_fields_set and not is_free("127.0.0.1", port)
    }
    return settings.model_copy(update=moved)


def mail_url(settings: Settings) -> str:
    """Return where sent messages can be read; empty if they really leave."""
    return f"http://127.0.0.1:{settings.mail_port}" if starts_mail(settings) else ""


def _mail_environment(settings: Settings) -> Mapping[str, str]:
    """Lead every channel that the user has not set up into the sink."""
    if not starts_mail(settings):
        return {}
    told = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(settings.smtp_sink_port), "SMTP_SECURITY": "none"}
    sandbox = "sandbox"
    if not settings.twilio_account_sid:
        told |= {"TWILIO_API_BASE": mail_url(settings), "TWILIO_ACCOUNT_SID": "ACsandbox"}
        told |= {"TWILIO_AUTH_TOKEN": sandbox, "TWILIO_SENDER": "+15005550006"}
    if not settings.whatsapp_phone_number_id:
        told |= {"WHATSAPP_API_BASE": mail_url(settings), "WHATSAPP_PHONE_NUMBER_ID": "100000000000000"}
        told |= {"WHATSAPP_ACCESS_TOKEN": sandbox}
    return told


def secret_key(settings: Settings, home: Home) -> str:
    """Return SECRET_KEY, or one that was made for this home once."""
    if "secret_key" in settings.model_fields_set:
        return settings.secret_key.get_secret_value()
    return home.secret_key()


def environment(settings: Settings, home: Home, addresses: Addresses) -> Mapping[str, str]:
    """Return what the children are told; what the user set stays as it is."""
    told = {
        "TINKO_HOME": str(home.path),
        "DATABASE_URL": addresses.database_url,
        "REDIS_URL": addresses.redis_url,
        "SECRET_KEY": secret_key(settings, home),
        "SANDBOX_API_BASE": addresses.sandbox_url,
        "TINKO_SANDBOX_PORT": str(settings.sandbox_port),
        "PYTHONUNBUFFERED": "1",
        **_mail_environment(settings),
    }
    if "public_base_url" not in settings.model_fields_set:
        told["PUBLIC_BASE_URL"] = addresses.base_url
    if "log_format" not in settings.model_fields_set:
        told["LOG_FORMAT"] = "console"
    return told


def programs(settings: Settings, told: Mapping[str, str], lock: int) -> list[ProgramService]:
    """Return the programs of a run, in the order of their start."""
    commands = {
        "api": api_arguments(settings),
        "worker": worker_arguments(settings, queues="work"),
        "control": worker_arguments(settings, queues="control", concurrency=1),
        "beat": beat_arguments(settings),
    }
    if starts_sandbox(settings):
        commands = {"sandbox": ("-m", "app", "sandbox", "--port", str(settings.sandbox_port)), **commands}
    if starts_mail(settings):
        ports = ("--port", str(settings.mail_port), "--smtp-port", str(settings.smtp_sink_port))
        commands = {"mail": ("-m", "app", "mail", *ports), **commands}
    return [
        ProgramService(
            Program(name, [sys.executable, *arguments], grace_seconds=_GRACE_SECONDS),
            {**told, **_quieter(settings, name)},
            (lock,),
        )
        for name, arguments in commands.items()
    ]


def _quieter(settings: Settings, name: str) -> Mapping[str, str]:
    """Spare people the ticking: beat and control say the same every second."""
    ticks = name in {"beat", "control"} and "log_level" not in settings.model_fields_set
    return {"LOG_LEVEL": "WARNING"} if ticks else {}
