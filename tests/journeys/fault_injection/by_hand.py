"""What the journeys that are also run by hand share: servers to throw away, a table for people, an exit code."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.conftest import TEMPLATE, Servers, create_database, ensure_template


class Place(NamedTuple):
    """Where a journey happens; what its programs wrote is in `folder`."""

    database_url: str
    redis_url: str
    folder: Path


@contextmanager
def throw_away(name: str) -> Iterator[Place]:
    """Start servers with a migrated database of that name, and stop them at the end; the folder stays."""
    servers, folder = Servers(), Path(tempfile.mkdtemp(prefix=f"tinko-{name}-"))
    try:
        postgres_url = servers.postgres_url()
        ensure_template(postgres_url)
        database_url = create_database(postgres_url, f"tinko_{name}", template=TEMPLATE)
        yield Place(database_url, servers.redis_url().replace("db=0", "db=1"), folder)
    finally:
        servers.stop()


def table(rows: Iterable[tuple[str, object]], *, wrong: Sequence[str], else_say: str) -> str:
    """Return rows for people, then what was wrong, or what to say if nothing was."""
    lines = [f"{name:<52}{value!s:>12}" for name, value in rows]
    return "\n".join([*lines, *([f"WRONG: {sentence}" for sentence in wrong] or [else_say])])


def tell(seed: int, folder: Path, summary: str, *, wrong: Sequence[str]) -> int:
    """Print how a run went, and return its exit code; the logs of a good one go."""
    print(f"seed {seed}, logs in {folder}")
    print(summary)
    if wrong:
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0
