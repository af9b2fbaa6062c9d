"""Reading a link by its token, which never changes anything, and the mark that a payer opened it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Charge, Checkout, Link, Organization, Recovery, Transaction
from app.db.queries import links as queries
from app.db.queries.links import LinkCase
from app.domain.classification import Retry
from app.domain.links.errors import LinkInvalidError
from app.domain.links.lookers import only_looks
from app.domain.links.states import LinkFacts, Situation, refuse_gone, situation_of
from app.domain.money import Money
from app.domain.recovery.memory import recalled
from app.domain.recovery.states import AttemptStatus, RecoveryStatus
from app.infra.link_tokens import LinkClaims, LinkTokens
from app.services.timeline import note

_NOBODYS: Final = LinkClaims("lnk_" + "0" * 26, "org_" + "0" * 26)


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link with all that its page speaks of; `now` is the organization's time.

    `page` is the payment page that is open, `payment` the money that came.
    """

    link: Link
    recovery: Recovery
    transaction: Transaction
    organization: Organization
    page: Checkout | None
    payment: Charge | None
    situation: Situation
    now: datetime

    @property
    def amount(self) -> Money:
        """Return what was paid, else what is wanted now: the true amount, whatever a message said."""
        if self.payment is not None:
            return Money(self.payment.amount, self.payment.currency)
        return Money(self.transaction.amount, self.transaction.currency)

    @property
    def told(self) -> Money | None:
        """Return what the payer was told when the link was made, if it is not the true amount."""
        amount = self.link.amount
        told = None if amount is None else Money(amount, self.transaction.currency)
        return None if told == self.amount else told

    @property
    def asks_first(self) -> bool:
        """Tell whether the provider is asked about the failed payment before the payer may pay."""
        return payment_to_ask_for(self.recovery, self.transaction) is not None


def read_link_by_token(session: Session, *, tokens: LinkTokens, token: str, now: datetime) -> OpenedLink:
    """Return a link whatever has become of it; `now` is the machine's time. Raises `LinkInvalidError`.

    A token that is not ours costs the same look into the database as one that is.
    """
    claims = tokens.read(token)
    wanted = claims or _NOBODYS
    case = queries.find_link(session, link_id=wanted.link_id, organization_id=wanted.organization_id)
    if case is None or claims is None:
        raise LinkInvalidError("This link is not valid.")
    org_now = now + case.organization.clock_offset
    situation = situation_of(facts_of_link(case), now=org_now)
    return OpenedLink(
        case.link,
        case.recovery,
        case.transaction,
        case.organization,
        case.page,
        case.payment,
        situation,
        org_now,
    )


def get_valid_link(session: Session, *, tokens: LinkTokens, token: str, now: datetime) -> OpenedLink:
    """Return a link that can be paid through; raises `LinkInvalidError` and `LinkGoneError`."""
    opened = read_link_by_token(session, tokens=tokens, token=token, now=now)
    refuse_gone(opened.situation)
    return opened


def mark_opened(session: Session, opened: OpenedLink, *, headers: Mapping[str, str], again: bool) -> bool:
    """Mark a link as opened, unless a scanner or a preview only looks; True if this was the first time.

    `headers` are the request's, with names in lower case; `again` counts later openings too.
    """
    if only_looks(headers):
        return False
    first = queries.mark_opened(session, link_id=opened.link.id, again=again, now=opened.now)
    if first:
        why = "The link was opened in a browser."
        note(session, opened.recovery, what="link_opened", who="payer", why=why, now=opened.now, link_id=opened.link.id)
    return first


def payment_to_ask_for(recovery: Recovery, transaction: Transaction) -> str | None:
    """Return the provider's id of the failed payment, if its failure does not say for certain that no money moved."""
    last = recalled(recovery.last_failure)
    verdict = last.verdict()
    if not (verdict.money_may_have_moved or verdict.stop_recovery or verdict.retry is Retry.POLL_STATUS):
        return None
    return last.psp_payment_id or transaction.psp_payment_id


def facts_of_link(case: LinkCase) -> LinkFacts:
    """Return what decides on a link."""
    link, page = case.link, case.page
    return LinkFacts(
        expires_at=link.expires_at,
        used_at=link.used_at,
        revoked_at=link.revoked_at,
        superseded_at=link.superseded_at,
        recovery=RecoveryStatus(case.recovery.status),
        in_flight=AttemptStatus(case.in_flight.status) if case.in_flight else None,
        page_outdated=page is not None and page.amount not in {None, case.transaction.amount},
    )
