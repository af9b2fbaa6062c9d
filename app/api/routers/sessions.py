"""One's own sign-ins."""

from fastapi import APIRouter, Response

from app.api.cookies import clear_session
from app.api.deps import Db, Now, RequestId
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.people import RevokedView, SessionView
from app.api.signing_in import Staff
from app.services.identity import own_sessions

router = APIRouter(prefix="/v1/auth/sessions", tags=["auth"])


@router.get("")
def list_sessions(db: Db, caller: Staff, now: Now, page: PageParams) -> Listing[SessionView]:
    """List your sign-ins that have not ended, newest first."""
    rows = own_sessions.list_sessions(db, user_id=caller.actor, after=page.after, limit=page.limit, now=now)
    return listing(rows, page, lambda row: SessionView.of(row, caller.session_id))


@router.delete("/{session_id}", status_code=204)
def revoke_session(session_id: str, response: Response, db: Db, caller: Staff, now: Now, request_id: RequestId) -> None:
    """End one of your sign-ins; it opens nothing from now on. Ending the present one is signing out."""
    own_sessions.revoke_session(db, caller=caller, session_id=session_id, request_id=request_id, now=now)
    if session_id == caller.session_id:
        clear_session(response)


@router.post("/revoke_others")
def revoke_others(db: Db, caller: Staff, now: Now, request_id: RequestId) -> RevokedView:
    """End every sign-in of yours but this one."""
    return RevokedView(revoked=own_sessions.revoke_others(db, caller=caller, request_id=request_id, now=now))
