"""Charges: booked once per key, in one transaction with the webhooks that tell of them."""

import secrets
from dataclasses import asdict, dataclass
from typing import Any, Final

from app.simulators.sandbox import outbox
from app.simulators.sandbox.errors import SandboxError, not_found
from app.simulators.sandbox.idempotency import Answer, fingerprint, hold, refuse_other
from app.simulators.sandbox.schema import Conn, Database, Row
from app.simulators.sandbox.tokens import DeclineCodes, Refusal, Script, script_of
from app.simulators.sandbox.views import first_view, payment_view

_CREATED: Final = 201
_DECLINED: Final = 402
_NO_CODES: Final = DeclineCodes(code="", message="")

_INSERT: Final = """
INSERT INTO sandbox_psp.payments
    (id, account_id, idempotency_key, request_hash, session_id, reference, attempt_id, token, amount, currency,
     status, first_status, decline_code, network_decline_code, network_advice_code, message)
VALUES
    (%(id)s, %(account_id)s, %(idempotency_key)s, %(request_hash)s, %(session_id)s, %(reference)s, %(attempt_id)s,
     %(token)s, %(amount)s, %(currency)s, %(status)s, %(status)s, %(decline_code)s, %(network_decline_code)s,
     %(network_advice_code)s, %(message)s)
RETURNING *
"""
# A pending payment settles at its second read.
_SETTLE: Final = """
UPDATE sandbox_psp.payments
SET reads = reads + 1, status = CASE WHEN reads >= 1 THEN 'captured' ELSE status END
WHERE account_id = %(account_id)s AND status = 'pending'
"""


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """One charge that somebody asked for; `amount` in minor units."""

    reference: str
    amount: int
    currency: str
    token: str
    attempt_id: str | None


@dataclass(frozen=True, slots=True)
class Origin:
    """By whom and how a payment came: by key (off session) or through a checkout session."""

    account_id: int
    idempotency_key: str | None = None
    request_hash: str | None = None
    session_id: str | None = None


def charge(database: Database, account_id: int, key: str, order: ChargeOrder) -> Answer:
    """Charge once per key. Raises what the token's script refuses, and 409 or 422 for the key."""
    script = script_of(order.token)
    request_hash = fingerprint(asdict(order))
    with database.transaction() as connection:
        hold(connection, "payment", account_id, key)
        earlier = connection.execute(
            "SELECT * FROM sandbox_psp.payments WHERE account_id = %s AND idempotency_key = %s", [account_id, key]
        ).fetchone()
        if earlier:
            refuse_other(earlier, request_hash)
            return _answer(earlier, replayed=True)
        if script.refusal:
            raise _refused(script.refusal)
        if not script.booked:
            lost = {"error": {"code": "gateway_timeout", "message": "The issuer did not answer."}}
            return Answer(status=504, body=lost, stalls=True)
        decline = _decline_of(connection, account_id, order, script)
        origin = Origin(account_id, idempotency_key=key, request_hash=request_hash)
        status = "declined" if decline else script.status
        row = book(connection, origin, order, status=status, decline=decline)
    return _answer(row, stalls=script.stalls)


def book(
    connection: Conn, origin: Origin, order: ChargeOrder, *, status: str, decline: DeclineCodes | None = None
) -> Row:
    """Write one payment, and the webhook that tells of it, in the caller's transaction."""
    codes = decline or _NO_CODES
    row = connection.execute(
        _INSERT,
        {
            "id": f"pay_{secrets.token_hex(12)}",
            **asdict(origin),
            **asdict(order),
            "status": status,
            "decline_code": codes.code or None,
            "network_decline_code": codes.network_decline_code,
            "network_advice_code": codes.network_advice_code,
            "message": codes.message or None,
        },
    ).fetchone()
    if row is None:
        raise AssertionError("an INSERT that returned nothing")
    outbox.enqueue(connection, row)
    return row


def read(database: Database, account_id: int, payment_id: str) -> dict[str, Any]:
    """Show a payment; raises a 404. Reading a pending one twice settles it."""
    _settle(database, account_id, "id", payment_id)
    rows = database.run(
        "SELECT * FROM sandbox_psp.payments WHERE account_id = %(account_id)s AND id = %(id)s",
        {"account_id": account_id, "id": payment_id},
    )
    if not rows:
        raise not_found("payment")
    return payment_view(rows[0])


def settle_by_key(database: Database, account_id: int, key: str) -> None:
    """Count a look-up by key as a read."""
    _settle(database, account_id, "idempotency_key", key)


def _settle(database: Database, account_id: int, column: str, value: str) -> None:
    statement = {
        "id": _SETTLE + "AND id = %(value)s RETURNING *",
        "idempotency_key": _SETTLE + "AND idempotency_key = %(value)s RETURNING *",
    }[column]
    with database.transaction() as connection:
        row = connection.execute(statement, {"account_id": account_id, "value": value}).fetchone()
        if row and row["status"] == "captured":
            outbox.enqueue(connection, row)


def _decline_of(connection: Conn, account_id: int, order: ChargeOrder, script: Script) -> DeclineCodes | None:
    if not script.declines_first:
        return script.decline if script.status == "declined" else None
    # Two charges of one reference at once must not both count the same declines.
    lock = f"reference:{account_id}:{order.reference}"
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [lock])
    row = connection.execute(
        """
        SELECT count(*) AS declines FROM sandbox_psp.payments
        WHERE account_id = %s AND reference = %s AND token = %s AND status = 'declined'
        """,
        [account_id, order.reference, order.token],
    ).fetchone()
    return script.decline if row and row["declines"] < script.declines_first else None


def _answer(row: Row, *, replayed: bool = False, stalls: bool = False) -> Answer:
    status = _DECLINED if row["first_status"] == "declined" else _CREATED
    return Answer(status=status, body=first_view(row), replayed=replayed, stalls=stalls)


def _refused(refusal: Refusal) -> SandboxError:
    return SandboxError(refusal.status, refusal.code, refusal.message, retry_after_seconds=refusal.retry_after_seconds)
