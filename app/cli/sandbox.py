"""`tinko sandbox`: a provider to practise against, with books of its own (in a schema that Tinko never touches)."""

import argparse
from importlib import import_module
from typing import Final

from app.cli.addresses import database
from app.infra.settings import Settings
from app.simulators import SKINS, books, sandbox

_SANDBOX: Final = "sandbox"


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    ports = ", ".join(f"{name} {entry.port}" for name, entry in sorted(SKINS.items()))
    parser.add_argument("--as", dest="provider", choices=(_SANDBOX, *sorted(SKINS)), default=_SANDBOX)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=None, help=f"default: TINKO_SANDBOX_PORT; {ports}")
    parser.add_argument("--public-base-url", default="", help="where payers reach it, if not where its API is called")
    parser.set_defaults(command=_serve)


def _serve(arguments: argparse.Namespace, settings: Settings) -> int:
    own: str = arguments.provider
    with database(settings) as url:
        if own == _SANDBOX:
            sandbox.serve(
                host=arguments.host,
                port=arguments.port or settings.sandbox_port,
                database_url=url,
                public_base_url=arguments.public_base_url,
            )
        else:
            books.serve(
                _skin(SKINS[own].skin),
                host=arguments.host,
                port=arguments.port or SKINS[own].port,
                database_url=url,
                public_base_url=arguments.public_base_url,
            )
    return 0


def _skin(path: str) -> books.Skin:
    module, _, name = path.partition(":")
    skin = getattr(import_module(module), name)
    if not isinstance(skin, books.Skin):
        raise TypeError(f"{path} is no skin")
    return skin
