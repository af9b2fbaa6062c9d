"""Webhooks as rows: written with what they tell of, claimed and sent later by `sender`."""

import json
from typing import Final

from psycopg.types.json import Jsonb

from app.simulators.books.database import Conn
from app.simulators.books.skin import Event

HOLD_SECONDS: Final = 0.6
"""`reorders` holds each of four neighbours back by a different multiple of this: the first the longest."""
DOUBLE_SECONDS: Final = 0.4
"""`doubles` sends the second copy this much later."""

# Which events get lost is random for their number and fixed for each: a hash of its id decides.
_INSERT: Final = """
INSERT INTO deliveries (account_id, event_id, type, body, headers, status, due_at, ended_at)
SELECT a.id, %(event_id)s, %(type)s, %(body)s, %(headers)s,
       CASE WHEN lost THEN 'dropped' ELSE 'waiting' END,
       clock_timestamp() + make_interval(secs =>
           a.delay_seconds + copy * %(double)s
           + CASE WHEN a.reorders THEN %(hold)s * (3 - place) ELSE 0 END),
       CASE WHEN lost THEN clock_timestamp() END
FROM accounts a
CROSS JOIN LATERAL (
    SELECT abs(hashtext(%(event_id)s)::bigint %% 1000) < a.drops * 1000
           AND (a.drop_types = '{}' OR %(type)s = ANY (a.drop_types)) AS lost,
           coalesce(pg_sequence_last_value('deliveries_id_seq'::regclass), 0) %% 4 AS place
) luck
CROSS JOIN generate_series(0, CASE WHEN a.doubles THEN 1 ELSE 0 END) AS copy
WHERE a.id = %(account_id)s AND a.webhook_url IS NOT NULL
"""


def enqueue(connection: Conn, account_id: int, event: Event) -> None:
    """Write one webhook in the caller's transaction; nothing without an endpoint."""
    connection.execute(
        _INSERT,
        {
            "account_id": account_id,
            "event_id": event.id,
            "type": event.type,
            "body": json.dumps(event.body),
            "headers": Jsonb(dict(event.headers)),
            "double": DOUBLE_SECONDS,
            "hold": HOLD_SECONDS,
        },
    )
