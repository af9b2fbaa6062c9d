"""Keys of the merchant's servers."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from app.api.deps import Db, Now, RequestId, Shared, require
from app.api.idempotency import Idempotent
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.accounts import ApiKeyIn, ApiKeyOut, NewApiKeyOut, RotateIn
from app.domain.identity.caller import Caller
from app.services.identity import api_keys

router = APIRouter(prefix="/v1/api_keys", tags=["api keys"])
Reader = Annotated[Caller, require("api_keys:read")]
Writer = Annotated[Caller, require("api_keys:write")]


@router.get("")
def list_api_keys(db: Db, caller: Reader, page: PageParams) -> Listing[ApiKeyOut]:
    """List the keys, newest first, those that ended too."""
    rows = api_keys.list_api_keys(db, organization_id=caller.organization_id, after=page.after, limit=page.limit)
    return listing(rows, page, ApiKeyOut.of)


@router.post("", status_code=201, response_model=NewApiKeyOut)
def create_api_key(
    body: ApiKeyIn, db: Db, caller: Writer, now: Now, request_id: RequestId, once: Idempotent
) -> Response:
    """Make a key; its secret is in this answer, and nowhere else."""
    wish = api_keys.KeyWish(body.name, body.scopes, body.expires_at)
    return once.run(
        lambda: NewApiKeyOut.made_of(
            api_keys.create_api_key(
                db,
                organization_id=caller.organization_id,
                mode=caller.mode,
                wish=wish,
                actor=caller.actor,
                request_id=request_id,
                now=now,
            )
        )
    )


@router.post("/{key_id}/rotate", status_code=201, response_model=NewApiKeyOut)
def rotate_api_key(
    key_id: str,
    db: Db,
    caller: Writer,
    now: Now,
    request_id: RequestId,
    once: Idempotent,
    body: RotateIn | None = None,
) -> Response:
    """Make a successor; the old key works for `overlap_seconds` longer."""
    overlap = timedelta(seconds=(body or RotateIn()).overlap_seconds)
    return once.run(
        lambda: NewApiKeyOut.made_of(
            api_keys.rotate_api_key(
                db,
                organization_id=caller.organization_id,
                mode=caller.mode,
                key_id=key_id,
                overlap=overlap,
                actor=caller.actor,
                request_id=request_id,
                now=now,
            )
        )
    )


@router.delete("/{key_id}", status_code=204)
def revoke_api_key(key_id: str, db: Db, container: Shared, caller: Writer, now: Now, request_id: RequestId) -> None:
    """End a key: here at once, in other processes within five seconds."""
    api_keys.revoke_api_key(
        db, organization_id=caller.organization_id, key_id=key_id, actor=caller.actor, request_id=request_id, now=now
    )
    container.api_keys.forget(caller.organization_id)
