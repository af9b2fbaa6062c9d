"""Two-step sign-in."""

from fastapi import APIRouter

from app.api.deps import Db, Now, RequestId, Shared
from app.api.schemas.people import PasswordIn, RecoveryCodesView, TotpCodeIn, TotpOfferView
from app.api.signing_in import Staff, Visitor
from app.services.identity import second_factor
from app.services.identity.passwords import prove_password

router = APIRouter(prefix="/v1/auth/totp", tags=["auth"])


@router.post("")
def offer(container: Shared, db: Db, caller: Staff) -> TotpOfferView:
    """Make a secret for an authenticator app; nothing is asked for until it is confirmed."""
    made = second_factor.offer_totp(db, crypto=container.crypto, user_id=caller.actor)
    return TotpOfferView(secret=made.secret, otpauth_uri=made.otpauth_uri)


@router.post("/confirm")
def confirm(
    body: TotpCodeIn, container: Shared, db: Db, caller: Staff, now: Now, request_id: RequestId
) -> RecoveryCodesView:
    """Prove that the app has the secret; from now on signing in asks for a code. 422 `totp_invalid` if it is wrong."""
    codes = second_factor.confirm_totp(
        db, crypto=container.crypto, user_id=caller.actor, code=body.code, request_id=request_id, now=now
    )
    return RecoveryCodesView(recovery_codes=codes)


@router.post("/disable", status_code=204)
def disable(body: PasswordIn, container: Shared, db: Db, caller: Staff, now: Now, client: Visitor) -> None:
    """Ask for no codes any more; 422 `password_wrong` if the password is not that."""
    prove_password(
        container.database.begin,
        crypto=container.crypto,
        caller=caller,
        password=body.password.get_secret_value(),
        field="password",
        client=client,
        now=now,
    )
    second_factor.disable_totp(db, crypto=container.crypto, user_id=caller.actor, request_id=client.request_id, now=now)
