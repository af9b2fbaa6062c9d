"""Asking the payer: a message, the link in it, and the payment page that a payer opens."""

from datetime import datetime, timedelta
from typing import Final

from app.db.models import Checkout, Link, Message
from app.db.queries.bulk import Row
from app.domain.ids import CHECKOUT, LINK, MESSAGE
from app.domain.notify.codes import ALPHABET, LENGTH
from app.domain.notify.contacts import language_of, masked
from app.domain.notify.events import Event
from app.domain.notify.port import Channel
from app.domain.notify.states import MessageStatus
from app.services.notify.mailroom import address_hashes, contact_hashes, payer_of
from app.services.seed.dice import Bag
from app.services.seed.payment import Case
from app.services.seed.setting import Setting
from app.services.seed.sheets import Sheets

_LINK_TTL: Final = timedelta(hours=72)
_PAGE_TTL: Final = timedelta(minutes=30)
_SENT_AFTER: Final = timedelta(seconds=3)
_READ: Final = 0.42
"""The share of messages whose link is opened by somebody who does not pay."""
_FATES: Final = Bag((86, MessageStatus.DELIVERED), (10, MessageStatus.SENT), (4, MessageStatus.BOUNCED))


def write_to(sheets: Sheets, setting: Setting, case: Case, attempt: Row, *, pays: bool, at: datetime) -> Row:
    """Add a message to the payer, with its link, that was sent at that time; `pays` says that it will be used."""
    sent_at, recovery_id = at + _SENT_AFTER, case.recovery["id"]
    link = _link(sheets, case, attempt, at=sent_at)
    status = MessageStatus.DELIVERED if pays else sheets.dice.draw(_FATES)
    message = _message(sheets, setting, case, attempt, link, status=status, at=at)
    case.recovery["messaged_at"] = sent_at
    why = f"The payer is to be written to ({Event.ACTION_NEEDED}, {Channel.EMAIL})."
    facts = {"message_id": message["id"], "wake_at": at.isoformat()}
    sheets.note(recovery_id, "message_planned", at=at, who="tinko", why=why, facts=facts)
    facts = {"message_id": message["id"], "channel": Channel.EMAIL, "event": Event.ACTION_NEEDED, "code": None}
    who, why = f"channel:{Channel.EMAIL}", "The provider took the message over."
    sheets.note(recovery_id, "message_sent", at=sent_at, who=who, why=why, facts=facts)
    read_at = sent_at + sheets.dice.between(timedelta(minutes=4), timedelta(hours=30))
    reads = status is MessageStatus.DELIVERED and sheets.dice.happens(_READ)
    if reads and not pays and read_at < min(setting.now, link["expires_at"], case.recovery["window_ends_at"]):
        open_link(sheets, case, link, at=read_at)
    return link


def open_link(sheets: Sheets, case: Case, link: Row, *, at: datetime) -> None:
    """Have the payer open a link for the first time."""
    link.update(opened_at=at, opens=1 + sheets.dice.below(3))
    case.recovery["link_opened_at"] = at
    why = "The link was opened in a browser."
    facts = {"link_id": link["id"]}
    sheets.note(case.recovery["id"], "link_opened", at=at, who="payer", why=why, facts=facts)


def pay_through(sheets: Sheets, case: Case, link: Row, *, account: str, psp_payment_id: str, at: datetime) -> None:
    """Have the payer open the link, and pay through a provider's page; `at` is when they have paid."""
    opened_at = at - sheets.dice.between(timedelta(seconds=40), timedelta(minutes=6))
    open_link(sheets, case, link, at=opened_at)
    link["used_at"] = at
    page_at = opened_at + timedelta(seconds=9)
    sheets.add(
        Checkout,
        id=sheets.dice.id(CHECKOUT, page_at),
        recovery_id=case.recovery["id"],
        attempt_id=link["attempt_id"],
        link_id=link["id"],
        psp_account_id=account,
        psp_payment_id=psp_payment_id,
        amount=case.payment.amount,
        url=None,
        created_at=page_at,
        expires_at=page_at + _PAGE_TTL,
        ended_at=at,
        outcome="paid",
    )
    why = "The payer opened the provider's payment page; automatic retries wait for its end."
    facts = {"attempt_id": link["attempt_id"], "link_id": link["id"]}
    sheets.note(case.recovery["id"], "checkout_opened", at=page_at, who="payer", why=why, facts=facts)


def _link(sheets: Sheets, case: Case, attempt: Row, *, at: datetime) -> Row:
    link = sheets.add(
        Link,
        id=sheets.dice.id(LINK, at),
        recovery_id=case.recovery["id"],
        attempt_id=attempt["id"],
        channel=Channel.EMAIL,
        amount=case.payment.amount,
        created_by="tinko",
        created_at=at,
        expires_at=at + _LINK_TTL,
        opened_at=None,
        opens=0,
        used_at=None,
        reissues=0,
    )
    why = f"tinko made a link that is good until {link['expires_at'].isoformat(timespec='seconds')}."
    facts = {"link_id": link["id"], "channel": Channel.EMAIL}
    sheets.note(case.recovery["id"], "link_created", at=at, who="tinko", why=why, facts=facts)
    return link


def _message(
    sheets: Sheets, setting: Setting, case: Case, attempt: Row, link: Row, *, status: MessageStatus, at: datetime
) -> Row:
    crypto, organization_id, customer = setting.crypto, setting.organization_id, case.payment.customer
    address, message_id, sent_at = customer["email"], sheets.dice.id(MESSAGE, at), at + _SENT_AFTER
    payer = payer_of(customer)
    return sheets.add(
        Message,
        id=message_id,
        recovery_id=case.recovery["id"],
        attempt_id=attempt["id"],
        link_id=link["id"],
        step=f"{Event.ACTION_NEEDED}:{attempt['number']}",
        event=Event.ACTION_NEEDED,
        channel=Channel.EMAIL,
        locale=language_of(customer["locale"]),
        recipient=crypto.seal(address.encode(), about=f"{message_id}:recipient"),
        recipient_hint=masked(address),
        recipient_hash=address_hashes(crypto, organization_id=organization_id, address=address)[0],
        payer_hash=address_hashes(crypto, organization_id=organization_id, address=payer)[0],
        contact_hash=contact_hashes(crypto, address=address)[0],
        code=sheets.dice.word(ALPHABET, LENGTH),
        status=status,
        wake_at=None,
        fence=1,
        tries=1,
        provider_id=f"<{message_id}@example.com>",
        error_code="550" if status is MessageStatus.BOUNCED else None,
        created_at=at,
        started_at=at,
        sent_at=sent_at,
        delivered_at=sent_at + _SENT_AFTER if status is MessageStatus.DELIVERED else None,
        finished_at=sent_at,
    )
