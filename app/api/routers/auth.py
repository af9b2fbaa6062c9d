"""Sign up, sign in, stay signed in, sign out; who am I."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials

from app.api.cookies import COOKIE, clear_session, refuse_forged, refuse_other_sites, set_session
from app.api.deps import (
    BEARER,
    AnyCaller,
    ClientIp,
    Db,
    Now,
    RequestId,
    Shared,
    authenticate,
    require,
    require_staff,
    throttle_auth,
)
from app.api.schemas.accounts import (
    BrandingIn,
    LoginIn,
    MeIn,
    MeOut,
    OrganizationOut,
    RefreshIn,
    RegisterIn,
    SignInOut,
    SwitchIn,
)
from app.api.signing_in import (
    OWN_PAGE,
    BrowserCookie,
    RefreshCookie,
    Staff,
    Visitor,
    door_of,
    lifetime_of,
    signed_in,
)
from app.domain.errors import UnauthenticatedError
from app.domain.identity.caller import Caller
from app.services.identity.branding import change_branding
from app.services.identity.log_in import Claim, account_of, log_in
from app.services.identity.people import find_organization, find_person, rename_person
from app.services.identity.register import Registration, register_merchant
from app.services.identity.sessions import (
    RefreshTokenInvalidError,
    log_out,
    log_out_by_refresh,
    log_out_by_secret,
    open_session,
    refresh_session,
    switch_organization,
)

router = APIRouter(prefix="/v1/auth", tags=["auth"])

Owner = Annotated[Caller, require("organization:write")]
SessionCookie = Annotated[str | None, Depends(COOKIE)]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


@router.post("/register", status_code=201, dependencies=[OWN_PAGE])
def register(
    body: RegisterIn, response: Response, container: Shared, db: Db, now: Now, client_ip: ClientIp, client: Visitor
) -> SignInOut:
    """Sign up: makes the person, the live organization and its test twin, and signs in to the live one."""
    throttle_auth(container, client_ip=client_ip, account=account_of(body.email))
    registration = Registration(
        email=body.email,
        password=body.password.get_secret_value(),
        full_name=body.full_name,
        organization_name=body.organization_name,
        country=body.country,
        currency=body.currency,
    )
    made = register_merchant(
        db, crypto=container.crypto, registration=registration, now=now, request_id=client.request_id
    )
    sign_in = open_session(
        db, tokens=container.tokens, user=made.user, client=client, lifetime=lifetime_of(container), now=now
    )
    return signed_in(response, container, sign_in)


@router.post("/login", dependencies=[OWN_PAGE])
def login(
    body: LoginIn,
    response: Response,
    container: Shared,
    now: Now,
    client_ip: ClientIp,
    client: Visitor,
    browser: BrowserCookie = None,
) -> SignInOut:
    """Sign in to the organization that was used last.

    401 `totp_required` asks for `totp_code`; 429 `too_many_tries` says when the next try is judged.
    """
    throttle_auth(container, client_ip=client_ip, account=account_of(body.email))
    claim = Claim(body.email, body.password.get_secret_value(), body.totp_code, browser)
    sign_in = log_in(container.database.begin, door=door_of(container), claim=claim, client=client, now=now)
    return signed_in(response, container, sign_in)


@router.post("/refresh")
def refresh(
    request: Request,
    response: Response,
    container: Shared,
    now: Now,
    client_ip: ClientIp,
    body: RefreshIn | None = None,
    cookie: RefreshCookie = None,
) -> SignInOut:
    """Turn the refresh token (in the body or the cookie) into new tokens; each is good for one use."""
    said = body.refresh_token if body else None
    token = said or cookie
    if token is None:
        raise UnauthenticatedError("Send the refresh token.")
    if said is None:
        refuse_other_sites(request, container)
    throttle_auth(container, client_ip=client_ip, account=f"refresh:{token[-12:]}")
    # Its own transaction, committed also when the answer is no: a stolen token ends the sign-in.
    with container.database.begin() as session:
        sign_in = refresh_session(
            session, tokens=container.tokens, refresh_token=token, lifetime=lifetime_of(container), now=now
        )
    if sign_in is None:
        raise RefreshTokenInvalidError("This refresh token is not valid, or was used before. Sign in again.")
    return signed_in(response, container, sign_in)


@router.post("/logout", status_code=204)
def logout(
    request: Request,
    response: Response,
    container: Shared,
    db: Db,
    now: Now,
    bearer: Bearer,
    secret: SessionCookie,
    body: RefreshIn | None = None,
    cookie: RefreshCookie = None,
) -> None:
    """End the sign-in of the access token, the refresh token or the cookie; harmless if it has ended."""
    said = body.refresh_token if body else None
    token = said or cookie
    if bearer is None and token is None and secret is None:
        raise UnauthenticatedError("Send an access token or a refresh token, or be signed in.")
    if bearer is not None:
        caller = require_staff(authenticate(container, bearer.credentials))
        log_out(db, session_id=caller.session_id or "", now=now)
    elif said is None and secret is not None:
        refuse_forged(request, container, secret)
        log_out_by_secret(db, secret=secret, now=now)
    if token is not None:
        log_out_by_refresh(db, refresh_token=token, now=now)
    clear_session(response)


@router.post("/switch")
def switch(
    body: SwitchIn, response: Response, container: Shared, db: Db, caller: Staff, now: Now, request_id: RequestId
) -> SignInOut:
    """Go on in another organization of yours; the refresh token and the cookies stay the same."""
    sign_in = switch_organization(
        db,
        tokens=container.tokens,
        user_id=caller.actor,
        session_id=caller.session_id or "",
        organization_id=body.organization_id,
        request_id=request_id,
        now=now,
    )
    return signed_in(response, container, sign_in)


@router.get("/me")
def me(request: Request, response: Response, container: Shared, db: Db, caller: Staff, secret: SessionCookie) -> MeOut:
    """Tell who is signed in, where, what they may do there, and where else they belong.

    A browser's cookies last on from here, as its sign-in does.
    """
    if secret is not None and "authorization" not in request.headers:
        set_session(response, container, secret)
    user, organizations = find_person(db, user_id=caller.actor)
    return MeOut.made_of(user, caller.organization_id, organizations)


@router.patch("/me")
def change_me(body: MeIn, db: Db, caller: Staff, now: Now, request_id: RequestId) -> MeOut:
    """Change your own name."""
    rename_person(
        db,
        user_id=caller.actor,
        organization_id=caller.organization_id,
        full_name=body.full_name,
        request_id=request_id,
        now=now,
    )
    user, organizations = find_person(db, user_id=caller.actor)
    return MeOut.made_of(user, caller.organization_id, organizations)


@router.get("/org")
def org(db: Db, caller: AnyCaller) -> OrganizationOut:
    """Tell which organization the credential acts for."""
    return OrganizationOut.of(find_organization(db, organization_id=caller.organization_id), caller.role)


@router.patch("/org")
def change_org(body: BrandingIn, db: Db, caller: Owner, now: Now, request_id: RequestId) -> OrganizationOut:
    """Change what the merchant is (in both modes), and how payers see it: name, colour and logo of its pages."""
    organization = change_branding(
        db,
        organization_id=caller.organization_id,
        changes=body.changes(),
        actor=caller.actor,
        request_id=request_id,
        now=now,
    )
    return OrganizationOut.of(organization, caller.role)
