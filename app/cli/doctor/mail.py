"""The doctor's look at how messages leave: the sink of a run, or the operator's mail server and providers."""

from collections.abc import Sequence
from datetime import timedelta

from app.channels.email.connect import NotConnectedError, connect, leave
from app.channels.provider import SmtpSettings
from app.cli.doctor.findings import Finding, bad, well
from app.cli.home import Home
from app.cli.run.plan import starts_mail
from app.cli.run.ports import is_free
from app.infra.settings import Settings

_PATIENCE = timedelta(seconds=5)


def mail_ports(settings: Settings) -> Sequence[Finding]:
    """Look whether the sink of a run could listen; a taken port matters only if it was asked for."""
    if not starts_mail(settings) or Home(settings.home).running() is not None:
        return []
    wanted = {"mail_port": settings.mail_port, "smtp_sink_port": settings.smtp_sink_port}
    return [_port(settings, name, port) for name, port in wanted.items()]


def _port(settings: Settings, name: str, port: int) -> Finding:
    setting = str(Settings.model_fields[name].validation_alias)
    if is_free("127.0.0.1", port):
        return well(setting, f"{port} on 127.0.0.1 is free")
    if name not in settings.model_fields_set:
        return well(setting, f"{port} on 127.0.0.1 is taken; `tinko run` takes a free one")
    return bad(setting, f"{port} on 127.0.0.1 is taken; set {setting} to another port, or leave it out.")


def mail_server(settings: Settings) -> Sequence[Finding]:
    """Look whether mail would be taken: connect, secure the line, log in; nothing is sent."""
    if not settings.smtp_host:
        return [_without_server(settings)]
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    smtp = SmtpSettings(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value(),
        security=settings.smtp_security,
        ca_file=settings.smtp_ca_file,
        timeout=_PATIENCE,
    )
    try:
        leave(connect(smtp))
    except NotConnectedError as error:
        return [bad("mail", f"{error.detail} ({error.code}). Check SMTP_HOST, SMTP_PORT and SMTP_SECURITY.")]
    how = {"tls": "over TLS", "starttls": "after STARTTLS", "none": "without encryption"}[settings.smtp_security]
    login = ", logged in" if settings.smtp_username else ""
    if settings.smtp_username and settings.smtp_security == "none":
        return [bad("mail", f"{where} is told its password without encryption; set SMTP_SECURITY to starttls or tls.")]
    return [well("mail", f"{where} answers {how}{login}"), *_sender(settings)]


def _without_server(settings: Settings) -> Finding:
    if settings.env == "production":
        return bad("mail", "SMTP_HOST is not set, so payers get no mail; set it, with SMTP_PORT and SMTP_SECURITY.")
    return well("mail", "starts with `tinko run` (SMTP_HOST is not set): a sink with a page, nothing leaves")


def _sender(settings: Settings) -> Sequence[Finding]:
    if "mail_from" in settings.model_fields_set or settings.env != "production":
        return []
    return [bad("MAIL_FROM", f"not set, so mail comes from {settings.mail_from}; set it to an address of yours.")]


def providers(settings: Settings) -> Sequence[Finding]:
    """Look whether what belongs together is set together; a number without it sends nothing, or learns of nothing."""
    groups = {
        "sms": ("twilio_account_sid", ("twilio_auth_token", "twilio_sender")),
        "whatsapp": (
            "whatsapp_phone_number_id",
            ("whatsapp_access_token", "whatsapp_app_secret", "whatsapp_verify_token"),
        ),
    }
    return [
        found
        for subject, (key, needed) in groups.items()
        if (found := _group(settings, subject, key, needed)) is not None
    ]


def _group(settings: Settings, subject: str, key: str, needed: tuple[str, ...]) -> Finding | None:
    if not getattr(settings, key):
        return None
    missing = [name.upper() for name in needed if not _plain(getattr(settings, name))]
    if missing:
        return bad(subject, f"{key.upper()} is set, and {', '.join(missing)} is not; set it too.")
    return well(subject, f"{key.upper()} is set, with what it needs")


def _plain(value: object) -> str:
    return str(value.get_secret_value()) if hasattr(value, "get_secret_value") else str(value)
