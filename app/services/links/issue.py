"""Giving links out, and taking them back."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Attempt, Link, Recovery, Transaction
from app.db.queries.attempts import link_attempt_of
from app.db.queries.recoveries import latest_of, lock_case
from app.db.queries.recovery_views import find_latest_by_ref
from app.db.queries.scoped import get_owned
from app.domain.errors import NotFoundError
from app.domain.ids import LINK, new_id
from app.domain.notify.events import Event
from app.domain.recovery.plan import Step
from app.domain.recovery.states import AttemptKind
from app.infra.link_tokens import LinkTokens
from app.services.outbox import Topic, enqueue
from app.services.recovery.allowed import check_newest, check_open
from app.services.recovery.follow_up import add_attempt, facts_of
from app.services.timeline import note

MERCHANTS: Final = "merchant.link"
"""The rule of a link that somebody asked for."""


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A link that was just made; its token is shown to whoever made it, and kept nowhere."""

    link_id: str
    attempt_id: str
    recovery_id: str
    token: str = field(repr=False)
    url: str = field(repr=False)
    expires_at: datetime


def issue_link(  # noqa: PLR0913  (what a link is made of, all of it named)
    session: Session,
    *,
    tokens: LinkTokens,
    base_url: str,
    recovery: Recovery,
    transaction: Transaction,
    attempt: Attempt,
    ttl: timedelta,
    channel: str,
    actor: str,
    now: datetime,
) -> IssuedLink:
    """Make a link for a recovery's link attempt; `now` is the organization's time. Whoever calls sends it."""
    link = Link(
        id=new_id(LINK, now=now),
        organization_id=recovery.organization_id,
        recovery_id=recovery.id,
        attempt_id=attempt.id,
        channel=channel,
        amount=transaction.amount,
        created_by=actor,
        created_at=now,
        expires_at=now + ttl,
    )
    session.add(link)
    session.flush()
    token = tokens.issue(
        link_id=link.id, organization_id=transaction.organization_id, now=now, expires_at=link.expires_at
    )
    why = f"{actor} made a link that is good until {link.expires_at.isoformat(timespec='seconds')}."
    note(session, recovery, what="link_created", who=actor, why=why, now=now, link_id=link.id, channel=channel)
    url = f"{base_url.rstrip('/')}/pay/retry/{token}"
    return IssuedLink(link.id, attempt.id, recovery.id, token, url, link.expires_at)


def issue_link_by_ref(  # noqa: PLR0913  (what a link is made of, all of it named)
    session: Session,
    *,
    tokens: LinkTokens,
    base_url: str,
    organization_id: str,
    transaction_ref: str,
    ttl: timedelta,
    channel: str,
    actor: str,
    now: datetime,
) -> IssuedLink:
    """Make a link for a transaction's open recovery; with a channel other than `none` the payer is written to, too.

    Raises `NotFoundError`, and `ConflictError` (`recovery_not_open`).
    """
    brief = find_latest_by_ref(session, organization_id=organization_id, transaction_ref=transaction_ref)
    if brief is None:
        raise NotFoundError("There is no such recovery.")
    case = lock_case(session, recovery_id=brief.recovery.id)
    if case is None:
        raise NotFoundError("There is no such recovery.")
    check_open(case.recovery)
    attempt = payers_attempt(session, recovery=case.recovery, transaction=case.transaction, actor=actor, now=now)
    issued = issue_link(
        session,
        tokens=tokens,
        base_url=base_url,
        recovery=case.recovery,
        transaction=case.transaction,
        attempt=attempt,
        ttl=ttl,
        channel=channel,
        actor=actor,
        now=now,
    )
    if channel != "none":
        payload = {"recovery_id": case.recovery.id, "event": Event.ACTION_NEEDED, "link_attempt_id": attempt.id}
        enqueue(session, topic=Topic.PLAN_MESSAGE, payload=payload | {"channel": channel})
    return issued


def revoke_link(session: Session, *, organization_id: str, link_id: str, actor: str, now: datetime) -> Link:
    """Make a link good for nothing, also for what was sent already; once. Raises `NotFoundError`."""
    link = get_owned(session, Link, organization_id=organization_id, row_id=link_id, lock=True)
    if link.revoked_at is None:
        link.revoked_at = now
        recovery = session.get_one(Recovery, link.recovery_id)
        why = f"{actor} revoked the link."
        note(session, recovery, what="link_revoked", who=actor, why=why, now=now, link_id=link.id)
    return link


def payers_attempt(
    session: Session, *, recovery: Recovery, transaction: Transaction, actor: str, rule: str = MERCHANTS, now: datetime
) -> Attempt:
    """Return the attempt through which the payer may pay, planned by that rule if there is none; the case is locked.

    One that is planned here sends nobody a message: somebody has the link already.
    """
    attempt = link_attempt_of(session, recovery_id=recovery.id)
    if attempt is not None:
        return attempt
    check_newest(is_newest=latest_of(session, transaction_id=transaction.id) is recovery)
    facts = facts_of(session, recovery=recovery, transaction=transaction)
    step = Step(AttemptKind.LINK, now, rule, f"{actor} gave the payer a link.")
    attempt = add_attempt(session, recovery=recovery, step=step, fingerprint=facts.fingerprint(), now=now)
    attempt.started_at, attempt.wake_at = now, None
    return attempt
