"""Time tells nothing of a token that its answer does not: the same work is done for all that is no link of ours.

A clock would measure the machine. What takes time is held still instead: the statements that reach the database, and
the key with which a signature is compared. `make bench-page` prints how long each kind takes.
"""

import threading

import jwt
import pytest
from sqlalchemy import event

from tests.pages.tokens import tokens_that_are_none

NEVER_OURS = ("tampered", "truncated", "foreign", "none", "another audience", "unknown id", "words", "odd ids")


@pytest.fixture
def statements(container):
    """What the database is asked, in order; without what was filled in.

    The log of requests is written by a thread of its own, whenever it likes, and no answer waits for it.
    """
    seen = []

    def note(_connection, _cursor, statement, *_):
        if threading.current_thread().name != "request-log":
            seen.append(statement)

    event.listen(container.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(container.database.engine, "before_cursor_execute", note)


@pytest.fixture
def asked(client, statements):
    """Return what the database is asked for a token, by page and by API."""

    def ask(token):
        del statements[:]
        client.head(f"/pay/retry/{token}")
        client.get(f"/v1/recoveries/by_token/{token}")
        return list(statements)

    return ask


def test_every_token_costs_the_same_questions_to_the_database(till, container, asked):
    issued = till.link()
    tokens = tokens_that_are_none(container, issued)
    valid = asked(issued.token)
    assert sum("FROM links" in statement for statement in valid) == 2
    for kind in NEVER_OURS:
        assert asked(tokens[kind]) == valid, kind


def test_a_signature_is_compared_whatever_key_the_token_names(container, till):
    """An unknown key's name is no shortcut: the present key is tried, and its comparison takes constant time."""
    issued = till.link()
    claims = jwt.decode(issued.token, options={"verify_signature": False})
    compared = []

    class Watched(dict):
        def get(self, kid, default=None):
            compared.append(kid)
            return super().get(kid, default)

    tokens = container.link_tokens
    keys, tokens._keys = tokens._keys, Watched(tokens._keys)
    try:
        for kid in ("unknown", tokens._current):
            assert tokens.read(jwt.encode(claims, b"k" * 32, algorithm="HS256", headers={"kid": kid})) is None
    finally:
        tokens._keys = keys
    assert compared == ["unknown", tokens._current]
    assert tokens.read(issued.token).link_id == issued.link_id
