"""From facts to a text that is true at this moment, in the payer's language and clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_timezone_name
from babel.numbers import format_currency

from app.domain.money import Money, exponent_of
from app.domain.notify.codes import shown
from app.domain.notify.contacts import LANGUAGES
from app.domain.notify.events import Event
from app.domain.notify.port import Channel, OutgoingMessage
from app.domain.notify.texts import Text, layout
from app.infra.texts import render_text

_REGIONS: Final = {"en": "en_IN", "hi": "hi_IN", "ta": "ta_IN", "fil": "fil_PH"}
_NAME_LENGTH: Final = 60

# Tables and styles on the elements themselves: what Gmail and Outlook leave alone. No picture, nothing to load.
_PAGE: Final = """\
<!doctype html>
<html lang="{{ language }}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ subject }}</title></head>
<body style="margin:0;padding:0;background:#f4f4f5;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f4f4f5;">
<tr><td align="center">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;">
<tr><td style="padding:24px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:24px;color:#18181b;">
<p style="margin:0 0 16px;font-weight:bold;">{{ merchant }}</p>
{% for part in parts %}{% if part.link %}<p style="margin:0 0 16px;"><a href="{{ part.text }}" \
style="display:inline-block;padding:12px 24px;background:#1d4ed8;color:#ffffff;text-decoration:none;">\
{{ button }}</a></p>
{% else %}<p style="margin:0 0 16px;">{{ part.text }}</p>
{% endif %}{% endfor %}<p style="margin:24px 0 0;font-size:13px;line-height:20px;">\
<a href="{{ unsubscribe_url }}" style="color:#52525b;">{{ stop }}</a></p>
</td></tr></table></td></tr></table></body></html>
"""


@dataclass(frozen=True, slots=True)
class Debt:
    """One payment that a message speaks of."""

    money: Money
    transaction_ref: str
    link_url: str
    expires_at: datetime
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a message is to say, before it is in words."""

    message_id: str
    event: Event
    channel: Channel
    language: str
    recipient: str
    merchant: str
    payer_name: str
    code: str
    card: str
    card_expiry: tuple[int, int] | None
    debts: Sequence[Debt]
    zone: ZoneInfo
    verify_url: str
    unsubscribe_url: str


def put_into_words(draft: Draft, text: Text, *, now: datetime) -> OutgoingMessage:
    """Fill a text in; raises TextInvalidError."""
    values = values_of(draft)
    subject = " ".join(render_text(text.subject, values).split())
    body = render_text(text.body, values).strip()
    html = ""
    if draft.channel is Channel.EMAIL:
        html = render_text(text.html, values, html=True) if text.html else _page(draft, subject, body, values)
    plain = {name: value for name, value in values.items() if isinstance(value, str)}
    return OutgoingMessage(
        message_id=draft.message_id,
        channel=draft.channel,
        event=draft.event,
        locale=draft.language,
        recipient=draft.recipient,
        subject=subject,
        text=body,
        html=html,
        sender_name=draft.merchant,
        unsubscribe_url=draft.unsubscribe_url,
        values=plain | {"retry": plain["retry_at"]},
        sent_at=now,
    )


def values_of(draft: Draft) -> dict[str, Any]:
    """Return the closed list of names that a text may use, with what they stand for in this message."""
    items = [_item(debt, draft) for debt in draft.debts]
    return {
        **items[0],
        "items": items,
        "merchant": draft.merchant,
        "payer_name": draft.payer_name[:_NAME_LENGTH],
        "card": draft.card,
        "card_expires": _month(draft.card_expiry, language=draft.language) if draft.card_expiry else "",
        "code": shown(draft.code),
        "verify_url": draft.verify_url,
    }


def moment(at: datetime, *, zone: ZoneInfo, language: str) -> str:
    """Say a time in words, with its day and its zone."""
    locale = Locale.parse(_REGIONS.get(language, _REGIONS[LANGUAGES[0]]))
    day = format_date(at.astimezone(zone), "full", locale=locale)
    hour = format_time(at, "short", tzinfo=zone, locale=locale)
    return f"{day}, {hour} ({get_timezone_name(at.astimezone(zone), 'short', locale=locale)})"


def _month(expiry: tuple[int, int], *, language: str) -> str:
    locale = Locale.parse(_REGIONS.get(language, _REGIONS[LANGUAGES[0]]))
    return format_skeleton("yMMMM", datetime(*expiry, 1), locale=locale)  # noqa: DTZ001  (a month has no zone)


def _item(debt: Debt, draft: Draft) -> dict[str, str]:
    locale = Locale.parse(_REGIONS.get(draft.language, _REGIONS[LANGUAGES[0]]))
    major = Decimal(debt.money.minor).scaleb(-exponent_of(debt.money.currency))
    said = {"zone": draft.zone, "language": draft.language}
    return {
        "amount": format_currency(major, debt.money.currency, locale=locale),
        "transaction_ref": debt.transaction_ref,
        "link_url": debt.link_url,
        "expires_at": moment(debt.expires_at, **said),  # type: ignore[arg-type]  # mypy joins the two types
        "retry_at": moment(debt.retry_at, **said) if debt.retry_at else "",  # type: ignore[arg-type]  # as above
    }


def _page(draft: Draft, subject: str, body: str, values: Mapping[str, Any]) -> str:
    links = {debt.link_url for debt in draft.debts}
    paragraphs = [" ".join(part.split()) for part in body.split("\n\n")]
    words = layout(draft.language)
    page = {
        "language": draft.language,
        "subject": subject,
        "merchant": values["merchant"],
        "parts": [{"text": part, "link": part in links} for part in paragraphs if part],
        "button": words.button,
        "stop": words.stop,
        "unsubscribe_url": draft.unsubscribe_url,
    }
    return render_text(_PAGE, page, html=True)
