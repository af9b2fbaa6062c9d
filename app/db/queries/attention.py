"""How much of an organization waits for a person; every count is bounded, and read from an index."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.ids import MESSAGE, first_id

MOST: Final = 1000
"""Counts go no further."""
_LATELY: Final = timedelta(days=7)
_SOON: Final = timedelta(days=14)
_PATIENCE: Final = 3
"""So often a walk through an account's payments may fail before it is the account's fault."""


class Waiting(NamedTuple):
    """How many of a kind wait; for recoveries, by the reason that they name."""

    name: str
    reason: str | None
    waiting: int


_COUNTS: Final = text("""
    SELECT 'recoveries', reason, count(*) FROM (
        SELECT needs_attention AS reason FROM recoveries
        WHERE organization_id = :organization_id AND needs_attention IS NOT NULL LIMIT :most
    ) x GROUP BY 2
    UNION ALL SELECT 'unknown_outcomes', NULL, count(*) FROM (
        SELECT FROM attempts a WHERE organization_id = :organization_id AND status = 'unknown' AND NOT EXISTS (
            SELECT FROM recoveries WHERE id = a.recovery_id AND needs_attention IS NOT NULL
        ) LIMIT :most
    ) x
    UNION ALL SELECT 'duplicate_charges', NULL, count(*) FROM (
        SELECT FROM charges c WHERE organization_id = :organization_id AND status = 'refund_due' AND NOT EXISTS (
            SELECT FROM recoveries WHERE transaction_id = c.transaction_id AND needs_attention IS NOT NULL
        ) LIMIT :most
    ) x
    UNION ALL SELECT 'psp_events_dead', NULL, count(*) FROM (
        SELECT FROM psp_events WHERE organization_id = :organization_id AND status = 'dead' LIMIT :most
    ) x
    UNION ALL SELECT 'messages_' || status, NULL, count(*) FROM (
        SELECT status FROM messages
        WHERE organization_id = :organization_id AND status IN ('failed', 'unknown') AND id >= :lately LIMIT :most
    ) x GROUP BY 1
    UNION ALL SELECT 'outbox_dead', NULL, count(*) FROM (
        SELECT payload FROM outbox WHERE dead_at IS NOT NULL ORDER BY dead_at DESC LIMIT :most
    ) x WHERE :organization_id IN (
        payload ->> 'organization_id',
        (SELECT organization_id FROM charges WHERE id = payload ->> 'charge_id'),
        (SELECT organization_id FROM psp_events WHERE id = payload ->> 'psp_event_id'),
        (SELECT organization_id FROM psp_accounts WHERE id = payload ->> 'psp_account_id')
    )
    UNION ALL SELECT 'psp_accounts_failing', NULL, count(*) FROM psp_accounts a
    WHERE a.organization_id = :organization_id AND a.is_enabled AND a.deleted_at IS NULL AND EXISTS (
        SELECT FROM psp_readings r
        WHERE r.psp_account_id = a.id AND r.status = 'running' AND r.error IS NOT NULL AND r.tries >= :patience
    )
    UNION ALL SELECT 'api_keys_expiring', NULL, count(*) FROM (
        SELECT FROM api_keys WHERE organization_id = :organization_id AND revoked_at IS NULL
          AND expires_at > :now AND expires_at < :soon LIMIT :most
    ) x
""")


def count_waiting(session: Session, *, organization_id: str, org_now: datetime, now: datetime) -> list[Waiting]:
    """Return what waits, up to `MOST` of each kind; `org_now` is the organization's time, `now` the machine's.

    Messages are those of the last seven days, keys those that expire within fourteen. What a recovery names as
    the reason why it waits is counted there, and not a second time by itself.
    """
    given = {
        "organization_id": organization_id,
        "most": MOST,
        "lately": first_id(MESSAGE, at=org_now - _LATELY),
        "patience": _PATIENCE,
        "now": now,
        "soon": now + _SOON,
    }
    return [Waiting(*row) for row in session.execute(_COUNTS, given)]
