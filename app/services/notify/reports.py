"""What providers' webhooks say, in our words: receipts of messages, and replies of payers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from app.domain.notify.port import Channel
from app.domain.notify.states import MessageStatus

_S = MessageStatus
# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values; the others are on the way.
_TWILIO: Final = {
    "sent": _S.SENT,
    "delivered": _S.DELIVERED,
    "read": _S.DELIVERED,
    "undelivered": _S.BOUNCED,
    "failed": _S.FAILED,
    "canceled": _S.FAILED,
}
# https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/messages/status
_META: Final = {"sent": _S.SENT, "delivered": _S.DELIVERED, "read": _S.DELIVERED, "failed": _S.FAILED}
_MAIL: Final = {"delivered": _S.DELIVERED, "bounce": _S.BOUNCED, "complaint": _S.DELIVERED}
_DEAD_CODES: Final = frozenset({"21211", "21614", "30005", "30006", "63003", "63024", "131026"})
_STOP_CODES: Final = frozenset({"21610", "131050"})
_WHATSAPP: Final = "whatsapp:"


class Wish(StrEnum):
    """What a payer asks for with a reply."""

    STOP = "stop"
    START = "start"
    HELP = "help"


_WISHES: Final[Mapping[str, Wish]] = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "opt out"), Wish.STOP),
    **dict.fromkeys(("start", "unstop"), Wish.START),
    **dict.fromkeys(("help", "info"), Wish.HELP),
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """One report. `message_id` is our own id, where the provider gives it back to us."""

    channel: Channel
    provider_id: str
    status: MessageStatus
    error_code: str | None = None
    dead: bool = False
    stop: bool = False
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a payer wrote back; `answered` says that the provider has replied to it already."""

    channel: Channel
    address: str
    wish: Wish | None
    answered: bool = False


def read_twilio(form: Mapping[str, str], *, message_id: str | None) -> list[Receipt]:
    """Read a status callback; what says nothing of the message's end is left out."""
    status, code = _TWILIO.get(form.get("MessageStatus", "")), form.get("ErrorCode") or None
    if status is None or not form.get("MessageSid"):
        return []
    channel = Channel.WHATSAPP if form.get("To", "").startswith(_WHATSAPP) else Channel.SMS
    return [_receipt(channel, form["MessageSid"], status, code, message_id)]


def read_twilio_reply(form: Mapping[str, str]) -> Reply:
    """Read a message that came in. `OptOutType` is Twilio's own reading of it, and then it has answered too.

    Source: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
    """
    sender, theirs = form.get("From", ""), form.get("OptOutType", "")
    channel = Channel.WHATSAPP if sender.startswith(_WHATSAPP) else Channel.SMS
    wish = read_wish(theirs) or read_wish(form.get("Body", ""))
    return Reply(channel, sender.removeprefix(_WHATSAPP), wish, answered=bool(theirs))


def read_meta(body: Any) -> list[Receipt]:
    """Read the statuses of a webhook of Meta's; whatever has another shape is left out."""
    receipts = []
    for value in _values(body):
        for status in _list(value, "statuses"):
            word, wamid = _META.get(str(status.get("status"))), status.get("id")
            if word is None or not isinstance(wamid, str):
                continue
            code = next((str(error.get("code")) for error in _list(status, "errors")), None)
            own = status.get("biz_opaque_callback_data")
            receipts.append(_receipt(Channel.WHATSAPP, wamid, word, code, own if isinstance(own, str) else None))
    return receipts


def read_meta_replies(body: Any) -> list[Reply]:
    """Read what payers wrote, from a webhook of Meta's."""
    replies = []
    for value in _values(body):
        for message in _list(value, "messages"):
            sender, content = message.get("from"), message.get(str(message.get("type")))
            text = (content.get("body") or content.get("text")) if isinstance(content, dict) else None
            if isinstance(sender, str) and isinstance(text, str):
                replies.append(Reply(Channel.WHATSAPP, f"+{sender.removeprefix('+')}", read_wish(text)))
    return replies


def mail_receipt(*, message_id: str, kind: str, permanent: bool, code: str | None) -> Receipt:
    """Return what a bounce, a complaint or a delivery of a mail means; a complaint is also a wish to be left alone."""
    dead = kind == "bounce" and permanent
    own = message_id.strip("<> ").partition("@")[0]
    return Receipt(Channel.EMAIL, message_id, _MAIL[kind], code, dead=dead, stop=kind == "complaint", message_id=own)


def read_wish(text: str) -> Wish | None:
    """Return what a reply of one word asks for; a sentence that only contains the word asks for nothing."""
    return _WISHES.get(text[:64].strip(" .!\"'\t\r\n").casefold())


def _receipt(channel: Channel, provider_id: str, status: MessageStatus, code: str | None, own: str | None) -> Receipt:
    dead, stop = code in _DEAD_CODES, code in _STOP_CODES
    return Receipt(channel, provider_id, status, code, dead=dead, stop=stop, message_id=own)


def _values(body: Any) -> Iterator[Any]:
    for entry in _list(body, "entry"):
        for change in _list(entry, "changes"):
            yield change.get("value")


def _list(value: Any, name: str) -> list[dict[str, Any]]:
    found = value.get(name) if isinstance(value, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
