"""An SMTP server on this machine that keeps what it is given, and refuses what it is told to."""

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Postbox:
    """Collects mail. `rcpt_answer` and `data_answer` come instead of an OK; `hang_up` breaks off after the text."""

    def __init__(self) -> None:
        self.mails = []
        self.rcpt_answer: str | None = None
        self.data_answer: str | None = None
        self.hang_up = False

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: ARG002, N802  (aiosmtpd's names)
        if self.rcpt_answer:
            return self.rcpt_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: ARG002, N802  (aiosmtpd's names)
        if self.hang_up:
            server.transport.abort()
            return "250 never seen"
        if self.data_answer:
            return self.data_answer
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def postbox(**terms: Any) -> Iterator[tuple[Postbox, int]]:
    """Serve a postbox; yields it with its port. `terms` are aiosmtpd's: `ssl_context` for TLS from the first byte."""
    box, port = Postbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, **terms)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


class Doorkeeper:
    """Lets in whoever knows the password."""

    def __init__(self, password: str = "open sesame") -> None:
        self.password = password

    def __call__(self, server, session, envelope, mechanism, given):  # noqa: ARG002  (aiosmtpd's names)
        """Have the names of `aiosmtpd.smtp.AuthenticatorType`."""
        return AuthResult(success=given.login == b"tinko" and given.password == self.password.encode(), handled=False)
