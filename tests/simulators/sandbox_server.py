"""A sandbox PSP on a loopback port of its own, in a thread, with a database of its own."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import make_conninfo

from app.simulators.sandbox import create_app
from tests.fakes.server import served

STALL_SECONDS = 1.5
IMPATIENT_SECONDS = 0.5


@contextmanager
def own_database(postgres_url: str) -> Iterator[str]:
    """Lend a new, empty database of the cluster."""
    plain = postgres_url.replace("postgresql+psycopg://", "postgresql://", 1)
    name = f"sandbox_{secrets.token_hex(6)}"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    try:
        yield make_conninfo(plain, dbname=name)
    finally:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@contextmanager
def running_sandbox(database_url: str, **options) -> Iterator[str]:
    """Serve a sandbox; yields its base URL. `options` go to `create_app`."""
    app = create_app(database_url=database_url, stall_seconds=STALL_SECONDS, **options)
    with served(app, patience=0.1) as base_url:
        yield base_url
