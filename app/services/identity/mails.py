"""Mails to staff: wished for in the transaction that needs them, written and sent by a worker."""

import base64
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.models import Invitation, Organization, User
from app.db.queries.members import find_user_by_email
from app.domain.identity.mails import Kind, Letter, invitation_letter, notice_letter, reset_letter
from app.domain.ids import MESSAGE, new_id
from app.domain.notify.port import Channel, OutgoingMessage
from app.infra.crypto import Crypto
from app.services.audit import record_audit
from app.services.identity.reset_tokens import RESET_LIFETIME, new_reset_token
from app.services.outbox import Topic, enqueue

INVITATION_LIFETIME: Final = timedelta(days=7)
_ABOUT: Final = "mail"
_SENDER: Final = "Tinko"


def wish_mail(session: Session, *, crypto: Crypto, kind: Kind, email: str, **facts: str) -> None:
    """Have a mail written later; what it needs is sealed, since tokens and addresses are nobody's to read."""
    sealed = crypto.seal_json({"kind": kind, "email": email, **facts}, about=_ABOUT)
    enqueue(session, topic=Topic.SEND_MAIL, payload={"sealed": base64.b64encode(sealed).decode()})


def open_wish(crypto: Crypto, payload: dict[str, Any]) -> dict[str, str]:
    """Return what a mail needs; raises SealBrokenError."""
    facts: dict[str, str] = crypto.open_json(base64.b64decode(payload["sealed"]), about=_ABOUT)
    return facts


def write_mail(
    session: Session, *, crypto: Crypto, facts: dict[str, str], base_url: str, now: datetime
) -> OutgoingMessage | None:
    """Write a mail that was wished for; None if there is nobody (any more) to write it to."""
    kind, email, base = Kind(facts["kind"]), facts["email"], f"{base_url.rstrip('/')}/console"
    letter: Letter | None
    if kind is Kind.RESET:
        letter = _reset(session, crypto=crypto, email=email, base=base, now=now)
    elif kind is Kind.INVITATION:
        letter = _invitation(session, facts=facts, base=base, now=now)
    else:
        letter = notice_letter(kind, link=f"{base}/forgot")
    if letter is None:
        return None
    return OutgoingMessage(
        message_id=new_id(MESSAGE, now=now),
        channel=Channel.EMAIL,
        event=kind,
        locale="en",
        recipient=email,
        subject=letter.subject,
        text=letter.text(),
        html=letter.html(),
        sender_name=_SENDER,
        unsubscribe_url="",
        values={},
        sent_at=now,
    )


def note_sent(session: Session, *, facts: dict[str, str], now: datetime) -> None:
    """Note that a mail has left, where somebody looks for that."""
    if "invitation_id" in facts:
        session.get_one(Invitation, facts["invitation_id"], with_for_update=True).sent_at = now


def _reset(session: Session, *, crypto: Crypto, email: str, base: str, now: datetime) -> Letter | None:
    user = find_user_by_email(session, email=email)
    if user is None:
        return None
    record_audit(
        session,
        organization_id=user.last_organization_id,
        actor=user.id,
        action="password.forgot",
        subject=user.id,
        now=now,
    )
    token = new_reset_token(crypto, user=user, now=now)
    return reset_letter(link=f"{base}/reset#token={token}", minutes=int(RESET_LIFETIME / timedelta(minutes=1)))


def _invitation(session: Session, *, facts: dict[str, str], base: str, now: datetime) -> Letter | None:
    invitation = session.get(Invitation, facts["invitation_id"])
    if invitation is None or invitation.accepted_at or invitation.revoked_at or invitation.expires_at <= now:
        return None
    return invitation_letter(
        link=f"{base}/invite#token={facts['token']}",
        organization=session.get_one(Organization, invitation.organization_id).name,
        inviter=session.get_one(User, invitation.invited_by).full_name,
        role=invitation.role,
        days=int(INVITATION_LIFETIME / timedelta(days=1)),
    )
