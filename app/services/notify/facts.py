"""What is known of a message's recovery and payer, read again right before sending."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import Attempt, Message, Organization, Recovery, Transaction
from app.db.queries import notify as queries
from app.db.queries.attempts import in_flight_of, scheduled_of
from app.db.queries.charges import payment_of
from app.db.queries.opt_outs import has_opted_out
from app.db.queries.recoveries import latest_of, lock_case, policy_settings
from app.domain.notify.events import Event
from app.domain.notify.hours import quiet_hours_of, start_of_day, weekend_of, zone_of
from app.domain.notify.rules import MessageFacts
from app.domain.recovery.policy import policy_from_settings
from app.domain.recovery.states import AttemptKind
from app.services.notify.mailroom import Mailroom, address_hashes, payer_of


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with all that its text speaks of; the rows are locked."""

    message: Message
    recovery: Recovery
    transaction: Transaction
    organization: Organization
    facts: MessageFacts
    address: str
    next_charge: Attempt | None


def read_letter(session: Session, message: Message, *, room: Mailroom, now: datetime) -> Letter:
    """Lock the recovery of a locked message, and gather what decides on it; `now` is the organization's time."""
    case = lock_case(session, recovery_id=message.recovery_id)
    assert case is not None  # noqa: S101  (the foreign key)
    recovery, transaction, organization = case
    address = room.crypto.open(message.recipient, about=f"{message.id}:recipient").decode()
    owner, customer = message.organization_id, transaction.customer
    hashes = address_hashes(room.crypto, organization_id=owner, address=address)
    payer = address_hashes(room.crypto, organization_id=owner, address=payer_of(customer))
    where = {"country": customer.get("country"), "fallback_country": organization.country}
    zone = zone_of(timezone=customer.get("timezone"), **where)
    policy = policy_from_settings(policy_settings(session, recovery=recovery))
    weekend = weekend_of(**where) if policy.quiet_weekends else frozenset[int]()
    planned = scheduled_of(session, recovery_id=recovery.id)
    charge = next((attempt for attempt in planned if attempt.kind == AttemptKind.CHARGE), None)
    facts = MessageFacts(
        event=Event(message.event),
        recovery_status=recovery.status,
        is_paid=payment_of(session, transaction_id=transaction.id) is not None,
        is_newest=latest_of(session, transaction_id=transaction.id) is recovery,
        is_paused=recovery.paused_at is not None,
        charge_in_flight=in_flight_of(session, transaction_id=transaction.id) is not None,
        charge_planned=charge is not None,
        opted_out=has_opted_out(session, organization_id=owner, hashes=hashes),
        address_dead=queries.is_dead(session, organization_id=owner, channel=message.channel, hashes=hashes),
        promised_for=recovery.promised_for,
        sent_today=queries.count_since(
            session, message=message, addresses=hashes, payers=payer, since=start_of_day(now, zone=zone)
        ),
        zone=zone,
        quiet=quiet_hours_of(policy.quiet_hours, weekend=weekend),
        daily_cap=room.daily_cap,
        provider_down_since=room.outages.since(session, organization=organization, gateway=transaction.gateway, now=now)
        if room.outages is not None
        else None,
        seed=message.id,
    )
    return Letter(message, recovery, transaction, organization, facts, address, None if facts.is_paused else charge)
