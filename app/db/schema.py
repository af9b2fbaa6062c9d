"""Which migrations there are, and which the database has."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.orm import Session

ROOT = Path(__file__).parents[2]


@cache
def head_revisions() -> frozenset[str]:
    """Return the heads of the migrations that are shipped beside the program; empty if none are."""
    try:
        return frozenset(ScriptDirectory.from_config(Config(toml_file=ROOT / "pyproject.toml")).get_heads())
    except CommandError:
        return frozenset()


def applied_revisions(session: Session) -> frozenset[str]:
    """Return what the database was migrated to; raises ProgrammingError if it never was."""
    return frozenset(session.execute(text("SELECT version_num FROM alembic_version")).scalars())
