"""The table of commands. Only the chosen one is imported: `tinko stop` need not wait for a web framework."""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from pydantic import ValidationError

from app.cli.errors import CommandError
from app.cli.settings_errors import explain
from app.infra.embedded.errors import EmbeddedError
from app.infra.settings import Settings, load_settings

Command = Callable[[argparse.Namespace, Settings], int]

# name -> (where its `configure(parser)` is, what it is for); `configure` adds arguments and sets `command`
COMMANDS = {
    "run": ("app.cli.run:configure", "run everything on this machine, until Ctrl-C"),
    "stop": ("app.cli.stop:configure", "end the run that lives in TINKO_HOME"),
    "doctor": ("app.cli.doctor:configure", "check every dependency and setting"),
    "migrate": ("app.cli.migrate:configure", "bring the database's schema up to date"),
    "migration": ("app.cli.migrate:configure_new", "write a migration for what the models have and the schema lacks"),
    "api": ("app.cli.processes:configure_api", "serve the API in the foreground"),
    "worker": ("app.cli.processes:configure_worker", "run a Celery worker in the foreground"),
    "beat": ("app.cli.processes:configure_beat", "run the scheduler in the foreground"),
    "sandbox": ("app.cli.sandbox:configure", "serve the sandbox PSP in the foreground"),
    "mail": ("app.cli.mail:configure", "serve the sink for mail, SMS and WhatsApp in the foreground"),
    "keys": ("app.cli.keys:configure", "seal secrets again after SECRET_KEY was changed"),
    "replay": ("app.cli.replay:configure", "have stored webhooks processed again"),
    "analytics": ("app.cli.analytics:configure", "recount the rollups that figures are read from, or check them"),
    "seed": ("app.cli.seed_history:configure", "write a made-up history into a test organization"),
    "backfill": ("app.cli.backfill:configure", "read a provider account's earlier payments"),
    "bench": ("app.cli.bench:configure", "measure, and write bench.json"),
}


def build_parser(chosen: str) -> argparse.ArgumentParser:
    """Build the parser with the arguments of the command `chosen`."""
    parser = argparse.ArgumentParser(prog="tinko", description="Recovers failed payments.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (place, purpose) in COMMANDS.items():
        child = commands.add_parser(name, help=purpose, description=purpose)
        if name == chosen:
            module, _, function = place.partition(":")
            getattr(import_module(module), function)(child)
    return parser


def run_command(argv: Sequence[str]) -> int:
    """Run one command and return its exit code; what it cannot do is one message on standard error."""
    arguments = build_parser(argv[0] if argv else "").parse_args(argv)
    command: Command = arguments.command
    try:
        return command(arguments, load_settings())
    except ValidationError as error:
        print("\n".join(explain(error)), file=sys.stderr)
    except (CommandError, EmbeddedError) as error:
        print(f"tinko: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1
