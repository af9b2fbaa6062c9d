"""Views that people save: a list's filters under a name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.models import SavedView
from app.db.queries import views as queries
from app.db.queries.clock import lock_organization
from app.domain.errors import ConflictError, ForbiddenError, NotFoundError
from app.domain.ids import SAVED_VIEW, new_id
from app.services.audit import record_audit

MOST: Final = 50
"""How many views a person has in one organization."""


class TooManyViewsError(ConflictError):
    """The person has as many views as one may have."""

    default_code = "too_many_views"


class ViewNotYoursError(ForbiddenError):
    """Somebody else shares the view: it is seen, and not changed."""

    default_code = "view_not_yours"


@dataclass(frozen=True, slots=True)
class Editor:
    """Who saves: a person in an organization; `tidies` may take away what others share."""

    organization_id: str
    user_id: str
    request_id: str | None
    tidies: bool = False


@dataclass(frozen=True, slots=True)
class ViewWish:
    """What a view is to be; None leaves a field as it is."""

    name: str | None = None
    query: Mapping[str, Any] | None = field(default=None)
    shared: bool | None = None


def list_views(
    session: Session, *, organization_id: str, user_id: str, page: str | None, after: str | None, limit: int
) -> list[SavedView]:
    """Return a person's views and those that others share, the newest first, one more than `limit`."""
    return queries.list_views(
        session, organization_id=organization_id, user_id=user_id, page=page, after=after, limit=limit
    )


def save_view(session: Session, *, editor: Editor, page: str, wish: ViewWish, now: datetime) -> SavedView:
    """Save a view; raises `TooManyViewsError`."""
    lock_organization(session, organization_id=editor.organization_id)
    mine = queries.count_views(session, organization_id=editor.organization_id, user_id=editor.user_id)
    if mine >= MOST:
        raise TooManyViewsError(f"You have {MOST} views: delete one first.")
    view = SavedView(
        id=new_id(SAVED_VIEW, now=now),
        organization_id=editor.organization_id,
        user_id=editor.user_id,
        page=page,
        name=wish.name or "",
        query=dict(wish.query or {}),
        is_shared=bool(wish.shared),
        created_at=now,
        updated_at=now,
    )
    session.add(view)
    session.flush()
    _audit(session, editor, "create", view, before=None, after=_told(view), now=now)
    return view


def change_view(session: Session, *, editor: Editor, view_id: str, wish: ViewWish, now: datetime) -> SavedView:
    """Change one's own view; raises `NotFoundError`, `ViewNotYoursError`."""
    view = _lock(session, editor, view_id)
    if view.user_id != editor.user_id:
        raise ViewNotYoursError("Somebody else shares this view: save one of your own.")
    before = _told(view)
    view.name = view.name if wish.name is None else wish.name
    view.query = view.query if wish.query is None else dict(wish.query)
    view.is_shared = view.is_shared if wish.shared is None else wish.shared
    if before != _told(view):
        view.updated_at = now
        _audit(session, editor, "update", view, before=before, after=_told(view), now=now)
    return view


def delete_view(session: Session, *, editor: Editor, view_id: str, now: datetime) -> None:
    """Delete one's own view, or a shared one if the editor tidies; raises `NotFoundError`, `ViewNotYoursError`."""
    view = _lock(session, editor, view_id)
    if view.user_id != editor.user_id and not editor.tidies:
        raise ViewNotYoursError("Somebody else shares this view; it is theirs.")
    _audit(session, editor, "delete", view, before=_told(view), after=None, now=now)
    session.delete(view)


def _lock(session: Session, editor: Editor, view_id: str) -> SavedView:
    view = queries.find_view(
        session, organization_id=editor.organization_id, user_id=editor.user_id, view_id=view_id, lock=True
    )
    if view is None:
        raise NotFoundError("There is no such view.")
    return view


def _told(view: SavedView) -> dict[str, Any]:
    """Return what the audit log tells; a search may be a contact, so filters are told by their names."""
    return {"name": view.name, "page": view.page, "shared": view.is_shared, "filters": sorted(view.query)}


def _audit(
    session: Session,
    editor: Editor,
    action: str,
    view: SavedView,
    *,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: datetime,
) -> None:
    record_audit(
        session,
        organization_id=editor.organization_id,
        actor=editor.user_id,
        action=f"saved_view.{action}",
        subject=view.id,
        before=before,
        after=after,
        request_id=editor.request_id,
        now=now,
    )
