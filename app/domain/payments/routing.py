"""Through which of an organization's accounts a payment goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.payments.errors import NoPspAccountError

SANDBOX: Final = "sandbox"


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What routing needs to know of a PSP account. A smaller `priority` goes first."""

    id: str
    psp: str
    priority: int
    live: bool
    enabled: bool


def choose_account(accounts: Sequence[AccountFacts], *, gateway: str, live: bool) -> AccountFacts:
    """Choose the account for a transaction that came through `gateway`.

    The transaction's own provider first (its tokens mean nothing elsewhere), by priority, then by
    id. A test organization falls back on the sandbox; a live one never does, and neither sees the
    other mode's accounts. Raises `NoPspAccountError`, which says what to do.
    """
    wanted = gateway.strip().casefold()
    usable = [a for a in accounts if a.enabled and a.live is live and not (live and a.psp == SANDBOX)]
    for psp in (wanted, SANDBOX):
        matching = [account for account in usable if account.psp == psp]
        if matching:
            return min(matching, key=lambda account: (account.priority, account.id))
    mode = "live" if live else "test"
    raise NoPspAccountError(
        f"No enabled {mode} PSP account can charge a payment of gateway {wanted!r}: "
        "connect one, or enable the one that is there."
    )
