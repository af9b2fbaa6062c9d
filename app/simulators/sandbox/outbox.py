"""Webhooks as rows: written with the payment they tell of, claimed and sent later by `sender`."""

import json
import secrets
from typing import Final

from app.simulators.sandbox.schema import Conn, Row
from app.simulators.sandbox.views import payment_view

HOLD_SECONDS: Final = 0.6
"""`reorders` holds each of four neighbours back by a different multiple of this: the first the longest."""
DOUBLE_SECONDS: Final = 0.4
"""`doubles` sends the second copy this much later."""

_TOLD: Final = frozenset({"captured", "declined", "requires_action"})

_INSERT: Final = """
INSERT INTO sandbox_psp.deliveries (account_id, event_id, body, status, due_at, ended_at)
SELECT a.id, %(event_id)s, %(body)s,
       CASE WHEN a.drops THEN 'dropped' ELSE 'waiting' END,
       clock_timestamp() + make_interval(secs =>
           a.delay_seconds + copy * %(double)s + CASE WHEN a.reorders THEN %(hold)s ELSE 0 END),
       CASE WHEN a.drops THEN clock_timestamp() END
FROM sandbox_psp.accounts a, generate_series(0, CASE WHEN a.doubles THEN 1 ELSE 0 END) AS copy
WHERE a.id = %(account_id)s AND a.webhook_url IS NOT NULL
"""


def enqueue(connection: Conn, payment: Row, *, kind: str | None = None) -> None:
    """Write the webhook that tells of a payment as it is now, in the caller's transaction.

    `kind` defaults to the status; a pending payment is not told of, nor is anything without an endpoint.
    """
    if kind is None and payment["status"] not in _TOLD:
        return
    event_id = f"evt_{secrets.token_hex(12)}"
    row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::bigint AS now").fetchone()
    event = {
        "id": event_id,
        "type": kind or f"payment.{payment['status']}",
        "created": row["now"] if row else 0,
        "data": {"payment": payment_view(payment)},
    }
    connection.execute(
        _INSERT,
        {
            "account_id": payment["account_id"],
            "event_id": event_id,
            "body": json.dumps(event),
            "double": DOUBLE_SECONDS,
            "hold": (3 - payment["seq"] % 4) * HOLD_SECONDS,
        },
    )
