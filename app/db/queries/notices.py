"""Planned charges whose payers may have to be told: of the try itself, or of a card that ends before it."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session


class Unnoticed(NamedTuple):
    """A planned charge that nobody has looked at for this yet, and what its recovery's policy wants."""

    attempt_id: str
    recovery_id: str
    organization_id: str
    announces: bool
    warns: bool


# From the few policies that want it to their open recoveries; whoever wants nothing costs nothing.
_LOCK = text("""
    WITH wanting AS MATERIALIZED (
        SELECT p.organization_id, v.policy_id, v.version,
               coalesce((v.settings->>'notify_retry_scheduled')::boolean, false) AS announces,
               coalesce((v.settings->>'notify_card_expiring')::boolean, false) AS warns
        FROM policy_versions v JOIN policies p ON p.id = v.policy_id
        WHERE (v.settings @> '{"notify_retry_scheduled": true}' OR v.settings @> '{"notify_card_expiring": true}')
          AND (CAST(:organization_id AS text) IS NULL OR p.organization_id = :organization_id)
    )
    SELECT a.id, a.recovery_id, a.organization_id, w.announces, w.warns
    FROM wanting w
    JOIN recoveries r ON r.organization_id = w.organization_id AND r.status = 'open'
        AND r.policy_id = w.policy_id AND r.policy_version = w.version
    JOIN attempts a ON a.recovery_id = r.id AND a.kind = 'charge' AND a.status = 'scheduled'
        AND a.noticed_at IS NULL
    ORDER BY a.id LIMIT :batch
    FOR UPDATE OF a SKIP LOCKED
""")
_SEEN_TO = text("UPDATE attempts SET noticed_at = :now WHERE id = ANY(:ids)")


def lock_unnoticed(session: Session, *, organization_id: str | None, batch: int) -> list[Unnoticed]:
    """Lock up to `batch` planned charges that were not looked at yet, of one organization or of all."""
    found = session.execute(_LOCK, {"organization_id": organization_id, "batch": batch})
    return [Unnoticed(*row) for row in found]


def see_to(session: Session, *, attempt_ids: list[str], now: datetime) -> None:
    """Mark planned charges as looked at; `now` is the machine's time."""
    session.execute(_SEEN_TO, {"ids": attempt_ids, "now": now})
