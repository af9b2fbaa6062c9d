"""Asking somebody to join: by mail, for seven days, never as more than the inviter may give."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Invitation
from app.db.queries import invitations as queries
from app.db.queries.members import lock_organization
from app.db.queries.scoped import newest_first
from app.domain.errors import ConflictError
from app.domain.identity.access import MANAGES, Role
from app.domain.identity.caller import Caller
from app.domain.identity.credentials import normalise_email
from app.domain.identity.mails import Kind
from app.domain.identity.secrets import new_invitation_token
from app.domain.ids import INVITATION, new_id
from app.infra.crypto import Crypto, hash_secret
from app.services.audit import record_audit
from app.services.identity.mails import INVITATION_LIFETIME, wish_mail
from app.services.identity.members import MemberAlreadyError, must_manage

MOST_PENDING: Final = 200


class InvitationPendingError(ConflictError):
    """The person was asked already, and can still accept: send it again instead."""

    default_code = "invitation_pending"


class TooManyInvitationsError(ConflictError):
    """More invitations wait for an answer than a merchant needs."""

    default_code = "too_many_invitations"


class InvitationEndedError(ConflictError):
    """The invitation was accepted, or taken back."""

    default_code = "invitation_ended"


def list_invitations(session: Session, *, organization_id: str, after: str | None, limit: int) -> Sequence[Invitation]:
    """Return those that wait for an answer or have expired, newest first, and one more than `limit` if there are."""
    statement = queries.pending_of(organization_id)
    return session.scalars(newest_first(statement, Invitation.id, after=after, limit=limit)).all()


def invite(
    session: Session,
    *,
    crypto: Crypto,
    caller: Caller,
    email: str,
    role: Role,
    request_id: str | None,
    now: datetime,
) -> Invitation:
    """Ask somebody to join, here and in the twin if the caller may give the role there too; they get a mail.

    Raises RoleNotYoursError, MemberAlreadyError, InvitationPendingError and TooManyInvitationsError.
    """
    must_manage(caller, role)
    email = normalise_email(email)
    lock_organization(session, organization_id=caller.organization_id)
    if queries.belongs(session, organization_id=caller.organization_id, email=email):
        raise MemberAlreadyError("This person is a member already.")
    _make_room(session, caller, email, now=now)
    token = new_invitation_token()
    invitation = Invitation(
        id=new_id(INVITATION, now=now),
        organization_id=caller.organization_id,
        twin_id=_twin(session, caller, role),
        email=email,
        role=role.value,
        token_hash=hash_secret(token),
        invited_by=caller.actor,
        created_at=now,
        expires_at=now + INVITATION_LIFETIME,
    )
    session.add(invitation)
    _audit(session, caller, invitation, "create", request_id=request_id, now=now)
    session.flush()
    wish_mail(session, crypto=crypto, kind=Kind.INVITATION, email=email, invitation_id=invitation.id, token=token)
    return invitation


def resend(
    session: Session, *, crypto: Crypto, caller: Caller, invitation_id: str, request_id: str | None, now: datetime
) -> Invitation:
    """Mail a new link for seven more days, in the caller's name; the old one works no more.

    Raises NotFoundError, RoleNotYoursError and InvitationEndedError.
    """
    invitation = _pending(session, caller, invitation_id)
    must_manage(caller, Role(invitation.role))
    token = new_invitation_token()
    invitation.token_hash, invitation.sent_at = hash_secret(token), None
    invitation.expires_at, invitation.invited_by = now + INVITATION_LIFETIME, caller.actor
    if invitation.organization_id == caller.organization_id:
        invitation.twin_id = _twin(session, caller, Role(invitation.role))
    _audit(session, caller, invitation, "resend", request_id=request_id, now=now)
    session.flush()
    wish_mail(
        session,
        crypto=crypto,
        kind=Kind.INVITATION,
        email=invitation.email,
        invitation_id=invitation.id,
        token=token,
    )
    return invitation


def revoke(session: Session, *, caller: Caller, invitation_id: str, request_id: str | None, now: datetime) -> None:
    """Take an invitation back; raises NotFoundError, RoleNotYoursError and InvitationEndedError."""
    invitation = _pending(session, caller, invitation_id)
    must_manage(caller, Role(invitation.role))
    invitation.revoked_at = now
    _audit(session, caller, invitation, "revoke", request_id=request_id, now=now)


def _pending(session: Session, caller: Caller, invitation_id: str) -> Invitation:
    invitation = queries.lock_invitation(session, organization_id=caller.organization_id, invitation_id=invitation_id)
    if invitation.accepted_at is not None or invitation.revoked_at is not None:
        raise InvitationEndedError("This invitation was accepted, or taken back.")
    return invitation


def _make_room(session: Session, caller: Caller, email: str, *, now: datetime) -> None:
    """Refuse a second invitation that can still be accepted; one that has expired makes room."""
    statement = queries.pending_of(caller.organization_id).where(Invitation.email == email)
    for old in session.scalars(statement.with_for_update()):
        if old.expires_at > now:
            raise InvitationPendingError("This person was asked already: send the invitation again instead.")
        old.revoked_at = now
    if queries.count_pending(session, organization_id=caller.organization_id, now=now) >= MOST_PENDING:
        raise TooManyInvitationsError(f"{MOST_PENDING} invitations wait for an answer; take some back first.")


def _twin(session: Session, caller: Caller, role: Role) -> str | None:
    twin = queries.twin_role(session, organization_id=caller.organization_id, user_id=caller.actor)
    return twin[0] if twin is not None and role in MANAGES[Role(twin[1])] else None


def _audit(
    session: Session, caller: Caller, invitation: Invitation, deed: str, *, request_id: str | None, now: datetime
) -> None:
    said = {"role": invitation.role}
    record_audit(
        session,
        organization_id=caller.organization_id,
        actor=caller.actor,
        action=f"invitation.{deed}",
        subject=invitation.id,
        before=None if deed == "create" else said,
        after=None if deed == "revoke" else said | {"expires_at": invitation.expires_at.isoformat()},
        request_id=request_id,
        now=now,
    )
