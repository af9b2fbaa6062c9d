"""Kept answers, from below."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from app.db.queries.idempotency import KeptAnswer
from app.db.queries.idempotency import keep_answer as keep_row
from app.db.session import Database
from app.domain.errors import InProgressError
from app.infra.crypto import Crypto
from app.services.idempotency import Answer, Request, find_answer, keep_answer
from app.services.identity.register import Registration, register_merchant

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CRYPTO = Crypto("a secret for tests, longer than thirty-two")
HOURS = timedelta(hours=48)


@pytest.fixture
def database(database_url):
    made = Database(database_url, pool_size=3)
    yield made
    made.dispose()


@pytest.fixture
def request_(database):
    email = f"idem-{secrets.token_hex(6)}@example.com"
    registration = Registration(email, "a quiet harbour at dawn", "O", "M")
    with database.begin() as session:
        made = register_merchant(session, crypto=CRYPTO, registration=registration, now=NOW)
    return Request(made.test.id, "k", b"f" * 32)


def test_an_answer_that_a_writer_without_a_lock_kept_meanwhile_is_not_overwritten(database, request_):
    theirs = KeptAnswer(request_.fingerprint, 201, b"theirs", sealed=False)
    with database.begin() as session:
        assert find_answer(session, CRYPTO, request=request_, now=NOW) is None
        with database.begin() as other:
            where = {"organization_id": request_.organization_id, "key": request_.key}
            assert keep_row(other, **where, answer=theirs, now=NOW, expires_at=NOW + HOURS)
        with pytest.raises(InProgressError):
            keep_answer(session, CRYPTO, request=request_, answer=Answer(201, b"ours"), now=NOW, retention=HOURS)
    with database.begin() as session:
        assert find_answer(session, CRYPTO, request=request_, now=NOW) == Answer(201, b"theirs")


def test_the_lock_lasts_as_long_as_the_transaction(database, request_):
    with database.begin() as session:
        find_answer(session, CRYPTO, request=request_, now=NOW)
        with pytest.raises(InProgressError), database.begin() as other:
            find_answer(other, CRYPTO, request=request_, now=NOW)
    with database.begin() as session:
        assert find_answer(session, CRYPTO, request=request_, now=NOW) is None
