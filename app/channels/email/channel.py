"""SMTP, step by step: only once the text is on its way can a broken connection leave anybody in doubt."""

import smtplib
import ssl
from email.errors import HeaderParseError
from email.message import EmailMessage
from typing import Final

from app.channels.email.compose import compose
from app.channels.provider import ReadyChannel, SmtpSettings
from app.domain.notify.port import Effect, OutgoingMessage, SendOutcome, SendResult

_PERMANENT: Final = 500
_OK: Final = 250
_WILL_FORWARD: Final = 251
# Mailbox unavailable, not local, or its name not allowed (RFC 5321); X.1.1, X.1.2, X.1.10 in RFC 3463's words.
_DEAD: Final = frozenset({550, 551, 553})
_ALIVE_AFTER_ALL: Final = ("5.7.", "5.2.", "5.3.", "5.4.")


class EmailChannel:
    """Sends mail over a connection of its own each time. SMTP has no idempotency keys."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def send(self, message: OutgoingMessage) -> SendResult:
        """Hand a mail to the server; its Message-ID is the provider's id."""
        try:
            mail = compose(message, sender=self._settings.sender)
        except (ValueError, IndexError, HeaderParseError) as error:
            return SendResult(SendOutcome.PERMANENT, None, "address_invalid", str(error)[:200], Effect.DEAD)
        try:
            server = self._connect()
        except smtplib.SMTPResponseException as error:
            return SendResult(SendOutcome.TRANSIENT, None, str(error.smtp_code), _text(error.smtp_error))
        except (OSError, smtplib.SMTPException) as error:
            return SendResult(SendOutcome.TRANSIENT, None, "unreachable", type(error).__name__)
        try:
            return self._hand_over(server, mail, message)
        finally:
            _leave(server)

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        seconds = settings.timeout.total_seconds()
        server: smtplib.SMTP
        if settings.security == "tls":
            context = ssl.create_default_context()
            server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=seconds, context=context)
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=seconds)
        try:
            if settings.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.username:
                server.login(settings.username, settings.password)
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server

    def _hand_over(self, server: smtplib.SMTP, mail: EmailMessage, message: OutgoingMessage) -> SendResult:
        sender = mail["From"].addresses[0].addr_spec
        try:
            steps = (server.mail(sender), server.rcpt(message.recipient))
        except (OSError, smtplib.SMTPException) as error:
            return SendResult(SendOutcome.TRANSIENT, None, "unreachable", type(error).__name__)
        for number, (code, answer) in enumerate(steps):
            if code not in {_OK, _WILL_FORWARD}:
                return _refused(code, _text(answer), about_recipient=number == 1)
        try:
            code, answer = server.data(mail.as_bytes())
        except smtplib.SMTPDataError as error:
            return _refused(error.smtp_code, _text(error.smtp_error), about_recipient=False)
        except (OSError, smtplib.SMTPException) as error:
            return SendResult(SendOutcome.UNKNOWN, None, "no_reply", type(error).__name__)
        if code != _OK:
            return _refused(code, _text(answer), about_recipient=False)
        return SendResult(SendOutcome.SENT, str(mail["Message-ID"]))


def _refused(code: int, answer: str, *, about_recipient: bool) -> SendResult:
    if code < _PERMANENT:
        return SendResult(SendOutcome.TRANSIENT, None, str(code), answer)
    dead = about_recipient and code in _DEAD and not answer.startswith(_ALIVE_AFTER_ALL)
    return SendResult(SendOutcome.PERMANENT, None, str(code), answer, Effect.DEAD if dead else Effect.NONE)


def _text(answer: bytes | str) -> str:
    return (answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer)[:500]


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def build(settings: SmtpSettings) -> ReadyChannel:
    """Build the channel; connections are made as they are needed."""
    return ReadyChannel(EmailChannel(settings), lambda: None)
