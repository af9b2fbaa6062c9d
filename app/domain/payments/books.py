"""The port to the sandbox's own books: what it booked, apart from what Tinko believes."""

from collections.abc import Sequence
from typing import Any, Protocol


class BooksPage(Protocol):
    """One page of the books, oldest first.

    Each item is `{id, transaction_ref, amount, currency, status, refunded_amount, created_at}`.
    """

    @property
    def items(self) -> Sequence[dict[str, Any]]:
        """Return the charges of this page."""

    @property
    def next_cursor(self) -> str | None:
        """Return where the next page begins; None if this is the last."""


class SandboxBooks(Protocol):
    """The books of one account at the sandbox, named by its API key."""

    def charges(self, api_key: str, *, transaction_ref: str | None, limit: int, cursor: str | None) -> BooksPage:
        """List the charges that it saw, declined ones too; raises `UnavailableError` if it does not answer."""
