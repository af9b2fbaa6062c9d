"""Recoveries that ended, with the failure that opened each and what was tried: for holding a draft against them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session


class EndedRow(NamedTuple):
    """A recovery that ended, its first failure, and when the payer was first asked."""

    id: str
    status: str
    recovered_via: str | None
    opened_at: datetime
    ended_at: datetime
    charges_made: int
    transaction_id: str
    amount: int
    currency: str
    payment_method: dict[str, Any]
    customer: dict[str, Any]
    psp_payment_id: str | None
    gateway: str
    failure_reason: str
    failure_code: str | None
    failure_message: str | None
    network_decline_code: str | None
    network_advice_code: str | None
    failed_at: datetime
    charges_tried: int
    asked_at: datetime | None


_ENDED = text("""
    SELECT r.id, r.status, r.recovered_via, r.opened_at, r.ended_at, r.charges_made, t.id, t.amount, t.currency,
           t.payment_method, t.customer, e.psp_payment_id, e.gateway, e.failure_reason, e.failure_code,
           e.failure_message, e.network_decline_code, e.network_advice_code, e.occurred_at, a.charges_tried, a.asked_at
    FROM (
        SELECT * FROM recoveries
        WHERE organization_id = :organization_id AND status IN ('recovered', 'exhausted')
          AND (CAST(:since AS timestamptz) IS NULL OR opened_at >= :since)
          AND (CAST(:until AS timestamptz) IS NULL OR opened_at < :until)
        ORDER BY id DESC LIMIT :most
    ) r
    JOIN transactions t ON t.id = r.transaction_id
    JOIN LATERAL (
        SELECT * FROM failure_events f WHERE f.transaction_id = r.transaction_id AND f.recovery_id = r.id
        ORDER BY f.id LIMIT 1
    ) e ON true
    JOIN LATERAL (
        SELECT count(*) FILTER (WHERE kind = 'charge' AND status IN ('succeeded', 'declined', 'requires_action'))
                   AS charges_tried,
               min(due_at) FILTER (WHERE kind = 'link') AS asked_at
        FROM attempts WHERE recovery_id = r.id
    ) a ON true
    ORDER BY r.id DESC
""")


def ended_recoveries(
    session: Session, *, organization_id: str, since: datetime | None, until: datetime | None, most: int
) -> Sequence[EndedRow]:
    """Return the newest recoveries that were opened in that time and ended with or without the money."""
    found = session.execute(_ENDED, {"organization_id": organization_id, "since": since, "until": until, "most": most})
    return [EndedRow(*row) for row in found]
