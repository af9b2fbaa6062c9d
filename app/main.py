"""The HTTP door: `uvicorn --factory app.main:create_app`."""

import gc

from fastapi import FastAPI

from app.api.app import build_api
from app.bootstrap import Container, build_container
from app.infra.log import configure_logging, start_sentry
from app.infra.settings import load_settings
from app.pages.console import router as console
from app.pages.files import router as files
from app.pages.notices import router as notices
from app.pages.routes import router as pages


def create_app(container: Container | None = None) -> FastAPI:
    """Return the application; without a container, one from the environment's settings."""
    if container is None:
        settings = load_settings()
        configure_logging(settings)
        start_sentry(settings)
        container = build_container(settings)
    api = build_api(container)
    for router in (pages, files, notices, console):
        api.include_router(router)
    # What is there from the start stays: looking through it for garbage takes a tenth of a second, again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # requests leave little that goes in circles; the default looks every 700 objects
    return api
