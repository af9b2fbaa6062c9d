"""Runs the sandbox as a process of its own."""

import uvicorn

from app.simulators.sandbox.app import STALL_SECONDS, create_app


def serve(
    *,
    host: str,
    port: int,
    database_url: str,
    public_base_url: str = "",
    stall_seconds: float = STALL_SECONDS,
    log_level: str = "warning",
) -> None:
    """Serve until SIGINT or SIGTERM; several processes may share one database.

    `log_level` is uvicorn's (lower case). A call that still stalls is cut off after two seconds.
    """
    app = create_app(database_url=database_url, public_base_url=public_base_url, stall_seconds=stall_seconds)
    uvicorn.run(app, host=host, port=port, log_level=log_level.lower(), access_log=False, timeout_graceful_shutdown=2)
