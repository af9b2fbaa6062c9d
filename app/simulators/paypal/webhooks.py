"""The webhooks that an account has: the one that the simulator's keeper set, telling of everything."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from app.simulators.books.core import InAccount, InBooks
from app.simulators.books.unit import Unit

router = APIRouter(prefix="/v1/notifications")


@router.get("/webhooks")
def list_webhooks(books: InBooks, account: InAccount) -> Response:
    """List them; a webhook's id is the secret that the keeper set."""

    def work(unit: Unit) -> dict[str, Any]:
        statement = "SELECT * FROM accounts WHERE id = %(account_id)s AND webhook_url IS NOT NULL"
        shown = [
            {"id": row["webhook_secret"], "url": row["webhook_url"], "event_types": [{"name": "*"}]}
            for row in unit.rows(statement)
        ]
        return {"webhooks": shown}

    return books.read(account, work)
