"""Who belongs to an organization, and as what."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import Membership, User
from app.db.queries import members as queries
from app.db.queries.scoped import get_owned
from app.domain.errors import ConflictError, ForbiddenError, NotFoundError
from app.domain.identity.access import MANAGES, Role
from app.domain.identity.caller import Caller
from app.domain.identity.credentials import normalise_email
from app.domain.ids import MEMBER, new_id
from app.services.audit import record_audit


class UserUnknownError(NotFoundError):
    """Nobody has signed up with that address."""

    default_code = "user_unknown"


class MemberAlreadyError(ConflictError):
    """The person is a member already."""

    default_code = "member_already"


class LastOwnerError(ConflictError):
    """An organization keeps at least one owner."""

    default_code = "last_owner"


class RoleNotYoursError(ForbiddenError):
    """The caller's role may not give, change or take this role."""

    default_code = "role_not_yours"


def list_members(
    session: Session, *, organization_id: str, after: str | None, limit: int
) -> list[tuple[Membership, User]]:
    """Return the members, newest first, and one more than `limit` if there are more."""
    statement = queries.members_of(organization_id)
    if after is not None:
        statement = statement.where(Membership.id < after)
    rows = session.execute(statement.order_by(Membership.id.desc()).limit(limit + 1))
    return [(row[0], row[1]) for row in rows]


def add_member(
    session: Session, *, caller: Caller, email: str, role: Role, request_id: str | None, now: datetime
) -> tuple[Membership, User]:
    """Add somebody who has signed up; raises UserUnknownError, MemberAlreadyError, RoleNotYoursError."""
    must_manage(caller, role)
    user = queries.find_user_by_email(session, email=normalise_email(email))
    if user is None:
        raise UserUnknownError("Nobody has signed up with this email address.")
    queries.lock_organization(session, organization_id=caller.organization_id)
    if queries.is_member(session, organization_id=caller.organization_id, user_id=user.id):
        raise MemberAlreadyError("This person is a member already.")
    member = Membership(
        id=new_id(MEMBER, now=now),
        organization_id=caller.organization_id,
        user_id=user.id,
        role=role.value,
        created_at=now,
    )
    session.add(member)
    _audit(session, caller, "member.add", member, before=None, request_id=request_id, now=now)
    session.flush()
    return member, user


def change_role(
    session: Session, *, caller: Caller, member_id: str, role: Role, request_id: str | None, now: datetime
) -> tuple[Membership, User]:
    """Give a member another role; raises NotFoundError, RoleNotYoursError, LastOwnerError."""
    queries.lock_organization(session, organization_id=caller.organization_id)
    member = get_owned(session, Membership, organization_id=caller.organization_id, row_id=member_id)
    must_manage(caller, Role(member.role))
    must_manage(caller, role)
    if role is not Role.OWNER:
        _must_not_be_last_owner(session, member)
    before, member.role = member.role, role.value
    if before != member.role:
        _audit(session, caller, "member.change_role", member, before=before, request_id=request_id, now=now)
    return member, session.get_one(User, member.user_id)


def remove_member(session: Session, *, caller: Caller, member_id: str, request_id: str | None, now: datetime) -> None:
    """Take somebody out; raises NotFoundError, RoleNotYoursError, LastOwnerError."""
    queries.lock_organization(session, organization_id=caller.organization_id)
    member = get_owned(session, Membership, organization_id=caller.organization_id, row_id=member_id)
    must_manage(caller, Role(member.role))
    _must_not_be_last_owner(session, member)
    _audit(session, caller, "member.remove", member, before=member.role, request_id=request_id, now=now)
    session.delete(member)


def must_manage(caller: Caller, role: Role) -> None:
    """Raise RoleNotYoursError unless the caller's role may give, change and take that role."""
    if caller.role is None or role not in MANAGES[Role(caller.role)]:
        raise RoleNotYoursError(f"You may not give, change or take the role {role}.")


def _must_not_be_last_owner(session: Session, member: Membership) -> None:
    is_owner = member.role == Role.OWNER.value
    if is_owner and queries.count_owners(session, organization_id=member.organization_id) == 1:
        raise LastOwnerError("An organization keeps at least one owner.")


def _audit(
    session: Session,
    caller: Caller,
    action: str,
    member: Membership,
    *,
    before: str | None,
    request_id: str | None,
    now: datetime,
) -> None:
    record_audit(
        session,
        organization_id=caller.organization_id,
        actor=caller.actor,
        action=action,
        subject=member.id,
        before=None if before is None else {"role": before, "user_id": member.user_id},
        after=None if action == "member.remove" else {"role": member.role, "user_id": member.user_id},
        request_id=request_id,
        now=now,
    )
