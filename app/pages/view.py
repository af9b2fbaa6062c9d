"""From a link to the page that shows it."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.domain.links.states import REISSUABLE, Situation
from app.domain.money import Money
from app.pages import words
from app.pages.languages import NAMES, Language
from app.services.links.read import OpenedLink

_HERE: Final = Path(__file__).parent
STYLESHEET: Final = (_HERE / "static" / "pay.css").read_bytes()
STYLESHEET_PATH: Final = f"/pay/static/pay.{hashlib.sha256(STYLESHEET).hexdigest()[:12]}.css"

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGE: Final = _TEMPLATES.get_template("page.html")
_PAYABLE: Final = frozenset({Situation.READY, Situation.CHECKOUT_OPEN})
_AGAIN: Final = frozenset({Situation.BEING_RETRIED})
_GOOD: Final = frozenset({Situation.PAID, Situation.USED})
_SHOWS_AMOUNT: Final = frozenset({*_PAYABLE, *_AGAIN, *_GOOD})
_HOUR: Final = time(10)
"""When a payment that waits for a day is made: in the morning, after salaries have come."""

_BLANK: Final[Mapping[str, Any]] = {
    "merchant": None,
    "is_test": False,
    "good": False,
    "error": None,
    "amount": None,
    "reference": None,
    "sentences": (),
    "can_pay": False,
    "can_reissue": False,
    "again": False,
    "path": "",
    "first_day": None,
    "last_day": None,
    "first_day_text": "",
    "last_day_text": "",
    "day_error": False,
    "languages": (),
}


def link_path(token: str) -> str:
    """Return where a link's page is."""
    return f"/pay/retry/{quote(token, safe='')}"


def render(language: Language, heading: str, **parts: Any) -> str:
    """Return a page; `parts` override what is blank."""
    said = {
        "_": language.say,
        "lang": language.code,
        "dir": language.direction,
        "heading": language.say(heading),
        "stylesheet": STYLESHEET_PATH,
    }
    return _PAGE.render(**{**_BLANK, **said, **parts})


def render_link(  # noqa: PLR0913  (each names one part of the page)
    language: Language,
    opened: OpenedLink,
    token: str,
    *,
    address: str | None = None,
    query: Mapping[str, str] | None = None,
    heading: str | None = None,
    sentences: tuple[str, ...] | None = None,
    error: str | None = None,
    day_error: bool = False,
    waiting: bool = False,
) -> str:
    """Return the page of a link as it stands; `heading` and `sentences` take the place of its situation's."""
    situation, transaction = opened.situation, opened.transaction
    path = link_path(token)
    if sentences is None:
        sentences = tuple(language.say(text) for text in words.SENTENCES[situation])
        if situation is Situation.READY:
            sentences = (language.say(words.REASONS[opened.recovery.category]), *_promise(language, opened))
    parts = {
        "merchant": opened.organization.name,
        "is_test": opened.organization.mode == "test",
        "good": situation in _GOOD,
        "error": language.say(error) if error else None,
        "amount": language.money(Money(transaction.amount, transaction.currency))
        if situation in _SHOWS_AMOUNT
        else None,
        "reference": transaction.transaction_ref,
        "sentences": sentences,
        "can_pay": situation in _PAYABLE and not waiting,
        "can_reissue": situation in REISSUABLE,
        "again": situation in _AGAIN or waiting,
        "path": path,
        "day_error": day_error,
        "languages": _switch(address or path, query or {}),
        **(_days(language, opened) if situation is Situation.READY else {}),
    }
    return render(language, heading or words.HEADINGS[situation], **parts)


def zone_of(opened: OpenedLink) -> ZoneInfo:
    """Return the payer's time zone, UTC if it is not known."""
    try:
        return ZoneInfo(str(opened.transaction.customer.get("timezone") or "UTC"))
    except (ValueError, OSError, KeyError):
        return ZoneInfo("UTC")


def days_of(opened: OpenedLink) -> tuple[date, date] | None:
    """Return the first and the last day that the payer may choose: from tomorrow, within the policy's window."""
    zone = zone_of(opened)
    first = opened.now.astimezone(zone).date() + timedelta(days=1)
    try:
        ends_at = opened.recovery.window_ends_at.astimezone(zone)
    except OverflowError:
        return None
    last = ends_at.date() if ends_at.time() >= _HOUR else ends_at.date() - timedelta(days=1)
    return (first, last) if first <= last else None


def moment_of(opened: OpenedLink, day: date) -> datetime:
    """Return when a payment that waits for that day is made."""
    return datetime.combine(day, _HOUR, tzinfo=zone_of(opened))


def _days(language: Language, opened: OpenedLink) -> dict[str, Any]:
    days = days_of(opened)
    if days is None:
        return {}
    first, last = days
    return {
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "first_day_text": language.day(first),
        "last_day_text": language.day(last),
    }


def _promise(language: Language, opened: OpenedLink) -> tuple[str, ...]:
    promised_for = opened.recovery.promised_for
    if promised_for is None or promised_for <= opened.now:
        return ()
    day = language.day(promised_for.astimezone(zone_of(opened)).date())
    return (language.say("You chose %(day)s. You can also pay now.", day=day),)


def _switch(address: str, query: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [(code, name, f"{address}?{urlencode({**query, 'lang': code})}") for code, name in NAMES.items()]
