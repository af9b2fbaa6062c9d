"""Reading a link by its token, which never changes anything, and the mark that a payer opened it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Link, Organization, Recovery, Transaction
from app.db.queries import links as queries
from app.db.queries.links import LinkCase
from app.domain.links.errors import LinkInvalidError
from app.domain.links.lookers import only_looks
from app.domain.links.states import LinkFacts, Situation, refuse_gone, situation_of
from app.domain.recovery.states import AttemptStatus, RecoveryStatus
from app.infra.link_tokens import LinkClaims, LinkTokens
from app.services.timeline import note

_NOBODYS: Final = LinkClaims("lnk_" + "0" * 26, "org_" + "0" * 26)


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link with all that its page speaks of; `now` is the organization's time."""

    link: Link
    recovery: Recovery
    transaction: Transaction
    organization: Organization
    situation: Situation
    now: datetime


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
    return OpenedLink(case.link, case.recovery, case.transaction, case.organization, situation, org_now)


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


def facts_of_link(case: LinkCase) -> LinkFacts:
    """Return what decides on a link."""
    link = case.link
    return LinkFacts(
        expires_at=link.expires_at,
        used_at=link.used_at,
        revoked_at=link.revoked_at,
        superseded_at=link.superseded_at,
        recovery=RecoveryStatus(case.recovery.status),
        in_flight=AttemptStatus(case.in_flight.status) if case.in_flight else None,
    )
