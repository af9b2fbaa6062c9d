"""Passwords that are forgotten, reset and changed."""

import hashlib
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Response

from app.api.deps import ClientIp, Db, Now, Shared, throttle_auth
from app.api.schemas.accounts import SignInOut
from app.api.schemas.people import AcceptedView, ChangePasswordIn, ForgotIn, ResetIn
from app.api.schemas.problem import GONE
from app.api.signing_in import OWN_PAGE, Staff, Visitor, door_of, signed_in
from app.services.identity import passwords
from app.services.identity.log_in import account_of

router = APIRouter(prefix="/v1/auth/password", tags=["auth"])
MAILS_PER_HOUR: Final = 5
_HOUR: Final = timedelta(hours=1)


@router.post("/forgot", status_code=202, dependencies=[OWN_PAGE])
def forgot_password(body: ForgotIn, container: Shared, db: Db, now: Now, client_ip: ClientIp) -> AcceptedView:
    """Have a link mailed that resets the password; the answer is the same whether or not there is an account."""
    account = account_of(body.email)
    throttle_auth(container, client_ip=client_ip, account=account)
    # Beyond a few mails an hour nothing is sent, and nothing is said: the answer tells nobody of others' requests.
    key = f"reset_mails:{hashlib.sha256(account.encode('utf-8', 'replace')).hexdigest()[:32]}"
    if container.limiter.take(key, limit=MAILS_PER_HOUR, per=_HOUR, now=now, strict=True) is None:
        passwords.ask_reset(db, crypto=container.crypto, email=account)
    return AcceptedView()


@router.post("/reset", dependencies=[OWN_PAGE], responses=GONE)
def reset_password(
    body: ResetIn, response: Response, container: Shared, now: Now, client_ip: ClientIp, client: Visitor
) -> SignInOut:
    """Choose a new password with a mailed token: every sign-in ends, and this browser is signed in.

    410 `reset_token_gone` when the token was used or has expired; 401 `totp_required` where a code is asked for.
    """
    throttle_auth(container, client_ip=client_ip, account=f"reset:{body.token[-16:]}")
    sign_in = passwords.reset_password(
        container.database.begin,
        door=door_of(container),
        token=body.token,
        password=body.password.get_secret_value(),
        code=body.totp_code,
        client=client,
        now=now,
    )
    return signed_in(response, container, sign_in)


@router.post("/change", status_code=204)
def change_password(
    body: ChangePasswordIn, container: Shared, db: Db, caller: Staff, now: Now, client: Visitor
) -> None:
    """Change your password; your other sign-ins end. 422 `password_wrong` if the present one is not that."""
    passwords.prove_password(
        container.database.begin,
        crypto=container.crypto,
        caller=caller,
        password=body.current_password.get_secret_value(),
        field="current_password",
        client=client,
        now=now,
    )
    new = body.new_password.get_secret_value()
    passwords.change_password(db, crypto=container.crypto, caller=caller, password=new, client=client, now=now)
