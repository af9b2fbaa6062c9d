"""What ingest reads before it writes: each a single statement for a whole group of reports."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session


class Merchant(NamedTuple):
    """An organization as ingest needs it: its clock, its own rules, and the policy that new recoveries begin with.

    `locked` are the ids of those of its transactions that the group is about; `rules` is None if it never had any.
    """

    id: str
    clock_offset: timedelta
    policy_id: str
    policy_version: int
    policy_settings: dict[str, Any]
    locked: list[str]
    rules_version: int
    rules: list[dict[str, Any]] | None


Ref = tuple[str, str, str | None]
"""An organization, a transaction_ref, and the provider's id of the payment that failed, if it is known."""


class Known(NamedTuple):
    """A transaction as it stands, locked; with its latest recovery and what is planned there.

    `names` are the payment ids by which it is known until the merchant says their own reference: it was
    opened because its provider told of the payment.
    """

    organization_id: str
    transaction_ref: str
    transaction_id: str
    amount: int
    currency: str
    recovered_at: datetime | None
    gateway: str
    psp_payment_id: str | None
    customer: dict[str, Any]
    payment_method: dict[str, Any]
    recovery_id: str | None
    status: str | None
    paused_at: datetime | None
    needs_attention: str | None
    charges_made: int | None
    window_ends_at: datetime | None
    policy_settings: dict[str, Any] | None
    last_number: int | None
    charge_id: str | None
    charge_due_at: datetime | None
    link_id: str | None
    link_due_at: datetime | None
    link_status: str | None
    link_decision: dict[str, Any] | None
    in_flight: bool
    names: list[str]


class Answered(NamedTuple):
    """An answer that was given before, for a key."""

    organization_id: str
    key: str
    fingerprint: bytes
    status: int
    body: bytes
    sealed: bool


# Locked in one order everywhere, so that two groups never wait for each other in a circle.
_LOCKED = """
    SELECT t.id, t.organization_id FROM jsonb_to_recordset(CAST(:refs AS jsonb)) AS wanted(o text, r text, p text)
    LEFT JOIN psp_payments n ON n.organization_id = wanted.o AND n.psp_id = wanted.p
    JOIN transactions t ON t.organization_id = wanted.o AND t.transaction_ref = ANY (ARRAY[wanted.r, n.placeholder])
    ORDER BY t.id FOR UPDATE OF t
"""
_LOCK = text(_LOCKED)

_MERCHANTS = text(f"""
    WITH locked AS MATERIALIZED ({_LOCKED})
    SELECT o.id, o.clock_offset, p.id, p.version, v.settings,
           ARRAY(SELECT l.id FROM locked l WHERE l.organization_id = o.id), o.rules_version, s.rules
    FROM organizations o
    JOIN policies p ON p.organization_id = o.id AND p.is_active
    JOIN policy_versions v ON v.policy_id = p.id AND v.version = p.version
    LEFT JOIN rule_sets s ON s.organization_id = o.id AND s.version = o.rules_version
    WHERE o.id = ANY(:ids)
""")  # noqa: S608  (two constants)

_ANSWERED = text("""
    SELECT k.organization_id, k.key, k.fingerprint, k.status, k.body, k.sealed
    FROM jsonb_to_recordset(CAST(:keys AS jsonb)) AS wanted(o text, k text)
    JOIN idempotency_keys k ON k.organization_id = wanted.o AND k.key = wanted.k
    WHERE k.expires_at > :now
""")

_FORGET_EXPIRED = text("""
    DELETE FROM idempotency_keys k USING jsonb_to_recordset(CAST(:keys AS jsonb)) AS wanted(o text, k text)
    WHERE k.organization_id = wanted.o AND k.key = wanted.k AND k.expires_at <= :now
""")

_KNOWN = text("""
    SELECT t.organization_id, t.transaction_ref, t.id, t.amount, t.currency, t.recovered_at, t.gateway,
           t.psp_payment_id, t.customer, t.payment_method,
           r.id, r.status, r.paused_at, r.needs_attention, r.charges_made, r.window_ends_at, v.settings,
           (SELECT max(a.number) FROM attempts a WHERE a.recovery_id = r.id),
           c.id, c.due_at, l.id, l.due_at, l.status, l.decision,
           EXISTS (SELECT FROM attempts f WHERE f.transaction_id = t.id
                   AND f.status IN ('executing', 'unknown', 'awaiting_payer')),
           ARRAY(SELECT n.psp_id FROM psp_payments n
                 WHERE n.transaction_id = t.id AND n.placeholder = t.transaction_ref)
    FROM transactions t
    LEFT JOIN LATERAL (
        SELECT * FROM recoveries r WHERE r.transaction_id = t.id ORDER BY r.id DESC LIMIT 1
    ) r ON true
    LEFT JOIN policy_versions v ON v.policy_id = r.policy_id AND v.version = r.policy_version
    LEFT JOIN attempts c ON c.recovery_id = r.id AND c.kind = 'charge' AND c.status = 'scheduled'
    LEFT JOIN attempts l ON l.recovery_id = r.id AND l.kind = 'link' AND l.status IN ('scheduled', 'awaiting_payer')
    WHERE t.id = ANY(:ids)
""")

_COUNT_UNKNOWN = text("""
    INSERT INTO unknown_codes AS u
        (organization_id, gateway, code, sample_message, count, first_seen_at, last_seen_at)
    SELECT organization_id, gateway, code, min(sample_message), count(*), min(at), max(at)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS r(organization_id text, gateway text, code text, sample_message text, at timestamptz)
    GROUP BY organization_id, gateway, code ORDER BY organization_id, gateway, code
    ON CONFLICT (organization_id, gateway, code)
    DO UPDATE SET count = u.count + excluded.count, last_seen_at = excluded.last_seen_at
""")


def load_merchants(
    session: Session | Connection, *, ids: Collection[str], refs: Collection[Ref] = ()
) -> dict[str, Merchant]:
    """Return organizations by id, and lock the transactions of these references that are there."""
    rows = session.execute(_MERCHANTS, {"ids": sorted(ids), "refs": _wanted(refs)})
    return {row[0]: Merchant(*row) for row in rows}


def load_answered(
    session: Session, *, keys: Sequence[tuple[str, str]], now: datetime
) -> dict[tuple[str, str], Answered]:
    """Return the answers that were given for these (organization, key) pairs and still hold; expired ones go."""
    if not keys:
        return {}
    wanted = _json({"o": organization_id, "k": key} for organization_id, key in keys)
    rows = session.execute(_ANSWERED, {"keys": wanted, "now": now}).all()
    if len(rows) < len(keys):
        session.execute(_FORGET_EXPIRED, {"keys": wanted, "now": now})
    return {(row[0], row[1]): Answered(*row) for row in rows}


def lock_known(session: Session, *, refs: Iterable[Ref]) -> dict[tuple[str, str], Known]:
    """Lock the transactions of these references and return how each stands."""
    return load_known(session, ids=session.execute(_LOCK, {"refs": _wanted(refs)}).scalars().all())


def load_known(session: Session, *, ids: Sequence[str]) -> dict[tuple[str, str], Known]:
    """Return how these locked transactions stand, by (organization, transaction_ref)."""
    if not ids:
        return {}
    return {(row[0], row[1]): Known(*row) for row in session.execute(_KNOWN, {"ids": list(ids)})}


def count_unknown_codes(session: Session, *, rows: Sequence[dict[str, Any]]) -> None:
    """Add to the counters of codes that no rule knows."""
    if rows:
        session.execute(_COUNT_UNKNOWN, {"rows": _json(rows)})


def _wanted(refs: Iterable[Ref]) -> str:
    return _json({"o": organization_id, "r": ref, "p": psp_id} for organization_id, ref, psp_id in refs)


def _json(rows: Iterable[dict[str, Any]]) -> str:
    return orjson.dumps(list(rows)).decode()
