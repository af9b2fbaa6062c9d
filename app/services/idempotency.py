"""The same request, sent twice, happens once and gets the same answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.queries import idempotency as queries
from app.domain.errors import InProgressError, InvalidError
from app.infra.crypto import Crypto, same

ASK_AGAIN_AFTER: Final = timedelta(seconds=1)


class KeyReusedError(InvalidError):
    """The idempotency key was used for another request."""

    default_code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """One request that must happen at most once; `fingerprint` stands for its method, path and body."""

    organization_id: str
    key: str
    fingerprint: bytes

    @property
    def about(self) -> str:
        """Name the place of the sealed answer."""
        return f"idempotency/{self.organization_id}/{self.key}"


def find_answer(session: Session, crypto: Crypto, *, request: Request, now: datetime) -> Answer | None:
    """Claim the request for this transaction, and return its answer if it was answered before.

    Raises InProgressError while another transaction works on it, and KeyReusedError when the key
    stands for another request.
    """
    if not queries.try_lock(session, organization_id=request.organization_id, key=request.key):
        raise InProgressError("A request with this Idempotency-Key is still running.", retry_after=ASK_AGAIN_AFTER)
    kept = queries.find_answer(session, organization_id=request.organization_id, key=request.key, now=now)
    if kept is None:
        return None
    if not same(kept.fingerprint, request.fingerprint):
        raise KeyReusedError("This Idempotency-Key was used for another request.")
    return Answer(kept.status, crypto.open(kept.body, about=request.about) if kept.sealed else kept.body)


def keep_answer(
    session: Session, crypto: Crypto, *, request: Request, answer: Answer, now: datetime, retention: timedelta
) -> None:
    """Keep the answer, sealed, in the transaction of its effect.

    Raises InProgressError when a writer that takes no lock (ingest) has used the key in the meantime.
    """
    kept = queries.KeptAnswer(
        fingerprint=request.fingerprint,
        status=answer.status,
        body=crypto.seal(answer.body, about=request.about),
        sealed=True,
    )
    if not queries.keep_answer(
        session,
        organization_id=request.organization_id,
        key=request.key,
        answer=kept,
        now=now,
        expires_at=now + retention,
    ):
        raise InProgressError("This Idempotency-Key was used a moment ago.", retry_after=ASK_AGAIN_AFTER)
