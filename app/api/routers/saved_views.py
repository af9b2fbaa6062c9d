"""Views that people save; API keys have none."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.api.deps import Db, Now, RequestId, require, require_staff
from app.api.idempotency import Idempotent
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.views import Page, SavedViewChange, SavedViewIn, SavedViewView
from app.domain.identity.caller import Caller
from app.services import saved_views
from app.services.saved_views import Editor, ViewWish

router = APIRouter(
    prefix="/v1/saved_views", tags=["saved views"], dependencies=[Depends(require_staff), require("recoveries:read")]
)

Staff = Annotated[Caller, Depends(require_staff)]


@router.get("", response_model=Listing[SavedViewView])
def list_saved_views(
    db: Db, caller: Staff, page: PageParams, of_page: Annotated[Page | None, Query(alias="page")] = None
) -> Listing[SavedViewView]:
    """List the caller's views and those that others share, newest first."""
    rows = saved_views.list_views(
        db,
        organization_id=caller.organization_id,
        user_id=caller.actor,
        page=of_page,
        after=page.after,
        limit=page.limit,
    )
    return listing(rows, page, lambda view: SavedViewView.of(view, caller.actor))


@router.post("", status_code=201, response_model=SavedViewView)
def save_view(body: SavedViewIn, db: Db, caller: Staff, now: Now, once: Idempotent, request_id: RequestId) -> Response:
    """Save a view; a person has up to 50 in an organization."""
    wish = ViewWish(body.name, body.query, body.shared)
    editor = _editor(caller, request_id)
    return once.run(
        lambda: SavedViewView.of(
            saved_views.save_view(db, editor=editor, page=body.page, wish=wish, now=now), caller.actor
        )
    )


@router.patch("/{saved_view_id}", response_model=SavedViewView)
def change_view(
    saved_view_id: str, body: SavedViewChange, db: Db, caller: Staff, now: Now, request_id: RequestId
) -> SavedViewView:
    """Change a view of one's own."""
    wish = ViewWish(body.name, body.query, body.shared)
    view = saved_views.change_view(db, editor=_editor(caller, request_id), view_id=saved_view_id, wish=wish, now=now)
    return SavedViewView.of(view, caller.actor)


@router.delete("/{saved_view_id}", status_code=204)
def delete_view(saved_view_id: str, db: Db, caller: Staff, now: Now, request_id: RequestId) -> None:
    """Delete a view of one's own; who manages members may delete any that is shared."""
    saved_views.delete_view(db, editor=_editor(caller, request_id), view_id=saved_view_id, now=now)


def _editor(caller: Caller, request_id: str) -> Editor:
    return Editor(caller.organization_id, caller.actor, request_id, tidies=caller.may("members:write"))
