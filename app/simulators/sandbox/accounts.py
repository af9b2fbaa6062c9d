"""Accounts: every well-formed API key is one, made at its first use."""

import re
from dataclasses import asdict, dataclass
from typing import Final

from app.simulators.sandbox.errors import SandboxError
from app.simulators.sandbox.schema import Database

_KEY: Final = re.compile(r"Bearer (sbx_[A-Za-z0-9_-]{8,128})")


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """Where an account's webhooks go, and how unruly they are.

    `doubles` sends each twice, `reorders` holds some back behind later ones, `drops` sends none.
    """

    url: str
    secret: str
    delay_seconds: float = 0.0
    doubles: bool = False
    reorders: bool = False
    drops: bool = False


def authenticate(database: Database, authorization: str) -> int:
    """Return the account of an `Authorization` header; raises a 401."""
    match = _KEY.fullmatch(authorization)
    if match is None:
        raise SandboxError(401, "unauthorized", "Send `Authorization: Bearer sbx_…`.")
    key = {"key": match[1]}
    find = "SELECT id FROM sandbox_psp.accounts WHERE api_key = %(key)s"
    rows = database.run(find, key)
    if not rows:
        database.run("INSERT INTO sandbox_psp.accounts (api_key) VALUES (%(key)s) ON CONFLICT DO NOTHING", key)
        rows = database.run(find, key)
    return int(rows[0]["id"])


def set_webhook_endpoint(database: Database, account_id: int, endpoint: WebhookEndpoint) -> None:
    """Change where the account's webhooks go; also those that already wait."""
    database.run(
        """
        UPDATE sandbox_psp.accounts
        SET webhook_url = %(url)s, webhook_secret = %(secret)s, delay_seconds = %(delay_seconds)s,
            doubles = %(doubles)s, reorders = %(reorders)s, drops = %(drops)s
        WHERE id = %(account_id)s
        """,
        {"account_id": account_id, **asdict(endpoint)},
    )
