"""The whole application with a real sandbox behind it, for whoever drives a browser: tests and the bench."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from app.bootstrap import Container, build_container
from app.infra.settings import Settings
from app.main import create_app
from tests.fakes.clock import FakeClock
from tests.fakes.server import served


@contextmanager
def open_shop(settings: Settings, clock: FakeClock) -> Iterator[tuple[str, Container]]:
    """Serve the application over the sandbox that the settings name; yields its address and its container."""
    container = build_container(settings, clock=clock)
    app = create_app(container)
    with served(app) as url:
        # Links and return addresses name the port, which is known only now.
        public = settings.model_copy(update={"public_base_url": url})
        mailroom = replace(container.mailroom, base_url=url)
        app.state.container = replace(container, settings=public, mailroom=mailroom)
        yield url, app.state.container
