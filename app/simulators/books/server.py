"""Runs a simulator as a process of its own."""

import uvicorn

from app.simulators.books.app import STALL_SECONDS, create_app
from app.simulators.books.skin import Skin


def serve(
    skin: Skin,
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
    app = create_app(skin, database_url=database_url, public_base_url=public_base_url, stall_seconds=stall_seconds)
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level=log_level.lower(),
        access_log=False,
        date_header=False,
        timeout_graceful_shutdown=2,
    )
