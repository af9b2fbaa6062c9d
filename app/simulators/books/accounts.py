"""Accounts: every well-formed key is one, made at its first use."""

from dataclasses import asdict, dataclass

from app.simulators.books.database import Database, Row
from app.simulators.books.unit import Account


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """Where an account's webhooks go, and how unruly they are.

    `doubles` sends each twice, `reorders` holds some back behind later ones, `drops` is the share of those of
    `drop_types` (all, if empty) that is never sent.
    """

    url: str
    secret: str
    delay_seconds: float = 0.0
    doubles: bool = False
    reorders: bool = False
    drops: float = 0.0
    drop_types: tuple[str, ...] = ()


def find_or_make(database: Database, name: str) -> Row:
    """Return the account's row."""
    parameters = {"name": name}
    rows = database.run("SELECT * FROM accounts WHERE name = %(name)s", parameters)
    if not rows:
        database.run("INSERT INTO accounts (name) VALUES (%(name)s) ON CONFLICT DO NOTHING", parameters)
        rows = database.run("SELECT * FROM accounts WHERE name = %(name)s", parameters)
    return rows[0]


def set_webhook_endpoint(database: Database, account: Account, endpoint: WebhookEndpoint) -> None:
    """Change where the account's webhooks go; also those that already wait."""
    database.run(
        """
        UPDATE accounts
        SET webhook_url = %(url)s, webhook_secret = %(secret)s, delay_seconds = %(delay_seconds)s,
            doubles = %(doubles)s, reorders = %(reorders)s, drops = %(drops)s, drop_types = %(drop_types)s
        WHERE id = %(id)s
        """,
        {**asdict(endpoint), "id": account.id, "drop_types": list(endpoint.drop_types)},
    )


def set_down(database: Database, account: Account, *, down: bool) -> None:
    """Let every call of the account's API be refused as unavailable, or no longer."""
    database.run("UPDATE accounts SET is_down = %(down)s WHERE id = %(id)s", {"id": account.id, "down": down})
