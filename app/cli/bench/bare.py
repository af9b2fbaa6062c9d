"""What single ingest is compared with: FastAPI reads the same body into the same model, and answers."""

from importlib import import_module
from typing import Any

from fastapi import FastAPI

PATH = "/bare"


def create_app() -> FastAPI:
    """Return an application with one async endpoint and nothing else."""
    app = FastAPI()

    async def report_failure(event: Any) -> dict[str, str]:
        return {"transaction_ref": event.transaction_ref}

    # By name, because the command line and the API are siblings, and siblings do not import each other.
    report_failure.__annotations__["event"] = import_module("app.api.schemas.events").FailureEventIn
    app.post(PATH, status_code=201)(report_failure)
    return app
