"""`tinko mail`: an SMTP sink, doors for SMS and WhatsApp, and a page that shows what was sent."""

import argparse

from app.infra.settings import Settings
from app.simulators.mailbox import serve


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=None, help="of the page; default: TINKO_MAIL_PORT")
    parser.add_argument("--smtp-port", type=int, default=None, help="default: TINKO_SMTP_SINK_PORT")
    parser.set_defaults(command=_serve)


def _serve(arguments: argparse.Namespace, settings: Settings) -> int:
    serve(
        host=arguments.host,
        port=arguments.port or settings.mail_port,
        smtp_port=arguments.smtp_port or settings.smtp_sink_port,
    )
    return 0
