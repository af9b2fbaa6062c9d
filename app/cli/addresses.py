"""Which servers a command talks to: the user's, those of the run in this home, or embedded ones for the moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.cli.errors import CommandError
from app.cli.home import Home
from app.infra.embedded.postgres import EmbeddedPostgres
from app.infra.settings import Settings


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Yield the URL of the database; an embedded one is started for the moment if nothing runs in TINKO_HOME."""
    home = Home(settings.home)
    running = home.running()
    if settings.database_url.get_secret_value():
        yield settings.database_url.get_secret_value()
    elif running is not None:
        if not running.database_url:
            raise CommandError(f"the run in {home.path} is still starting; try again in a moment.")
        yield running.database_url
    else:
        home.create()
        server = EmbeddedPostgres(home.path / "postgres", port=settings.postgres_port)
        server.start()
        try:
            yield server.url()
        finally:
            server.stop()
