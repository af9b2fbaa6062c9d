"""From a link to the page that shows it."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from app.domain.classification.told import category_for_payer
from app.domain.links.states import REISSUABLE, Situation
from app.domain.money import Money
from app.pages import words
from app.pages.languages import Language
from app.pages.render import Page, render
from app.services.links.read import OpenedLink

_PAYABLE: Final = frozenset({Situation.READY, Situation.CHECKOUT_OPEN})
_AGAIN: Final = frozenset({Situation.BEING_RETRIED, Situation.AMOUNT_CHANGED})
_GOOD: Final = frozenset({Situation.PAID, Situation.USED})
_SHOWS_AMOUNT: Final = frozenset({*_PAYABLE, *_AGAIN, *_GOOD})
_HOUR: Final = time(10)
"""When a payment that waits for a day is made: in the morning, after salaries have come."""
_NO_DAYS: Final[Mapping[str, Any]] = dict.fromkeys(("first_day", "last_day", "first_day_text", "last_day_text"))


def link_path(token: str) -> str:
    """Return where a link's page is."""
    return f"/pay/retry/{quote(token, safe='')}"


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
) -> Page:
    """Return the page of a link as it stands; `heading` and `sentences` take the place of its situation's.

    `waiting` offers another look instead of a way to pay.
    """
    situation, path = opened.situation, link_path(token)
    can_pay = situation in _PAYABLE and not waiting
    return render(
        "link.html",
        language,
        heading=heading or words.HEADINGS[situation],
        organization=opened.organization,
        address=address or path,
        query=dict(query or {}),
        mood="good" if situation in _GOOD else "wait" if situation in _AGAIN or waiting else "",
        error=language.say(error) if error else None,
        notice=_notice(language, opened),
        amount=language.money(opened.amount) if situation in _SHOWS_AMOUNT else None,
        minor=opened.amount.minor,
        reference=opened.transaction.transaction_ref,
        sentences=_sentences(language, opened) if sentences is None else sentences,
        can_pay=can_pay,
        can_reissue=situation in REISSUABLE,
        again=situation in _AGAIN or waiting,
        path=path,
        day_error=day_error,
        **(_days(language, opened) if situation is Situation.READY and can_pay else _NO_DAYS),
    )


def _notice(language: Language, opened: OpenedLink) -> str | None:
    """Say that the amount is not the one of the link; where a page is open, its own sentences say it."""
    if opened.told is None or opened.situation not in _SHOWS_AMOUNT - {Situation.AMOUNT_CHANGED}:
        return None
    amounts = {"told": language.money(opened.told), "amount": language.money(opened.amount)}
    return language.say(words.PAID_OTHER if opened.situation in _GOOD else words.CHANGED, **amounts)


def _sentences(language: Language, opened: OpenedLink) -> tuple[str, ...]:
    situation = opened.situation
    if situation is Situation.READY:
        told = category_for_payer(opened.recovery.category, opened.recovery.reason)
        reason = words.ASKS_FIRST if opened.asks_first else words.REASONS[told]
        return (language.say(reason), *_promise(language, opened))
    page, values = opened.page, {}
    if situation is Situation.AMOUNT_CHANGED and page is not None and page.amount is not None:
        values = {
            "asked": language.money(Money(page.amount, opened.transaction.currency)),
            "amount": language.money(opened.amount),
            "time": language.time(page.expires_at.astimezone(zone_of(opened))),
        }
    return tuple(language.say(text, **values) for text in words.SENTENCES[situation])


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
        return dict(_NO_DAYS)
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
