"""`tinko sandbox`: the sandbox PSP, a simulator with books of its own (in a schema that Tinko never touches)."""

import argparse

from app.cli.addresses import database
from app.infra.settings import Settings
from app.simulators.sandbox import serve


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=None, help="default: TINKO_SANDBOX_PORT")
    parser.add_argument("--public-base-url", default="", help="where payers reach it, if not where its API is called")
    parser.set_defaults(command=_serve)


def _serve(arguments: argparse.Namespace, settings: Settings) -> int:
    with database(settings) as url:
        serve(
            host=arguments.host,
            port=arguments.port or settings.sandbox_port,
            database_url=url,
            public_base_url=arguments.public_base_url,
        )
    return 0
