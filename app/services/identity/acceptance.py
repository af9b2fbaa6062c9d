"""Joining: with a mailed token, as a new person, or as one who proves who they are."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import Invitation, Membership, Organization, User
from app.db.queries import invitations as queries
from app.db.queries import members
from app.db.session import Begin
from app.domain.errors import FieldError, ForbiddenError, InvalidError
from app.domain.identity.access import MANAGES, Role
from app.domain.identity.caller import Caller
from app.domain.identity.credentials import check_password
from app.domain.identity.errors import TokenGoneError
from app.domain.identity.secrets import is_well_formed
from app.domain.ids import MEMBER, USER, new_id
from app.infra.crypto import hash_secret
from app.infra.passwords import hash_password
from app.services.audit import record_audit
from app.services.identity.log_in import Claim, Door, log_in
from app.services.identity.register import EmailTakenError
from app.services.identity.sessions import Client, SignIn, open_session, switch_organization


class InvitationGoneError(TokenGoneError):
    """The invitation was accepted or taken back, has expired, or nobody who wrote it may give that role any more."""

    default_code = "invitation_gone"


class InvitationNotYoursError(ForbiddenError):
    """The invitation is for another address than that of whoever is signed in."""

    default_code = "invitation_not_yours"


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody who holds the token may read of an invitation."""

    invitation: Invitation
    organization: Organization
    inviter: User
    account_exists: bool


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What somebody who accepts sends. `caller` is who is signed in in that browser."""

    token: str = field(repr=False)
    full_name: str | None = None
    password: str | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)
    browser: str | None = field(default=None, repr=False)
    caller: Caller | None = None


def show_invitation(session: Session, *, token: str, now: datetime) -> Shown:
    """Return what an invitation is about; raises InvitationGoneError."""
    invitation = _open_invitation(session, token, now=now)
    return Shown(
        invitation,
        session.get_one(Organization, invitation.organization_id),
        session.get_one(User, invitation.invited_by),
        members.find_user_by_email(session, email=invitation.email) is not None,
    )


def accept_invitation(begin: Begin, *, door: Door, acceptance: Acceptance, client: Client, now: datetime) -> SignIn:
    """Join, and go on in the organization that one was asked into.

    Whoever is signed in with the invited address joins at once; a new person says their name and chooses a
    password; whoever has an account says its password. Raises InvitationGoneError, InvitationNotYoursError,
    PasswordWeakError, InvalidError naming what is missing, and what signing in raises.
    """
    with begin() as session:
        invitation = _open_invitation(session, acceptance.token, now=now)
        user, email = members.find_user_by_email(session, email=invitation.email), invitation.email
        if user is None:
            return _join_anew(session, door=door, acceptance=acceptance, email=email, client=client, now=now)
        caller = acceptance.caller
        if caller is not None and caller.actor == user.id:
            organization_id = _join(session, token=acceptance.token, user=user, client=client, now=now)
            return switch_organization(
                session,
                tokens=door.tokens,
                user_id=user.id,
                session_id=caller.session_id or "",
                organization_id=organization_id,
                request_id=client.request_id,
                now=now,
            )
    return _join_with_password(begin, door=door, acceptance=acceptance, email=email, client=client, now=now)


def _join_anew(
    session: Session, *, door: Door, acceptance: Acceptance, email: str, client: Client, now: datetime
) -> SignIn:
    missing = tuple(
        FieldError(f"/{name}", "needed, since there is no account with this address yet")
        for name in ("full_name", "password")
        if not getattr(acceptance, name)
    )
    if missing:
        raise InvalidError("Say your name, and choose a password.", errors=missing)
    password = acceptance.password or ""
    check_password(password, email=email)
    user = User(
        id=new_id(USER, now=now),
        email=email,
        password_hash=hash_password(password),
        full_name=acceptance.full_name,
        created_at=now,
    )
    if not members.insert_user(session, user=user):
        raise EmailTakenError("There is an account with this email address by now: say its password.")
    user = session.get_one(User, user.id)
    _join(session, token=acceptance.token, user=user, client=client, now=now)
    return open_session(session, tokens=door.tokens, user=user, client=client, lifetime=door.lifetime, now=now)


def _join_with_password(
    begin: Begin, *, door: Door, acceptance: Acceptance, email: str, client: Client, now: datetime
) -> SignIn:
    if not acceptance.password:
        if acceptance.caller is not None:
            raise InvitationNotYoursError("This invitation is for another address than yours: sign out first.")
        error = FieldError("/password", "needed, since there is an account with this address")
        raise InvalidError("Say the password of your account.", errors=(error,))

    def join(session: Session, user: User) -> None:
        _join(session, token=acceptance.token, user=user, client=client, now=now)

    claim = Claim(email, acceptance.password, acceptance.code, acceptance.browser)
    return log_in(begin, door=door, claim=claim, client=client, now=now, first=join)


def _open_invitation(session: Session, token: str, *, now: datetime, lock: bool = False) -> Invitation:
    found = None
    if is_well_formed(token):
        found = queries.find_by_token(session, token_hash=hash_secret(token), lock=lock)
    if found is None or found.accepted_at or found.revoked_at or found.expires_at <= now or not _given(session, found):
        raise InvitationGoneError("This invitation was used or taken back, or has expired. Ask for a new one.")
    return found


def _given(session: Session, invitation: Invitation) -> list[str]:
    """Return the organizations in which the inviter may give that role as of this moment."""
    given = []
    for organization_id in filter(None, (invitation.organization_id, invitation.twin_id)):
        inviters = queries.role_of(session, organization_id=organization_id, user_id=invitation.invited_by)
        if inviters is not None and Role(invitation.role) in MANAGES[Role(inviters)]:
            given.append(organization_id)
    return given


def _join(session: Session, *, token: str, user: User, client: Client, now: datetime) -> str:
    """Make the person a member; return where they go on. Where they are one already, their role stays."""
    invitation = _open_invitation(session, token, now=now, lock=True)
    given = _given(session, invitation)
    for organization_id in given:
        members.lock_organization(session, organization_id=organization_id)
        if not members.is_member(session, organization_id=organization_id, user_id=user.id):
            _add(session, invitation, organization_id, user, client=client, now=now)
    invitation.accepted_at = now
    user.last_organization_id = given[0]
    session.flush()
    return given[0]


def _add(
    session: Session, invitation: Invitation, organization_id: str, user: User, *, client: Client, now: datetime
) -> None:
    member = Membership(
        id=new_id(MEMBER, now=now),
        organization_id=organization_id,
        user_id=user.id,
        role=invitation.role,
        created_at=now,
    )
    session.add(member)
    record_audit(
        session,
        organization_id=organization_id,
        actor=user.id,
        action="invitation.accept",
        subject=invitation.id,
        after={"role": invitation.role, "user_id": user.id, "member_id": member.id},
        request_id=client.request_id,
        now=now,
    )
