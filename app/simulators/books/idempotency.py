"""Idempotency keys, as real providers honour them: the first answer is stored with what it did, and replayed."""

import hashlib
import json
from collections.abc import Callable

from psycopg.types.json import Jsonb

from app.simulators.books.errors import BooksError, Refusal
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Unit


def once(unit: Unit, key: str, request: object, work: Callable[[Unit], Answer]) -> Answer:
    """Do the work once per key and account, in the unit's transaction; afterwards answer what was answered first.

    Raises `IN_PROGRESS` while somebody else holds the key, and `KEY_REUSED` if `request` (anything that JSON
    can write) differs from the first. A refusal uses no key up, except `BROKEN`, which is replayed.
    """
    request_hash = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
    _hold(unit, key)
    earlier = unit.row("SELECT * FROM answers WHERE account_id = %(account_id)s AND key = %(key)s", key=key)
    if earlier:
        if earlier["request_hash"] != request_hash:
            raise BooksError(Refusal.KEY_REUSED, "This idempotency key was used with another request.")
        return Answer(earlier["status"], earlier["body"], {**earlier["headers"], "Idempotent-Replayed": "true"})
    answer = _first(unit, work)
    unit.rows(
        """
        INSERT INTO answers (account_id, key, request_hash, status, body, headers)
        VALUES (%(account_id)s, %(key)s, %(request_hash)s, %(status)s, %(body)s, %(headers)s)
        """,
        key=key,
        request_hash=request_hash,
        status=answer.status,
        body=Jsonb(answer.body),
        headers=Jsonb(dict(answer.headers)),
    )
    return answer


def _first(unit: Unit, work: Callable[[Unit], Answer]) -> Answer:
    try:
        with unit.connection.transaction():
            answer = work(unit)
    except BooksError as error:
        if error.refusal is not Refusal.BROKEN:
            raise
        return unit.skin.refuse(error)
    return unit.skin.refuse(unit.breaks) if unit.breaks else answer


def _hold(unit: Unit, key: str) -> None:
    held = unit.written(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%(lock)s, 0)) AS held", lock=f"{unit.account.id}:{key}"
    )
    if not held["held"]:
        raise BooksError(Refusal.IN_PROGRESS, "A request with this idempotency key is still running.")
