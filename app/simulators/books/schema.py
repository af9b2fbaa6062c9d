"""The tables of a simulator's books."""

from typing import Final

DDL: Final = """
CREATE TABLE IF NOT EXISTS accounts (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name           text NOT NULL UNIQUE,
    webhook_url    text,
    webhook_secret text,
    delay_seconds  double precision NOT NULL DEFAULT 0 CHECK (delay_seconds BETWEEN 0 AND 86400),
    doubles        boolean NOT NULL DEFAULT false,
    reorders       boolean NOT NULL DEFAULT false,
    drops          double precision NOT NULL DEFAULT 0 CHECK (drops BETWEEN 0 AND 1),
    drop_types     text[] NOT NULL DEFAULT '{}',
    is_down        boolean NOT NULL DEFAULT false
);

CREATE TABLE IF NOT EXISTS payments (
    id              text PRIMARY KEY,
    seq             bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    account_id      bigint NOT NULL REFERENCES accounts,
    parent          text,
    checkout_id     text,
    reference       text NOT NULL,
    attempt_id      text,
    customer        text,
    token           text,
    amount          bigint NOT NULL CHECK (amount > 0),
    currency        text NOT NULL,
    status          text NOT NULL CHECK (status IN ('created', 'captured', 'authorized', 'declined',
                    'requires_action', 'pending', 'cancelled', 'refunded')),
    decline         text,
    settles         text NOT NULL DEFAULT 'captured',
    tries           integer NOT NULL DEFAULT 0,
    declines        integer NOT NULL DEFAULT 0,
    reads           integer NOT NULL DEFAULT 0,
    refunded_amount bigint NOT NULL DEFAULT 0 CHECK (refunded_amount BETWEEN 0 AND amount),
    metadata        jsonb NOT NULL DEFAULT '{}',
    data            jsonb NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS payments_by_account ON payments (account_id, seq);
CREATE INDEX IF NOT EXISTS payments_by_time ON payments (account_id, created_at, seq);
CREATE INDEX IF NOT EXISTS payments_by_reference ON payments (account_id, reference, seq);
CREATE INDEX IF NOT EXISTS payments_by_parent ON payments (parent) WHERE parent IS NOT NULL;
CREATE INDEX IF NOT EXISTS payments_by_checkout ON payments (checkout_id) WHERE checkout_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS checkouts (
    id          text PRIMARY KEY,
    seq         bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    account_id  bigint NOT NULL REFERENCES accounts,
    parent      text,
    reference   text NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    currency    text NOT NULL,
    success_url text NOT NULL,
    cancel_url  text NOT NULL,
    payment_id  text,
    metadata    jsonb NOT NULL DEFAULT '{}',
    data        jsonb NOT NULL DEFAULT '{}',
    expires_at  timestamptz NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS checkouts_by_time ON checkouts (account_id, created_at, seq);

CREATE TABLE IF NOT EXISTS refunds (
    id         text PRIMARY KEY,
    seq        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    account_id bigint NOT NULL REFERENCES accounts,
    payment_id text NOT NULL REFERENCES payments,
    amount     bigint NOT NULL CHECK (amount > 0),
    reference  text,
    metadata   jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS refunds_by_payment ON refunds (payment_id, seq);

CREATE TABLE IF NOT EXISTS disputes (
    id         text PRIMARY KEY,
    seq        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    account_id bigint NOT NULL REFERENCES accounts,
    payment_id text NOT NULL REFERENCES payments,
    amount     bigint NOT NULL CHECK (amount > 0),
    status     text NOT NULL CHECK (status IN ('open', 'won', 'lost')),
    reason     text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS objects (
    id         text PRIMARY KEY,
    seq        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    account_id bigint NOT NULL REFERENCES accounts,
    kind       text NOT NULL,
    parent     text,
    data       jsonb NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_parent ON objects (account_id, kind, parent, seq);

CREATE TABLE IF NOT EXISTS answers (
    account_id   bigint NOT NULL REFERENCES accounts,
    key          text NOT NULL,
    request_hash text NOT NULL,
    status       integer NOT NULL,
    body         jsonb NOT NULL,
    headers      jsonb NOT NULL,
    PRIMARY KEY (account_id, key)
);

CREATE TABLE IF NOT EXISTS deliveries (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts,
    event_id   text NOT NULL,
    type       text NOT NULL,
    body       text NOT NULL,
    headers    jsonb NOT NULL,
    status     text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'delivered', 'dead', 'dropped')),
    attempts   integer NOT NULL DEFAULT 0,
    due_at     timestamptz NOT NULL,
    ended_at   timestamptz
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at) WHERE status = 'waiting';
CREATE INDEX IF NOT EXISTS deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS deliveries_by_account ON deliveries (account_id, id);
"""
