"""An SMTP server that takes every mail and delivers none."""

import email
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from app.infra.clock import Clock
from app.simulators.mailbox.store import Store


class _Sink:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  (aiosmtpd's name)
        """Keep a mail for each of its recipients."""
        del server, session
        mail = email.message_from_bytes(envelope.content, policy=default)
        for recipient in envelope.rcpt_tos:
            self._store.add(
                channel="email",
                sender=str(mail["From"] or envelope.mail_from),
                recipient=recipient,
                subject=str(mail["Subject"] or ""),
                text=_part(mail, "plain"),
                html=_part(mail, "html"),
                headers={name: str(value) for name, value in mail.items()},
                received_at=self._clock.now(),
            )
        return "250 OK"


def smtp_sink(store: Store, *, clock: Clock, host: str, port: int) -> Controller:
    """Return a server for `start()` and `stop()`; it runs in a thread of its own."""
    return Controller(_Sink(store, clock), hostname=host, port=port)


def _part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    return str(body.get_content()) if body is not None else ""
