"""The sandbox's books: a schema of its own, made at the start, that Tinko's queries never touch."""

from typing import Final

from app.simulators.books.database import Conn, Row
from app.simulators.books.database import Database as AnyDatabase

__all__ = ["Conn", "Database", "Row"]

_SCHEMA: Final = "sandbox_psp"

_DDL: Final = """
CREATE TABLE IF NOT EXISTS sandbox_psp.accounts (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    api_key        text NOT NULL UNIQUE,
    webhook_url    text,
    webhook_secret text,
    delay_seconds  double precision NOT NULL DEFAULT 0 CHECK (delay_seconds BETWEEN 0 AND 86400),
    doubles        boolean NOT NULL DEFAULT false,
    reorders       boolean NOT NULL DEFAULT false,
    drops          boolean NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE IF NOT EXISTS sandbox_psp.checkout_sessions (
    id              text PRIMARY KEY,
    seq             bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    account_id      bigint NOT NULL REFERENCES sandbox_psp.accounts,
    idempotency_key text NOT NULL,
    request_hash    text NOT NULL,
    reference       text NOT NULL,
    attempt_id      text,
    amount          bigint NOT NULL CHECK (amount > 0),
    currency        text NOT NULL,
    success_url     text NOT NULL,
    cancel_url      text NOT NULL,
    payment_id      text,
    expires_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (account_id, idempotency_key)
);

CREATE TABLE IF NOT EXISTS sandbox_psp.payments (
    id                   text PRIMARY KEY,
    seq                  bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    account_id           bigint NOT NULL REFERENCES sandbox_psp.accounts,
    idempotency_key      text,
    request_hash         text,
    first_status         text NOT NULL,
    session_id           text REFERENCES sandbox_psp.checkout_sessions,
    reference            text NOT NULL,
    attempt_id           text,
    token                text NOT NULL,
    amount               bigint NOT NULL CHECK (amount > 0),
    currency             text NOT NULL,
    status               text NOT NULL
        CHECK (status IN ('captured', 'declined', 'requires_action', 'pending', 'refunded')),
    decline_code         text,
    network_decline_code text,
    network_advice_code  text,
    message              text,
    refunded_amount      bigint NOT NULL DEFAULT 0 CHECK (refunded_amount BETWEEN 0 AND amount),
    reads                integer NOT NULL DEFAULT 0,
    created_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (account_id, idempotency_key)
);
CREATE INDEX IF NOT EXISTS payments_by_account ON sandbox_psp.payments (account_id, seq);
CREATE INDEX IF NOT EXISTS payments_by_reference ON sandbox_psp.payments (account_id, reference, seq);
CREATE INDEX IF NOT EXISTS payments_by_session ON sandbox_psp.payments (session_id) WHERE session_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS sandbox_psp.refunds (
    id              text PRIMARY KEY,
    account_id      bigint NOT NULL REFERENCES sandbox_psp.accounts,
    payment_id      text NOT NULL REFERENCES sandbox_psp.payments,
    idempotency_key text NOT NULL,
    request_hash    text NOT NULL,
    amount          bigint NOT NULL CHECK (amount > 0),
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (account_id, idempotency_key)
);
CREATE INDEX IF NOT EXISTS refunds_by_payment ON sandbox_psp.refunds (payment_id);

CREATE TABLE IF NOT EXISTS sandbox_psp.deliveries (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES sandbox_psp.accounts,
    event_id   text NOT NULL,
    body       text NOT NULL,
    status     text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'delivered', 'dead', 'dropped')),
    attempts   integer NOT NULL DEFAULT 0,
    due_at     timestamptz NOT NULL,
    ended_at   timestamptz
);
CREATE INDEX IF NOT EXISTS deliveries_due ON sandbox_psp.deliveries (due_at) WHERE status = 'waiting';
CREATE INDEX IF NOT EXISTS deliveries_ended ON sandbox_psp.deliveries (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS deliveries_by_account ON sandbox_psp.deliveries (account_id, id);
"""


class Database(AnyDatabase):
    """A bounded pool of connections to the books."""

    def __init__(self, url: str, *, pool_size: int, wait_seconds: float) -> None:
        super().__init__(url, schema=_SCHEMA, ddl=_DDL, pool_size=pool_size, wait_seconds=wait_seconds)
