"""Runs the mailbox as a process of its own."""

import uvicorn

from app.infra.clock import SystemClock
from app.simulators.mailbox.app import create_app
from app.simulators.mailbox.smtp import smtp_sink
from app.simulators.mailbox.store import Store


def serve(*, host: str, port: int, smtp_port: int, log_level: str = "warning") -> None:
    """Serve until SIGINT or SIGTERM; what came in is forgotten then."""
    store, clock = Store(), SystemClock()
    sink = smtp_sink(store, clock=clock, host=host, port=smtp_port)
    sink.start()
    try:
        uvicorn.run(
            create_app(store, clock=clock),
            host=host,
            port=port,
            log_level=log_level,
            access_log=False,
            timeout_graceful_shutdown=2,
        )
    finally:
        sink.stop()
