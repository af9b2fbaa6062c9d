"""An ASGI application behind a real server, in a thread, on a port that nobody else has."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn


@contextmanager
def served(app, *, patience=3, **options) -> Iterator[str]:
    """Serve the application; yields its base URL. Starts its lifespan, and ends it.

    `patience` is for calls that are not answered yet at the end, in seconds; `options` go to uvicorn.
    """
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, ws="none", log_config=None, timeout_graceful_shutdown=patience, **options
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the application did not start")
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=15)
