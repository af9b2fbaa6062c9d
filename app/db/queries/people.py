"""Tries to sign in, sign-ins of a person, and second factors."""

from datetime import datetime

from sqlalchemy import Select, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import RecoveryCode, SignInTries, User, UserSession

_FORGOTTEN_TRIES = text("""
    DELETE FROM sign_in_tries WHERE account_hash IN (
        SELECT account_hash FROM sign_in_tries WHERE last_at < :before
        ORDER BY last_at LIMIT :batch FOR UPDATE SKIP LOCKED
    )
""")


def lock_tries(session: Session, *, account_hash: bytes, now: datetime) -> SignInTries:
    """Return, locked, the tries of an account; of an account that nobody tried, none so far."""
    values = {"account_hash": account_hash, "tries": 0, "last_at": now}
    session.execute(insert(SignInTries).values(values).on_conflict_do_nothing())
    statement = select(SignInTries).where(SignInTries.account_hash == account_hash).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def delete_tries(session: Session, *, account_hashes: tuple[bytes, ...]) -> None:
    """Forget the tries of accounts."""
    session.execute(delete(SignInTries).where(SignInTries.account_hash.in_(account_hashes)))


def delete_forgotten_tries(session: Session, *, before: datetime, batch: int) -> int:
    """Delete tries of long ago; return how many."""
    return session.execute(_FORGOTTEN_TRIES, {"before": before, "batch": batch}).rowcount  # type: ignore[attr-defined, no-any-return]


def lock_user(session: Session, *, user_id: str) -> User | None:
    """Return a person, locked, as of this moment."""
    return session.get(User, user_id, with_for_update=True, populate_existing=True)


def sessions_of(user_id: str, *, now: datetime) -> Select[UserSession]:
    """Start a select of a person's sign-ins that have not ended."""
    return select(UserSession).where(
        UserSession.user_id == user_id, UserSession.revoked_at.is_(None), UserSession.expires_at > now
    )


def end_sessions(session: Session, *, user_id: str, but: str | None, now: datetime) -> list[str]:
    """End a person's sign-ins, but for one; return the ids of those that ended."""
    statement = (
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None), UserSession.expires_at > now)
        .values(revoked_at=now)
        .returning(UserSession.id)
    )
    if but is not None:
        statement = statement.where(UserSession.id != but)
    return list(session.scalars(statement, execution_options={"synchronize_session": False}))


def use_step(session: Session, *, user_id: str, step: int) -> bool:
    """Note that the code of a step was used; False if that step, or a later one, was used before."""
    statement = (
        update(User)
        .where(User.id == user_id, or_(User.totp_last_step.is_(None), User.totp_last_step < step))
        .values(totp_last_step=step)
        .returning(User.id)
    )
    return session.scalar(statement, execution_options={"synchronize_session": False}) is not None


def use_recovery_code(session: Session, *, user_id: str, hashes: tuple[bytes, ...], now: datetime) -> bool:
    """Note that a recovery code was used; False if there is no such code, or it was used before."""
    statement = (
        update(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash.in_(hashes), RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.user_id)
    )
    return session.scalar(statement, execution_options={"synchronize_session": False}) is not None


def replace_recovery_codes(session: Session, *, user_id: str, hashes: list[bytes]) -> None:
    """Give a person these recovery codes and no others."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all(RecoveryCode(user_id=user_id, code_hash=each) for each in hashes)


def count_recovery_codes(session: Session, *, user_id: str) -> int:
    """Count the recovery codes that a person can still use."""
    statement = select(RecoveryCode.code_hash).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return len(session.scalars(statement).all())
