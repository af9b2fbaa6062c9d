"""Checkout sessions: hosted payments that only the payer completes, at most once each."""

import secrets
from dataclasses import asdict, dataclass
from typing import Any, Final

from app.simulators.sandbox import outbox
from app.simulators.sandbox.errors import SandboxError, not_found
from app.simulators.sandbox.idempotency import Answer, fingerprint, hold, refuse_other
from app.simulators.sandbox.payments import ChargeOrder, Origin, book
from app.simulators.sandbox.schema import Conn, Database, Row
from app.simulators.sandbox.tokens import DeclineCodes
from app.simulators.sandbox.views import session_view

_TOKEN: Final = "checkout"  # noqa: S105  (what the books say instead of a saved method)
_DECLINED: Final = DeclineCodes("generic_decline", "The issuer declined.", network_decline_code="05")
_NOT_AUTHENTICATED: Final = DeclineCodes("authentication_failed", "The payer was not authenticated.")

_SELECT: Final = "SELECT *, expires_at <= clock_timestamp() AS expired FROM sandbox_psp.checkout_sessions "
_INSERT: Final = """
INSERT INTO sandbox_psp.checkout_sessions
    (id, account_id, idempotency_key, request_hash, reference, attempt_id, amount, currency, success_url,
     cancel_url, expires_at)
VALUES
    (%(id)s, %(account_id)s, %(key)s, %(request_hash)s, %(reference)s, %(attempt_id)s, %(amount)s, %(currency)s,
     %(success_url)s, %(cancel_url)s, clock_timestamp() + make_interval(secs => %(expires_in_seconds)s))
RETURNING *, false AS expired
"""


@dataclass(frozen=True, slots=True)
class SessionOrder:
    """One hosted payment that somebody asked for; `amount` in minor units."""

    reference: str
    amount: int
    currency: str
    success_url: str
    cancel_url: str
    expires_in_seconds: int
    attempt_id: str | None


def create(database: Database, account_id: int, key: str, order: SessionOrder, *, base_url: str) -> Answer:
    """Open a session once per key; raises 409 or 422 for the key."""
    request_hash = fingerprint(asdict(order))
    with database.transaction() as connection:
        hold(connection, "checkout", account_id, key)
        earlier = connection.execute(
            _SELECT + "WHERE account_id = %s AND idempotency_key = %s", [account_id, key]
        ).fetchone()
        if earlier:
            refuse_other(earlier, request_hash)
            return Answer(status=201, body=session_view(earlier, None, base_url=base_url), replayed=True)
        row = connection.execute(
            _INSERT,
            {
                "id": f"cs_{secrets.token_hex(16)}",
                "account_id": account_id,
                "key": key,
                "request_hash": request_hash,
                **asdict(order),
            },
        ).fetchone()
    if row is None:
        raise AssertionError("an INSERT that returned nothing")
    return Answer(status=201, body=session_view(row, None, base_url=base_url))


def read(database: Database, account_id: int, session_id: str, *, base_url: str) -> dict[str, Any]:
    """Show a session with the payment that completed it; raises a 404."""
    with database.transaction() as connection:
        row = connection.execute(_SELECT + "WHERE account_id = %s AND id = %s", [account_id, session_id]).fetchone()
        if row is None:
            raise not_found("checkout session")
        return session_view(row, _payment(connection, row["payment_id"]), base_url=base_url)


def by_key(database: Database, account_id: int, key: str, *, base_url: str) -> dict[str, Any]:
    """List the session of an idempotency key: one or none."""
    with database.transaction() as connection:
        row = connection.execute(
            _SELECT + "WHERE account_id = %s AND idempotency_key = %s", [account_id, key]
        ).fetchone()
        items = [session_view(row, _payment(connection, row["payment_id"]), base_url=base_url)] if row else []
    return {"items": items, "next_cursor": None}


def for_payer(database: Database, session_id: str) -> Row:
    """Return the session that a payer opens; `authenticating` says that a payment waits for them. Raises a 404."""
    rows = database.run(
        """
        SELECT s.*, s.expires_at <= clock_timestamp() AS expired,
               EXISTS (SELECT 1 FROM sandbox_psp.payments p
                       WHERE p.session_id = s.id AND p.status = 'requires_action') AS authenticating
        FROM sandbox_psp.checkout_sessions s WHERE s.id = %(id)s
        """,
        {"id": session_id},
    )
    if not rows:
        raise not_found("checkout session")
    return rows[0]


def settle(database: Database, session_id: str, status: str) -> None:
    """Let the payer act: `captured`, `declined` or `requires_action`; raises 404 or 410.

    A session that is complete stays as it is: a second click pays nothing.
    """
    with database.transaction() as connection:
        session = connection.execute(_SELECT + "WHERE id = %s FOR UPDATE", [session_id]).fetchone()
        if session is None:
            raise not_found("checkout session")
        if session["payment_id"]:
            return
        if session["expired"]:
            raise SandboxError(410, "checkout_expired", "This payment page has expired.")
        row = _act(connection, session, status)
        if row["status"] == "captured":
            connection.execute(
                "UPDATE sandbox_psp.checkout_sessions SET payment_id = %s WHERE id = %s", [row["id"], session_id]
            )


def _act(connection: Conn, session: Row, status: str) -> Row:
    waiting = connection.execute(
        "SELECT * FROM sandbox_psp.payments WHERE session_id = %s AND status = 'requires_action' LIMIT 1",
        [session["id"]],
    ).fetchone()
    if waiting is None:
        order = ChargeOrder(session["reference"], session["amount"], session["currency"], _TOKEN, session["attempt_id"])
        origin = Origin(session["account_id"], session_id=session["id"])
        return book(connection, origin, order, status=status, decline=_DECLINED if status == "declined" else None)
    if status == "requires_action":
        return waiting
    failed = _NOT_AUTHENTICATED if status == "declined" else None
    row = connection.execute(
        "UPDATE sandbox_psp.payments SET status = %s, decline_code = %s, message = %s WHERE id = %s RETURNING *",
        [status, failed and failed.code, failed and failed.message, waiting["id"]],
    ).fetchone()
    if row is None:
        raise AssertionError("a locked payment that is gone")
    outbox.enqueue(connection, row)
    return row


def _payment(connection: Conn, payment_id: str | None) -> Row | None:
    if payment_id is None:
        return None
    return connection.execute("SELECT * FROM sandbox_psp.payments WHERE id = %s", [payment_id]).fetchone()
