"""Sign up, sign in, stay signed in, sign out; who am I."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Cookie, Depends, Header, Response
from fastapi.security import HTTPAuthorizationCredentials

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
    MeOut,
    OrganizationOut,
    RefreshIn,
    RegisterIn,
    SignInOut,
    SwitchIn,
    UserOut,
)
from app.bootstrap import Container
from app.domain.errors import UnauthenticatedError
from app.domain.identity.caller import Caller
from app.services.identity.branding import change_branding
from app.services.identity.people import find_organization, find_person
from app.services.identity.register import Registration, register_merchant
from app.services.identity.sessions import (
    Client,
    RefreshTokenInvalidError,
    SignIn,
    log_in,
    log_out,
    log_out_by_refresh,
    open_session,
    refresh_session,
    switch_organization,
)

router = APIRouter(prefix="/v1/auth", tags=["auth"])
COOKIE: Final = "tinko_refresh"
_PATH: Final = "/v1/auth"

UserAgent = Annotated[str | None, Header(include_in_schema=False)]
RefreshCookie = Annotated[str | None, Cookie(alias=COOKIE, include_in_schema=False)]
Staff = Annotated[Caller, Depends(require_staff)]
Owner = Annotated[Caller, require("organization:write")]


@router.post("/register", status_code=201)
def register(
    body: RegisterIn,
    response: Response,
    container: Shared,
    db: Db,
    now: Now,
    client_ip: ClientIp,
    request_id: RequestId,
    user_agent: UserAgent = None,
) -> SignInOut:
    """Sign up: makes the person, the live organization and its test twin, and signs in to the live one."""
    throttle_auth(container, client_ip=client_ip, account=body.email.strip().lower())
    registration = Registration(
        email=body.email,
        password=body.password.get_secret_value(),
        full_name=body.full_name,
        organization_name=body.organization_name,
        country=body.country,
        currency=body.currency,
    )
    made = register_merchant(db, crypto=container.crypto, registration=registration, now=now, request_id=request_id)
    sign_in = open_session(
        db,
        tokens=container.tokens,
        user=made.user,
        client=Client(user_agent, request_id),
        lifetime=_lifetime(container),
        now=now,
    )
    return _signed_in(response, container, sign_in)


@router.post("/login")
def login(
    body: LoginIn,
    response: Response,
    container: Shared,
    db: Db,
    now: Now,
    client_ip: ClientIp,
    request_id: RequestId,
    user_agent: UserAgent = None,
) -> SignInOut:
    """Sign in to the organization that was used last."""
    throttle_auth(container, client_ip=client_ip, account=body.email.strip().lower())
    sign_in = log_in(
        db,
        tokens=container.tokens,
        email=body.email,
        password=body.password.get_secret_value(),
        client=Client(user_agent, request_id),
        lifetime=_lifetime(container),
        now=now,
    )
    return _signed_in(response, container, sign_in)


@router.post("/refresh")
def refresh(
    response: Response,
    container: Shared,
    now: Now,
    client_ip: ClientIp,
    body: RefreshIn | None = None,
    cookie: RefreshCookie = None,
) -> SignInOut:
    """Turn the refresh token (in the body or the cookie) into new tokens; each is good for one use."""
    token = (body.refresh_token if body else None) or cookie
    if token is None:
        raise UnauthenticatedError("Send the refresh token.")
    throttle_auth(container, client_ip=client_ip, account=f"refresh:{token[-12:]}")
    # Its own transaction, committed also when the answer is no: a stolen token ends the sign-in.
    with container.database.begin() as session:
        sign_in = refresh_session(
            session, tokens=container.tokens, refresh_token=token, lifetime=_lifetime(container), now=now
        )
    if sign_in is None:
        raise RefreshTokenInvalidError("This refresh token is not valid, or was used before. Sign in again.")
    return _signed_in(response, container, sign_in)


@router.post("/logout", status_code=204)
def logout(
    response: Response,
    container: Shared,
    db: Db,
    now: Now,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    body: RefreshIn | None = None,
    cookie: RefreshCookie = None,
) -> None:
    """End the sign-in of the access token, of the refresh token, or of both; harmless if it has ended."""
    token = (body.refresh_token if body else None) or cookie
    if bearer is None and token is None:
        raise UnauthenticatedError("Send an access token or a refresh token.")
    if bearer is not None:
        caller = require_staff(authenticate(container, bearer.credentials))
        log_out(db, session_id=caller.session_id or "", now=now)
    if token is not None:
        log_out_by_refresh(db, refresh_token=token, now=now)
    response.delete_cookie(COOKIE, path=_PATH)


@router.post("/switch")
def switch(
    body: SwitchIn, response: Response, container: Shared, db: Db, caller: Staff, now: Now, request_id: RequestId
) -> SignInOut:
    """Go on in another organization of yours; the refresh token stays the same."""
    sign_in = switch_organization(
        db,
        tokens=container.tokens,
        user_id=caller.actor,
        session_id=caller.session_id or "",
        organization_id=body.organization_id,
        request_id=request_id,
        now=now,
    )
    return _signed_in(response, container, sign_in)


@router.get("/me")
def me(db: Db, caller: Staff) -> MeOut:
    """Tell who is signed in, where, and where else they belong."""
    user, organizations = find_person(db, user_id=caller.actor)
    shown = [OrganizationOut.of(each, role) for each, role in organizations]
    here = next(each for each in shown if each.id == caller.organization_id)
    return MeOut(user=UserOut.of(user), organization=here, organizations=shown)


@router.get("/org")
def org(db: Db, caller: AnyCaller) -> OrganizationOut:
    """Tell which organization the credential acts for."""
    return OrganizationOut.of(find_organization(db, organization_id=caller.organization_id), caller.role)


@router.patch("/org")
def change_org(body: BrandingIn, db: Db, caller: Owner, now: Now, request_id: RequestId) -> OrganizationOut:
    """Change how payers see the organization: name, colour and logo of its payment pages."""
    organization = change_branding(
        db,
        organization_id=caller.organization_id,
        changes=body.changes(),
        actor=caller.actor,
        request_id=request_id,
        now=now,
    )
    return OrganizationOut.of(organization, caller.role)


def _lifetime(container: Container) -> timedelta:
    return timedelta(days=container.settings.session_days)


def _signed_in(response: Response, container: Container, sign_in: SignIn) -> SignInOut:
    if sign_in.refresh_token is not None:
        response.set_cookie(
            COOKIE,
            sign_in.refresh_token,
            max_age=int(_lifetime(container).total_seconds()),
            path=_PATH,
            httponly=True,
            secure=container.settings.public_base_url.startswith("https://"),
            samesite="strict",
        )
    return SignInOut.made_of(sign_in)
