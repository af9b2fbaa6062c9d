"""The providers that an organization has connected."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from app.api.deps import Db, Now, RequestId, Shared, require
from app.api.idempotency import Idempotent
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.psp_accounts import CheckView, PspAccountChangeIn, PspAccountIn, PspAccountView
from app.api.schemas.psp_readings import BackfillIn, PspReadingView
from app.bootstrap import Container
from app.db.models import PspAccount
from app.domain.identity.caller import Caller
from app.services import reconcile
from app.services.payments import connect
from app.services.payments.connect import Actor

router = APIRouter(prefix="/v1/psp_accounts", tags=["psp accounts"])

Reader = Annotated[Caller, require("psp_accounts:read")]
Writer = Annotated[Caller, require("psp_accounts:write")]


async def actor_of(caller: Writer, request_id: RequestId, now: Now) -> Actor:
    """Return who changes an account."""
    return Actor(caller.organization_id, caller.mode, caller.actor, request_id, now)


By = Annotated[Actor, Depends(actor_of)]


def _view(account: PspAccount, container: Container) -> PspAccountView:
    return PspAccountView.of(account, crypto=container.crypto, base_url=container.settings.public_base_url)


@router.get("", response_model=Listing[PspAccountView])
def list_psp_accounts(db: Db, container: Shared, caller: Reader, page: PageParams) -> Listing[PspAccountView]:
    """List the connected accounts, newest first."""
    rows = connect.list_psp_accounts(db, organization_id=caller.organization_id, after=page.after, limit=page.limit)
    return listing(rows, page, lambda account: _view(account, container))


@router.post("", status_code=201, response_model=PspAccountView)
def connect_psp_account(body: PspAccountIn, db: Db, container: Shared, by: By, once: Idempotent) -> Response:
    """Connect a provider. Live credentials belong to the live organization and test ones to the test organization.

    Tell the provider `webhook_url` of the answer, then say the secret that it signs with by PATCH.
    """

    def effect() -> PspAccountView:
        account = connect.connect_account(db, crypto=container.crypto, psp=body.psp, wish=body.wish(), actor=by)
        return _view(account, container)

    return once.run(effect)


@router.get("/{psp_account_id}", response_model=PspAccountView)
def get_psp_account(psp_account_id: str, db: Db, container: Shared, caller: Reader) -> PspAccountView:
    """Return one account; of its secrets only the last characters."""
    account = connect.get_psp_account(db, organization_id=caller.organization_id, account_id=psp_account_id)
    return _view(account, container)


@router.patch("/{psp_account_id}", response_model=PspAccountView)
def change_psp_account(
    psp_account_id: str, body: PspAccountChangeIn, db: Db, container: Shared, by: By
) -> PspAccountView:
    """Change an account. A new webhook secret holds beside the older ones for a while, so that none is missed."""
    account = connect.change_account(db, crypto=container.crypto, account_id=psp_account_id, wish=body.wish(), actor=by)
    return _view(account, container)


@router.delete("/{psp_account_id}", status_code=204)
def delete_psp_account(psp_account_id: str, db: Db, container: Shared, by: By) -> None:
    """Forget an account and its secrets; what went through it stays readable.

    409 `psp_account_in_use` while a charge through it has no outcome, a payment page is open, or a refund is due.
    """
    connect.remove_account(db, crypto=container.crypto, account_id=psp_account_id, actor=by)


@router.post("/{psp_account_id}/test", response_model=CheckView)
def check_psp_account(psp_account_id: str, container: Shared, caller: Writer) -> CheckView:
    """Ask the provider whether the account works; says what is missing. No money moves."""
    findings = connect.try_account(
        container.database.begin,
        payments=container.payments,
        crypto=container.crypto,
        clock=container.clock,
        organization_id=caller.organization_id,
        account_id=psp_account_id,
        mode=caller.mode,
    )
    return CheckView.of(findings)


@router.post("/{psp_account_id}/backfill", status_code=202, response_model=PspReadingView)
def backfill_psp_account(psp_account_id: str, body: BackfillIn, db: Db, by: By, once: Idempotent) -> Response:
    """Read an account's earlier payments page by page, and open recoveries for those that failed.

    What was opened takes its first step six hours later at the earliest: further down the list the
    payment may have been made. The one that runs already is returned, if one does.
    """

    def effect() -> PspReadingView:
        reading = reconcile.begin_backfill(db, account_id=psp_account_id, since=body.since, until=body.until, actor=by)
        return PspReadingView.of(reading)

    return once.run(effect, status=202)


@router.get("/{psp_account_id}/readings", response_model=Listing[PspReadingView])
def list_psp_readings(psp_account_id: str, db: Db, caller: Reader, page: PageParams) -> Listing[PspReadingView]:
    """List the walks through an account's payments with their progress, newest first."""
    rows = reconcile.get_account_readings(
        db, organization_id=caller.organization_id, account_id=psp_account_id, after=page.after, limit=page.limit
    )
    return listing(rows, page, PspReadingView.of)
