"""Links: made by the merchant, read and opened by whoever holds one."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.api.deps import ClientIp, Db, Now, OrgNow, RequestId, Shared, require, throttle_auth
from app.api.idempotency import Idempotent
from app.api.schemas.links import IssuedLinkView, LinkIn, PublicLinkView, ReissueView
from app.api.schemas.recoveries import LinkView
from app.domain.identity.caller import Caller
from app.services.audit import record_audit
from app.services.links.issue import issue_link_by_ref, revoke_link
from app.services.links.read import get_valid_link, mark_opened
from app.services.links.reissue import reissue

router = APIRouter(prefix="/v1/recoveries", tags=["links"])
links_router = APIRouter(prefix="/v1/links", tags=["links"])

Writer = Annotated[Caller, require("links:write")]


@router.post("/by_ref/{transaction_ref:path}/link", status_code=201, response_model=IssuedLinkView)
def create_link(
    db: Db,
    caller: Writer,
    now: OrgNow,
    container: Shared,
    once: Idempotent,
    transaction_ref: str,
    body: LinkIn | None = None,
) -> Response:
    """Make a link for a transaction's open recovery."""
    wish = body or LinkIn()
    return once.run(
        lambda: IssuedLinkView.of(
            issue_link_by_ref(
                db,
                tokens=container.link_tokens,
                base_url=container.settings.public_base_url,
                organization_id=caller.organization_id,
                transaction_ref=transaction_ref,
                ttl=timedelta(seconds=wish.ttl_seconds),
                channel=wish.channel,
                actor=caller.actor,
                now=now,
            )
        )
    )


@router.get("/by_token/{token}", response_model=PublicLinkView)
def get_link(db: Db, now: Now, container: Shared, token: str) -> PublicLinkView:
    """Say what a link is for; changes nothing. 410 with a code of its own for each way to be gone."""
    return PublicLinkView.of(get_valid_link(db, tokens=container.link_tokens, token=token, now=now))


@router.post("/by_token/{token}/open", response_model=PublicLinkView)
def open_link(db: Db, now: Now, container: Shared, request: Request, token: str) -> PublicLinkView:
    """Mark a link as opened, once; scanners and previews leave no mark."""
    opened = get_valid_link(db, tokens=container.link_tokens, token=token, now=now)
    mark_opened(db, opened, headers=dict(request.headers), again=False)
    db.refresh(opened.link)
    return PublicLinkView.of(opened)


@router.post("/by_token/{token}/reissue", status_code=202, response_model=ReissueView)
def reissue_link(db: Db, now: Now, container: Shared, client_ip: ClientIp, token: str) -> ReissueView:
    """Have a fresh link sent to the payer's own address in place of an expired one."""
    throttle_auth(container, client_ip=client_ip, account=f"reissue:{token[-32:]}")
    reissue(db, tokens=container.link_tokens, token=token, now=now)
    return ReissueView()


@links_router.post("/{link_id}/revoke", response_model=LinkView)
def revoke(db: Db, caller: Writer, now: OrgNow, machine_now: Now, request_id: RequestId, link_id: str) -> LinkView:
    """Make a link good for nothing."""
    link = revoke_link(db, organization_id=caller.organization_id, link_id=link_id, actor=caller.actor, now=now)
    record_audit(
        db,
        organization_id=caller.organization_id,
        actor=caller.actor,
        action="link.revoke",
        subject=link_id,
        request_id=request_id,
        now=machine_now,
    )
    return LinkView.of(link)
