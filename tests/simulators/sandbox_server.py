"""A sandbox PSP on a loopback port of its own, in a thread, with a database of its own."""

import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import uvicorn
from psycopg.conninfo import make_conninfo

from app.simulators.sandbox import create_app

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
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", access_log=False, ws="none", timeout_graceful_shutdown=1)
    )
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started:
            if time.monotonic() > deadline or not thread.is_alive():
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=15)
