"""The first of three: a short transaction that reads everything again, and decides whether a message leaves now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Message, Organization
from app.db.queries import notify as queries
from app.db.queries.templates import find_text
from app.domain.money import Money
from app.domain.notify.cards import expiry_of, name_of
from app.domain.notify.events import ABOUT_THE_PLAN, TRAVELS_ALONE, Event
from app.domain.notify.port import Channel, OutgoingMessage
from app.domain.notify.rules import Defer, Send, Suppress, decide
from app.domain.notify.states import MessageStatus
from app.domain.notify.texts import default_text
from app.infra.texts import TextInvalidError
from app.services.links import issue_link
from app.services.links.issue import MERCHANTS, payers_attempt
from app.services.notify.facts import Letter, read_letter
from app.services.notify.fall_back import fall_back
from app.services.notify.mailroom import Mailroom
from app.services.notify.write import Debt, Draft, put_into_words
from app.services.recovery.follow_up import OFFERED
from app.services.timeline import note

MOST_IN_DIGEST: Final = 10
_SHORTEST_LINK: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SendJob:
    """A message to hand over; `fence` proves at the end that it was still in hand."""

    message_id: str
    organization_id: str
    recovery_id: str
    fence: int
    outgoing: OutgoingMessage


def take_up(session: Session, *, room: Mailroom, message_id: str, fence: int, now: datetime) -> SendJob | None:
    """Take a message up, or do what needs no provider; None if there is nothing to send.

    `now` is the machine's time. One that a dead worker may have handed over is never sent again.
    """
    known = session.get(Message, message_id)
    if known is None:
        return None
    queries.lock_payer(session, message=known)
    message = queries.lock_message(session, message_id=message_id)
    if message is None or message.fence != fence or message.leased_until is None:
        return None
    org_now = now + session.get_one(Organization, message.organization_id).clock_offset
    if message.status == MessageStatus.SENDING:
        mark_lost(session, message, now=org_now)
        return None
    return _consider(session, room, message, now=org_now)


def _consider(session: Session, room: Mailroom, message: Message, *, now: datetime) -> SendJob | None:
    if message.status != MessageStatus.QUEUED:
        put_down(message, wake_at=None)
        return None
    letter = read_letter(session, message, room=room, now=now)
    match decide(letter.facts, now=now):
        case Suppress(rule):
            suppress(session, letter, rule=rule, now=now)
            fall_back(session, message, room=room, now=now)
            return None
        case Defer(until, rule):
            put_down(message, wake_at=until)
            message.error_code = rule
            return None
        case _:
            return _prepare(session, room, [letter, *_companions(session, room, letter, now=now)], now=now)


def put_down(message: Message, *, wake_at: datetime | None) -> None:
    """End the work on a message; it is looked at again at `wake_at` (the organization's time), if at all."""
    message.leased_until, message.wake_at = None, wake_at


def suppress(session: Session, letter: Letter, *, rule: str, now: datetime) -> None:
    """Never send it: a rule says so."""
    message = letter.message
    message.status, message.error_code, message.finished_at = MessageStatus.SUPPRESSED, rule, now
    put_down(message, wake_at=None)
    why = f"The message was not sent: {rule}."
    note(
        session,
        letter.recovery,
        what="message_suppressed",
        who=f"rule:{rule}",
        why=why,
        now=now,
        message_id=message.id,
    )


def mark_lost(session: Session, message: Message, *, now: datetime) -> None:
    """Say of a message, and of those whose news it carries, that nobody knows whether it went out."""
    detail = "The worker that sent it did not come back; it is not sent again."
    for each in (message, *queries.lock_members(session, message_id=message.id)):
        if each.status == MessageStatus.SENDING:
            each.status, each.error_code, each.error_detail = MessageStatus.UNKNOWN, "worker_lost", detail
            each.finished_at = now
            put_down(each, wake_at=None)


def _companions(session: Session, room: Mailroom, letter: Letter, *, now: datetime) -> list[Letter]:
    """Return what else is due for this payer and may leave now: it travels in the same message."""
    if letter.facts.event in TRAVELS_ALONE:
        return []
    found = queries.lock_companions(session, message=letter.message, now=now, most=MOST_IN_DIGEST - 1)
    taken, recoveries = [], {letter.recovery.id}
    for message in found:
        if message.recovery_id in recoveries or Event(message.event) in TRAVELS_ALONE:
            continue
        other = read_letter(session, message, room=room, now=now)
        if isinstance(decide(other.facts, now=now), Send):
            taken.append(other)
            recoveries.add(other.recovery.id)
    return taken


def _prepare(session: Session, room: Mailroom, letters: Sequence[Letter], *, now: datetime) -> SendJob:
    lead, message = letters[0], letters[0].message
    # A repeat of the task that brought us here finds another fence, and cannot take us for dead.
    message.fence += 1
    debts = [_debt(session, room, letter, now=now) for letter in letters]
    for letter in letters:
        each = letter.message
        if each is not message:
            # Whoever else has it in hand has an older fence now.
            each.digest_id, each.fence, each.leased_until, each.wake_at = message.id, each.fence + 1, None, None
        each.status, each.started_at, each.tries = MessageStatus.SENDING, now, each.tries + 1
        each.error_code = each.error_detail = None
    message.wake_at = now
    event = Event.DIGEST if len(debts) > 1 else lead.facts.event
    draft = Draft(
        message_id=message.id,
        event=event,
        channel=Channel(message.channel),
        language=message.locale,
        recipient=lead.address,
        merchant=lead.organization.shown_name,
        payer_name=str(lead.transaction.customer.get("name") or ""),
        code=message.code,
        card=name_of(lead.transaction.payment_method),
        card_expiry=expiry_of(lead.transaction.payment_method),
        debts=debts,
        zone=lead.facts.zone,
        verify_url=room.verify_url(),
        unsubscribe_url=room.unsubscribe_url(message.id),
    )
    outgoing = _in_words(session, message, draft, now=now)
    return SendJob(message.id, message.organization_id, message.recovery_id, message.fence, outgoing)


def _debt(session: Session, room: Mailroom, letter: Letter, *, now: datetime) -> Debt:
    recovery, transaction = letter.recovery, letter.transaction
    rule = OFFERED if letter.facts.event in ABOUT_THE_PLAN else MERCHANTS
    attempt = payers_attempt(session, recovery=recovery, transaction=transaction, actor="tinko", rule=rule, now=now)
    issued = issue_link(
        session,
        tokens=room.link_tokens,
        base_url=room.base_url,
        recovery=recovery,
        transaction=transaction,
        attempt=attempt,
        ttl=max(min(room.link_ttl, recovery.window_ends_at - now), _SHORTEST_LINK),
        channel=letter.message.channel,
        actor="tinko",
        now=now,
    )
    letter.message.link_id = issued.link_id
    money = Money(transaction.amount, transaction.currency)
    retry_at = letter.next_charge.due_at if letter.next_charge else None
    return Debt(money, transaction.transaction_ref, issued.url, issued.expires_at, retry_at)


def _in_words(session: Session, message: Message, draft: Draft, *, now: datetime) -> OutgoingMessage:
    found = find_text(
        session,
        organization_id=message.organization_id,
        event=draft.event,
        channel=draft.channel,
        locale=draft.language,
    )
    if found is not None:
        try:
            outgoing = put_into_words(draft, found.text(), now=now)
        except TextInvalidError as error:
            # Checked when it was saved; yet a text of ours is better than none.
            message.error_detail = str(error)[:500]
        else:
            message.template_id, message.template_version = found.template.id, found.template.version
            return outgoing
    return put_into_words(draft, default_text(draft.event, draft.channel, draft.language), now=now)
