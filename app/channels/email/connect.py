"""A connection to the mail server, with its errors in words that say what to mend."""

import smtplib
import ssl

from app.channels.provider import SmtpSettings


class NotConnectedError(Exception):
    """No mail can be handed over now: `code` is a stable word or the server's number, `detail` says what to mend."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


def connect(settings: SmtpSettings) -> smtplib.SMTP:
    """Return a connection that mail can be handed over to; raises `NotConnectedError`. Whoever calls ends it."""
    where = f"{settings.host}:{settings.port}"
    try:
        return _greeted(settings)
    except ssl.SSLCertVerificationError as error:
        detail = f"The certificate of {where} is not trusted: {error.verify_message}. SMTP_CA_FILE names whom to trust."
        raise NotConnectedError("tls_untrusted", detail) from error
    except ssl.SSLError as error:
        detail = f"{where} does not speak TLS there ({error.reason}). SMTP_SECURITY is tls for 465, starttls for 587."
        raise NotConnectedError("tls_failed", detail) from error
    except smtplib.SMTPNotSupportedError as error:
        code = "starttls_missing" if "STARTTLS" in str(error) else "login_missing"
        raise NotConnectedError(code, f"{where}: {error}") from error
    except smtplib.SMTPAuthenticationError as error:
        detail = f"{where} refuses SMTP_USERNAME and SMTP_PASSWORD: {text_of(error.smtp_error)}"
        raise NotConnectedError(str(error.smtp_code), detail[:500]) from error
    except smtplib.SMTPResponseException as error:
        raise NotConnectedError(str(error.smtp_code), f"{where}: {text_of(error.smtp_error)}"[:500]) from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotConnectedError("unreachable", f"{where}: {str(error) or type(error).__name__}"[:500]) from error


def text_of(answer: bytes | str) -> str:
    """Return what a server said."""
    return (answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer)[:500]


def leave(server: smtplib.SMTP) -> None:
    """End a connection, politely if the server is still there."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def _greeted(settings: SmtpSettings) -> smtplib.SMTP:
    seconds, trust = settings.timeout.total_seconds(), None
    if settings.security != "none":
        trust = ssl.create_default_context(cafile=settings.ca_file or None)
    server: smtplib.SMTP
    if settings.security == "tls":
        server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=seconds, context=trust)
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=seconds)
    try:
        if settings.security == "starttls":
            server.starttls(context=trust)
        server.ehlo_or_helo_if_needed()
        if settings.username:
            server.login(settings.username, settings.password)
    except BaseException:
        server.close()
        raise
    return server
