"""What the sandbox booked for a test organization, as the sandbox itself tells it."""

from sqlalchemy.orm import Session

from app.db.models import Organization
from app.db.queries.psp_accounts import accounts_of
from app.db.session import Begin
from app.domain.errors import ForbiddenError, NotFoundError
from app.domain.payments.books import BooksPage, SandboxBooks
from app.domain.payments.errors import NoPspAccountError
from app.domain.payments.port import Credentials
from app.domain.payments.routing import SANDBOX
from app.infra.crypto import Crypto
from app.services.payments.accounts import open_account


def list_charges(
    begin: Begin,
    *,
    crypto: Crypto,
    books: SandboxBooks,
    organization_id: str,
    account_id: str | None,
    transaction_ref: str | None,
    limit: int,
    cursor: str | None,
) -> BooksPage:
    """Ask the sandbox for its charges of an organization's account: the one named, else the preferred.

    No transaction is open while the sandbox is asked. Raises `ForbiddenError` for a live
    organization, `NotFoundError` and `NoPspAccountError` without an account, `UnavailableError`.
    """
    with begin() as session:
        credentials = _sandbox_account(session, crypto, organization_id, account_id)
    return books.charges(
        credentials.secrets.get("api_key", ""), transaction_ref=transaction_ref, limit=limit, cursor=cursor
    )


def _sandbox_account(session: Session, crypto: Crypto, organization_id: str, account_id: str | None) -> Credentials:
    if session.get_one(Organization, organization_id).mode != "test":
        raise ForbiddenError("Only a test organization has a sandbox.", code="live_organization")
    accounts = [a for a in accounts_of(session, organization_id=organization_id) if a.psp == SANDBOX]
    if account_id is not None:
        accounts = [account for account in accounts if account.id == account_id]
        if not accounts:
            raise NotFoundError("There is no such account at the sandbox.")
    if not accounts:
        raise NoPspAccountError("The organization has no account at the sandbox.")
    return open_account(accounts[0], crypto=crypto, live=False)
