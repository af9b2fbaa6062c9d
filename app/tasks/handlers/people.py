"""Mails to staff that have to be sent."""

from typing import Any

import structlog

from app.bootstrap import Container
from app.domain.notify.port import SendOutcome
from app.services.identity.mails import note_sent, open_wish, write_mail

_log = structlog.get_logger(__name__)


class MailNotTakenError(Exception):
    """The mail server did not take the mail now; it is tried again."""


def send_mail(container: Container, payload: dict[str, Any]) -> None:
    """Write and send one mail; no transaction is open while the server is spoken to."""
    facts, now = open_wish(container.crypto, payload), container.clock.now()
    with container.database.begin() as session:
        message = write_mail(
            session, crypto=container.crypto, facts=facts, base_url=container.settings.public_base_url, now=now
        )
    if message is None:
        return
    result = container.mailroom.channels.send(message)
    if result.outcome is SendOutcome.TRANSIENT:
        raise MailNotTakenError(result.error_code or "not taken")
    if result.outcome is SendOutcome.PERMANENT:
        _log.warning("staff_mail_refused", kind=facts["kind"], error_code=result.error_code)
        return
    with container.database.begin() as session:
        note_sent(session, facts=facts, now=now)
