"""Paying through a link: claim the charge lease, have the provider open its page, record; or ask what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Checkout
from app.db.queries.attempts import Work, in_flight_of, lock_work
from app.db.queries.links import count_checkouts, open_checkout_of
from app.db.queries.recoveries import lock_case
from app.db.session import Begin
from app.domain.errors import TinkoError
from app.domain.ids import CHECKOUT, new_id
from app.domain.links.errors import (
    AmountChangedError,
    BeingRetriedError,
    TooManyCheckoutsError,
)
from app.domain.links.states import CHECKOUT_TTL, MOST_CHECKOUTS_PER_LINK, MOST_CHECKOUTS_PER_RECOVERY
from app.domain.money import Money
from app.domain.payments.errors import CallDeferredError, PspUnsupportedError
from app.domain.payments.port import (
    Checkout as ProvidersPage,
)
from app.domain.payments.port import CheckoutRequest, Credentials, Outcome, PaymentsPort
from app.domain.recovery.states import AttemptStatus, check_attempt
from app.infra.clock import Clock
from app.infra.crypto import Crypto
from app.infra.link_tokens import LinkTokens
from app.services.links.ask_first import ask_first
from app.services.links.issue import payers_attempt
from app.services.links.read import OpenedLink, get_valid_link
from app.services.payments.accounts import choose_credentials
from app.services.recovery.checkouts import page_is_over, release_checkout
from app.services.recovery.settle import settle_capture
from app.services.timeline import note

_CALL_GRACE: Final = timedelta(minutes=2)
"""Longer than any provider's time-out: then whoever was to record the page is dead."""


@dataclass(frozen=True, slots=True)
class _Order:
    """A page to be opened at a provider, for which the charge lease is held."""

    attempt_id: str
    checkout_id: str
    credentials: Credentials
    request: CheckoutRequest
    clock_offset: timedelta


def open_checkout(
    begin: Begin,
    *,
    payments: PaymentsPort,
    crypto: Crypto,
    tokens: LinkTokens,
    clock: Clock,
    base_url: str,
    token: str,
    shown: int | None = None,
) -> str:
    """Return the address of the provider's page for this payment; the one that is open, or a new one.

    `shown` is the amount that the payer agreed to, in minor units; None trusts the transaction's.
    Where the failed payment may have come through after all, the provider is asked about it first.
    Raises `LinkInvalidError`, `LinkGoneError`, `BeingRetriedError`, `StillCheckingError`,
    `AmountChangedError`, `TooManyCheckoutsError`, `NoPspAccountError`, and `UnavailableError` when the
    provider opens none.
    """
    ask_first(begin, payments=payments, crypto=crypto, tokens=tokens, clock=clock, token=token)
    with begin() as session:
        opened = _locked(session, tokens=tokens, token=token, now=clock.now())
        claimed = _claim(session, opened, crypto=crypto, base_url=base_url, token=token, shown=shown)
    if isinstance(claimed, str):
        return claimed
    try:
        page = payments.create_checkout(claimed.credentials, claimed.request, now=clock.now() + claimed.clock_offset)
    except TinkoError:
        with begin() as session:
            _give_up(session, claimed, now=clock.now())
        raise
    with begin() as session:
        _record(session, claimed, page, now=clock.now())
    return page.url


def refresh_checkout(begin: Begin, *, payments: PaymentsPort, crypto: Crypto, clock: Clock, recovery_id: str) -> None:
    """Ask the provider what became of the page that a recovery has open, if it has one, and record it.

    An answer that decides nothing, or none at all, leaves everything as it is.
    """
    with begin() as session:
        asked = _page_of(session, crypto, recovery_id)
    if asked is None:
        return
    attempt_id, psp_payment_id, credentials, clock_offset = asked
    try:
        found = payments.retrieve_payment(
            credentials, psp_payment_id=psp_payment_id, attempt_id=attempt_id, now=clock.now() + clock_offset
        )
    except (CallDeferredError, PspUnsupportedError):
        return
    if found is None or not (found.outcome is Outcome.SUCCEEDED or page_is_over(found)):
        return
    with begin() as session:
        work = lock_work(session, attempt_id=attempt_id)
        assert work is not None  # noqa: S101  (attempts are never deleted)
        now = clock.now() + work.organization.clock_offset
        if found.outcome is Outcome.SUCCEEDED:
            settle_capture(session, work, found, account_id=credentials.account_id, now=now)
        elif work.attempt.status == AttemptStatus.AWAITING_PAYER and work.attempt.psp_payment_id == psp_payment_id:
            release_checkout(session, work, outcome="abandoned", why="The payment page ended unpaid.", now=now)


def _locked(session: Session, *, tokens: LinkTokens, token: str, now: datetime) -> OpenedLink:
    """Return a valid link whose case is locked."""
    opened = get_valid_link(session, tokens=tokens, token=token, now=now)
    lock_case(session, recovery_id=opened.recovery.id)
    # What was read before the lock may have changed while it was waited for.
    return get_valid_link(session, tokens=tokens, token=token, now=now)


def _claim(
    session: Session, opened: OpenedLink, *, crypto: Crypto, base_url: str, token: str, shown: int | None
) -> _Order | str:
    """Take the charge lease; or return the address of the page that is open already."""
    transaction, organization = opened.transaction, opened.organization
    if shown is not None and shown != transaction.amount:
        raise AmountChangedError("The amount has changed since the page was shown; look at it again.")
    other = in_flight_of(session, transaction_id=transaction.id)
    if other is not None:
        return _open_already(session, other.id, amount=transaction.amount, now=opened.now)
    attempt = payers_attempt(session, recovery=opened.recovery, transaction=transaction, actor="payer", now=opened.now)
    _check_caps(session, opened)
    credentials = choose_credentials(session, crypto=crypto, organization=organization, gateway=transaction.gateway)
    checkout_id = new_id(CHECKOUT, now=opened.now)
    session.add(_row(opened, checkout_id, attempt.id, credentials))
    check_attempt(AttemptStatus(attempt.status), AttemptStatus.AWAITING_PAYER)
    attempt.status, attempt.psp_account_id, attempt.psp_payment_id = (
        AttemptStatus.AWAITING_PAYER,
        credentials.account_id,
        None,
    )
    attempt.tries, attempt.checks_done = attempt.tries + 1, 0
    # Whoever had it in hand to send a message has an older fence now.
    attempt.fence, attempt.leased_until, attempt.wake_at = attempt.fence + 1, None, opened.now + _CALL_GRACE
    request = CheckoutRequest(
        attempt_id=attempt.id,
        transaction_ref=transaction.transaction_ref,
        money=Money(transaction.amount, transaction.currency),
        success_url=f"{base_url.rstrip('/')}/pay/success?link={token}",
        cancel_url=f"{base_url.rstrip('/')}/pay/cancel?link={token}",
        expires_in=CHECKOUT_TTL,
        key=checkout_id,
    )
    return _Order(attempt.id, checkout_id, credentials, request, organization.clock_offset)


def _open_already(session: Session, attempt_id: str, *, amount: int, now: datetime) -> str:
    page = open_checkout_of(session, attempt_id=attempt_id)
    if page is None:
        raise BeingRetriedError("This payment is being tried right now; look again in a few minutes.")
    if page.url is None or page.expires_at <= now:
        raise BeingRetriedError("A payment page is being looked after; try again in a minute.")
    if page.amount not in {None, amount}:
        raise AmountChangedError("A payment page is open that asks for another amount; wait until it has ended.")
    return page.url


def _check_caps(session: Session, opened: OpenedLink) -> None:
    of_link, of_recovery = count_checkouts(session, link_id=opened.link.id, recovery_id=opened.recovery.id)
    if of_link >= MOST_CHECKOUTS_PER_LINK or of_recovery >= MOST_CHECKOUTS_PER_RECOVERY:
        raise TooManyCheckoutsError("Too many tries were made with this link; ask the merchant.")


def _row(opened: OpenedLink, checkout_id: str, attempt_id: str, credentials: Credentials) -> Checkout:
    return Checkout(
        id=checkout_id,
        organization_id=opened.organization.id,
        recovery_id=opened.recovery.id,
        attempt_id=attempt_id,
        link_id=opened.link.id,
        psp_account_id=credentials.account_id,
        amount=opened.transaction.amount,
        created_at=opened.now,
        expires_at=opened.now + CHECKOUT_TTL,
    )


def _held(session: Session, order: _Order) -> tuple[Work, Checkout] | None:
    """Return the attempt and its page, locked, if this order still holds the charge lease."""
    work = lock_work(session, attempt_id=order.attempt_id)
    page = open_checkout_of(session, attempt_id=order.attempt_id)
    assert work is not None  # noqa: S101  (attempts are never deleted)
    if page is None or page.id != order.checkout_id:
        return None
    return (work, page) if work.attempt.status == AttemptStatus.AWAITING_PAYER else None


def _give_up(session: Session, order: _Order, *, now: datetime) -> None:
    """Nobody was given an address, so nobody can have paid there."""
    held = _held(session, order)
    if held is not None:
        why = "The provider opened no payment page."
        release_checkout(session, held[0], outcome="failed", why=why, now=now + order.clock_offset)


def _record(session: Session, order: _Order, page: ProvidersPage, *, now: datetime) -> None:
    held = _held(session, order)
    if held is None:
        raise BeingRetriedError("Opening the payment page took too long; try again.")
    work, row = held
    org_now = now + order.clock_offset
    row.psp_payment_id, row.url, row.expires_at = page.psp_payment_id, page.url, org_now + CHECKOUT_TTL
    work.attempt.psp_payment_id, work.attempt.wake_at = page.psp_payment_id, row.expires_at
    why = "The payer opened the provider's payment page; automatic retries wait for its end."
    note(
        session,
        work.recovery,
        what="checkout_opened",
        who="payer",
        why=why,
        now=org_now,
        attempt_id=order.attempt_id,
        link_id=row.link_id,
    )


def _page_of(session: Session, crypto: Crypto, recovery_id: str) -> tuple[str, str, Credentials, timedelta] | None:
    case = lock_case(session, recovery_id=recovery_id)
    assert case is not None  # noqa: S101  (recoveries are never deleted)
    attempt = in_flight_of(session, transaction_id=case.transaction.id)
    if attempt is None or attempt.status != AttemptStatus.AWAITING_PAYER:
        return None
    if attempt.psp_payment_id is None:
        return None
    credentials = choose_credentials(
        session,
        crypto=crypto,
        organization=case.organization,
        gateway=case.transaction.gateway,
        account_id=attempt.psp_account_id,
    )
    return attempt.id, attempt.psp_payment_id, credentials, case.organization.clock_offset
