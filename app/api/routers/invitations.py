"""Asking people to join, and joining."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Response

from app.api.deps import (
    CallerIfAny,
    ClientIp,
    Db,
    Now,
    RequestId,
    Shared,
    refuse_rate,
    require,
    throttle_auth,
)
from app.api.idempotency import Idempotent
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.accounts import SignInOut
from app.api.schemas.people import AcceptIn, InvitationByToken, InvitationIn, InvitationView
from app.api.schemas.problem import GONE
from app.api.signing_in import OWN_PAGE, BrowserCookie, Visitor, door_of, signed_in
from app.bootstrap import Container
from app.domain.identity.caller import Caller
from app.services.identity import acceptance, invitations

router = APIRouter(prefix="/v1/invitations", tags=["members"])
Reader = Annotated[Caller, require("members:read")]
Writer = Annotated[Caller, require("members:write")]
MAILS_PER_HOUR: Final = 100
_HOUR: Final = timedelta(hours=1)


@router.get("")
def list_invitations(db: Db, caller: Reader, now: Now, page: PageParams) -> Listing[InvitationView]:
    """List who was asked and has not answered, newest first."""
    rows = invitations.list_invitations(db, organization_id=caller.organization_id, after=page.after, limit=page.limit)
    return listing(rows, page, lambda row: InvitationView.of(row, now))


@router.post("", status_code=201, response_model=InvitationView)
def invite(
    body: InvitationIn,
    container: Shared,
    db: Db,
    caller: Writer,
    now: Now,
    request_id: RequestId,
    once: Idempotent,
) -> Response:
    """Ask somebody to join by mail, here and in the twin where you may; 409 `invitation_pending` on a repeat."""
    _spare_mail(container, caller)
    return once.run(
        lambda: InvitationView.of(
            invitations.invite(
                db,
                crypto=container.crypto,
                caller=caller,
                email=body.email,
                role=body.role,
                request_id=request_id,
                now=now,
            ),
            now,
        )
    )


@router.delete("/{invitation_id}", status_code=204)
def revoke(invitation_id: str, db: Db, caller: Writer, now: Now, request_id: RequestId) -> None:
    """Take an invitation back; its link works no more."""
    invitations.revoke(db, caller=caller, invitation_id=invitation_id, request_id=request_id, now=now)


@router.post("/{invitation_id}/resend")
def resend(
    invitation_id: str, container: Shared, db: Db, caller: Writer, now: Now, request_id: RequestId
) -> InvitationView:
    """Mail a new link that works for seven days; the old one works no more."""
    _spare_mail(container, caller)
    row = invitations.resend(
        db, crypto=container.crypto, caller=caller, invitation_id=invitation_id, request_id=request_id, now=now
    )
    return InvitationView.of(row, now)


@router.get("/by_token/{token}", responses=GONE)
def show_by_token(token: str, container: Shared, db: Db, now: Now, client_ip: ClientIp) -> InvitationByToken:
    """Tell whoever holds the token what they are asked; 410 `invitation_gone` if it works no more."""
    throttle_auth(container, client_ip=client_ip, account=f"invite:{token[-12:]}")
    return InvitationByToken.of(acceptance.show_invitation(db, token=token, now=now))


@router.post("/accept", dependencies=[OWN_PAGE], responses=GONE)
def accept(
    body: AcceptIn,
    response: Response,
    container: Shared,
    now: Now,
    client_ip: ClientIp,
    client: Visitor,
    caller: CallerIfAny,
    browser: BrowserCookie = None,
) -> SignInOut:
    """Join: signed in with the invited address, with the password of its account, or as a new person."""
    throttle_auth(container, client_ip=client_ip, account=f"invite:{body.token[-12:]}")
    given = acceptance.Acceptance(
        token=body.token,
        full_name=body.full_name,
        password=body.password.get_secret_value() if body.password else None,
        code=body.totp_code,
        browser=browser,
        caller=caller,
    )
    sign_in = acceptance.accept_invitation(
        container.database.begin, door=door_of(container), acceptance=given, client=client, now=now
    )
    return signed_in(response, container, sign_in)


def _spare_mail(container: Container, caller: Caller) -> None:
    now = container.clock.now()
    key = f"invitation_mails:{caller.organization_id}"
    wait = container.limiter.take(key, limit=MAILS_PER_HOUR, per=_HOUR, now=now, strict=True)
    if wait is not None:
        refuse_rate("invitation_mails", wait)
