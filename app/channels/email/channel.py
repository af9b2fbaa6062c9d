"""SMTP, step by step: only once the text is on its way can a broken connection leave anybody in doubt."""

import smtplib
from email.errors import HeaderParseError
from email.message import EmailMessage
from typing import Final

from app.channels.email.compose import compose
from app.channels.email.connect import NotConnectedError, connect, leave, text_of
from app.channels.provider import ReadyChannel, SmtpSettings
from app.domain.notify.port import Effect, OutgoingMessage, SendOutcome, SendResult

_PERMANENT: Final = 500
_OK: Final = 250
_WILL_FORWARD: Final = 251
# What a server says to whom it does not know (RFC 4954): for the operator to mend, so the mail is tried again.
_LOG_IN_FIRST: Final = frozenset({530, 534, 535, 538})
# Mailbox unavailable, not local, or its name not allowed (RFC 5321); X.1.1, X.1.2, X.1.10 in RFC 3463's words.
_DEAD: Final = frozenset({550, 551, 553})
_ALIVE_AFTER_ALL: Final = ("5.7.", "5.2.", "5.3.", "5.4.")


class EmailChannel:
    """Sends mail over a connection of its own each time. SMTP has no idempotency keys."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def send(self, message: OutgoingMessage) -> SendResult:
        """Hand a mail to the server; its Message-ID is the provider's id."""
        if not message.recipient.rpartition("@")[0].isascii():
            detail = "The name before the @ is not in ASCII, which few servers take."
            return SendResult(SendOutcome.PERMANENT, None, "address_not_ascii", detail)
        try:
            recipient = _on_the_wire(message.recipient)
            mail = compose(message, recipient=recipient, sender=self._settings.sender)
        except (ValueError, IndexError, HeaderParseError) as error:
            return SendResult(SendOutcome.PERMANENT, None, "address_invalid", str(error)[:200], Effect.DEAD)
        try:
            server = connect(self._settings)
        except NotConnectedError as error:
            return SendResult(SendOutcome.TRANSIENT, None, error.code, error.detail)
        try:
            return _hand_over(server, mail, recipient)
        finally:
            leave(server)


def _hand_over(server: smtplib.SMTP, mail: EmailMessage, recipient: str) -> SendResult:
    sender = mail["From"].addresses[0].addr_spec
    try:
        steps = (server.mail(sender), server.rcpt(recipient))
    except (OSError, smtplib.SMTPException) as error:
        return SendResult(SendOutcome.TRANSIENT, None, "unreachable", type(error).__name__)
    for number, (code, answer) in enumerate(steps):
        if code not in {_OK, _WILL_FORWARD}:
            return _refused(code, text_of(answer), about_recipient=number == 1)
    try:
        code, answer = server.data(mail.as_bytes())
    except smtplib.SMTPDataError as error:
        return _refused(error.smtp_code, text_of(error.smtp_error), about_recipient=False)
    except (OSError, smtplib.SMTPException) as error:
        return SendResult(SendOutcome.UNKNOWN, None, "no_reply", type(error).__name__)
    if code != _OK:
        return _refused(code, text_of(answer), about_recipient=False)
    return SendResult(SendOutcome.SENT, str(mail["Message-ID"]))


def _refused(code: int, answer: str, *, about_recipient: bool) -> SendResult:
    if code < _PERMANENT or code in _LOG_IN_FIRST:
        return SendResult(SendOutcome.TRANSIENT, None, str(code), answer)
    dead = about_recipient and code in _DEAD and not answer.startswith(_ALIVE_AFTER_ALL)
    return SendResult(SendOutcome.PERMANENT, None, str(code), answer, Effect.DEAD if dead else Effect.NONE)


def _on_the_wire(address: str) -> str:
    """Return an address with its domain as servers know it (RFC 3490); raises ValueError where that cannot be."""
    name, at, domain = address.rpartition("@")
    return address if domain.isascii() else f"{name}{at}{domain.encode('idna').decode('ascii')}"


def build(settings: SmtpSettings) -> ReadyChannel:
    """Build the channel; connections are made as they are needed."""
    return ReadyChannel(EmailChannel(settings), lambda: None)
