"""What the sandbox answers when it refuses: `{"error": {"code", "message"}}` with a status."""


class SandboxError(Exception):
    """A refusal: nothing was booked by this request."""

    def __init__(self, status: int, code: str, message: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_seconds = retry_after_seconds


def not_found(what: str) -> SandboxError:
    """Say that the account has no such thing."""
    return SandboxError(404, "not_found", f"No such {what}.")


def invalid(message: str) -> SandboxError:
    """Say that the request is wrong."""
    return SandboxError(422, "invalid_request", message)
