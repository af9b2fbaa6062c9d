"""`tinko migrate`: brings the database's schema to the head of the migrations."""

import argparse
from pathlib import Path

from alembic.config import Config
from sqlalchemy.exc import OperationalError

from alembic import command
from app.cli.addresses import database
from app.cli.errors import CommandError
from app.infra.settings import Settings

ROOT = Path(__file__).parents[2]


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("revision", nargs="?", default="head", help="the revision to go to (default: head)")
    parser.set_defaults(command=migrate)


def configure_new(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `tinko migration`."""
    parser.add_argument("message", help="what the migration does, in a few words")
    parser.set_defaults(command=new_migration)


def new_migration(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write a migration with what the models have and the database lacks."""
    with database(settings) as url:
        upgrade(url)
        command.revision(alembic_config(url), arguments.message, autogenerate=True)
    return 0


def migrate(arguments: argparse.Namespace, settings: Settings) -> int:
    """Migrate the database that the settings mean."""
    with database(settings) as url:
        upgrade(url, arguments.revision)
    print("The schema is up to date.")
    return 0


def alembic_config(url: str) -> Config:
    """Return Alembic's configuration for `url`, from pyproject.toml."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Run the migrations up to `revision`; raises CommandError if the database cannot be reached."""
    try:
        command.upgrade(alembic_config(url), revision)
    except OperationalError as error:
        raise CommandError(f"the database does not answer: {error.orig}. Check DATABASE_URL.") from None
