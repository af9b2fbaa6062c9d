"""What the routes of one running sandbox share."""

from dataclasses import dataclass

from fastapi import Request

from app.simulators.sandbox.schema import Database
from app.simulators.sandbox.sender import Sender


@dataclass(frozen=True, slots=True)
class Context:
    """The books, the sender of webhooks, and the settings."""

    database: Database
    sender: Sender
    stall_seconds: float
    public_base_url: str

    def base_url_for(self, request: Request) -> str:
        """Return where payers reach the pages: as set, else as this request came in."""
        return self.public_base_url or str(request.base_url).rstrip("/")
