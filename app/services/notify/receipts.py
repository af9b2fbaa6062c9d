"""What providers report of messages afterwards: delivered, given back, or told to stop."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.models import Message, Organization, Recovery
from app.db.queries import notify as queries
from app.domain.ids import MESSAGE, is_id
from app.domain.notify.errors import ReceiptUnsignedError
from app.domain.notify.port import Channel
from app.domain.notify.states import MessageStatus, may_become
from app.infra.crypto import same
from app.services.notify.take_up import put_down
from app.services.timeline import note

_TWILIO: Final = {
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.DELIVERED,
    "undelivered": MessageStatus.BOUNCED,
    "failed": MessageStatus.BOUNCED,
}
_META: Final = {"delivered": MessageStatus.DELIVERED, "read": MessageStatus.DELIVERED, "failed": MessageStatus.BOUNCED}
_MAIL: Final = {
    "delivered": MessageStatus.DELIVERED,
    "bounce": MessageStatus.BOUNCED,
    "complaint": MessageStatus.DELIVERED,
}
_DEAD_CODES: Final = frozenset({"21211", "21614", "30005", "30006", "131026"})
_STOP_CODES: Final = frozenset({"21610", "131050"})


@dataclass(frozen=True, slots=True)
class Receipt:
    """One report, in our words."""

    channel: Channel
    provider_id: str
    status: MessageStatus
    error_code: str | None = None
    dead: bool = False
    stop: bool = False


def check_twilio(*, token: str, url: str, form: Mapping[str, str], signature: str) -> None:
    """Check `X-Twilio-Signature` (base64 HMAC-SHA1 of address and sorted fields); raises `ReceiptUnsignedError`."""
    text = url + "".join(name + form[name] for name in sorted(form))
    wanted = b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest())
    _check(bool(token) and same(wanted, signature.encode()))


def check_meta(*, secret: str, body: bytes, signature: str) -> None:
    """Check `X-Hub-Signature-256`: `sha256=` and the hex HMAC of the raw body; raises `ReceiptUnsignedError`."""
    wanted = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    _check(bool(secret) and same(wanted.encode(), signature.encode()))


def check_token(*, token: str, given: str) -> None:
    """Check a shared token; raises `ReceiptUnsignedError`."""
    _check(bool(token) and same(token.encode(), given.encode()))


def read_twilio(form: Mapping[str, str]) -> list[Receipt]:
    """Read a status callback; what says nothing final is left out."""
    status, code = _TWILIO.get(form.get("MessageStatus", "")), form.get("ErrorCode") or None
    if status is None or not form.get("MessageSid"):
        return []
    dead, stop = code in _DEAD_CODES, code in _STOP_CODES
    return [Receipt(Channel.SMS, form["MessageSid"], status, code, dead=dead, stop=stop)]


def read_meta(body: Any) -> list[Receipt]:
    """Read a webhook of Meta's, which may hold many statuses; whatever has another shape is left out."""
    receipts = []
    for entry in _list(body, "entry"):
        for change in _list(entry, "changes"):
            for status in _list(change.get("value"), "statuses"):
                word, wamid = _META.get(str(status.get("status"))), status.get("id")
                if word is None or not isinstance(wamid, str):
                    continue
                code = next((str(error.get("code")) for error in _list(status, "errors")), None)
                dead, stop = code in _DEAD_CODES, code in _STOP_CODES
                receipts.append(Receipt(Channel.WHATSAPP, wamid, word, code, dead=dead, stop=stop))
    return receipts


def mail_receipt(*, message_id: str, kind: str, permanent: bool, code: str | None) -> Receipt:
    """Return what a bounce, a complaint or a delivery of a mail means; a complaint is also a wish to be left alone."""
    dead = kind == "bounce" and permanent
    return Receipt(Channel.EMAIL, message_id, _MAIL[kind], code, dead=dead, stop=kind == "complaint")


def record_receipt(session: Session, *, receipt: Receipt, now: datetime) -> bool:
    """Bring a message in line with a report; False if there is none of that id. `now` is the machine's time."""
    message = _find(session, receipt)
    if message is None:
        return False
    org_now = now + session.get_one(Organization, message.organization_id).clock_offset
    for each in (message, *queries.lock_members(session, message_id=message.id)):
        _apply(session, each, receipt, now=org_now)
    if receipt.dead:
        queries.insert_dead(session, message=message, error_code=receipt.error_code, now=org_now)
    if receipt.stop:
        queries.insert_opt_out(session, message=message, source=receipt.channel, now=org_now)
    return True


def opt_out(session: Session, *, message_id: str, source: str, now: datetime) -> bool:
    """Never write to a message's address again; False if there is no such message."""
    message = session.get(Message, message_id)
    if message is None:
        return False
    queries.insert_opt_out(session, message=message, source=source, now=now)
    recovery = session.get_one(Recovery, message.recovery_id)
    why = "The payer asked for no more messages."
    note(session, recovery, what="opted_out", who="payer", why=why, now=now, message_id=message.id)
    return True


def _find(session: Session, receipt: Receipt) -> Message | None:
    found = queries.find_by_provider_id(session, channel=receipt.channel, provider_id=receipt.provider_id)
    if found is None and receipt.channel is Channel.EMAIL:
        own = receipt.provider_id.strip("<>").partition("@")[0]
        found = queries.lock_message(session, message_id=own) if is_id(own, MESSAGE) else None
    return found


def _apply(session: Session, message: Message, receipt: Receipt, *, now: datetime) -> None:
    if message.status == receipt.status or not may_become(message.status, receipt.status):
        return
    message.status, message.error_code = receipt.status, receipt.error_code
    if receipt.status is MessageStatus.DELIVERED:
        message.delivered_at = now
    put_down(message, wake_at=None)
    recovery = session.get_one(Recovery, message.recovery_id)
    why = f"The provider reports it {receipt.status}."
    facts = {"message_id": message.id, "code": receipt.error_code}
    who = f"channel:{message.channel}"
    note(session, recovery, what=f"message_{receipt.status}", who=who, why=why, now=now, **facts)


def _check(is_genuine: bool) -> None:  # noqa: FBT001  (private, and named)
    if not is_genuine:
        raise ReceiptUnsignedError("The receipt is not signed by the provider.")


def _list(value: Any, name: str) -> list[dict[str, Any]]:
    found = value.get(name) if isinstance(value, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
