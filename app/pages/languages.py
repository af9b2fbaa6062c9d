"""Which language a page speaks, and how it writes amounts and days."""

import gettext
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency

from app.domain.money import Money, exponent_of

LOCALES: Final = Path(__file__).parent / "locales"
DEFAULT: Final = "en"
NAMES: Final = {"en": "English", "hi": "हिन्दी", "ta": "தமிழ்", "fil": "Filipino"}
"""The languages that there are, each by its own name."""

_ALIASES: Final = {"tl": "fil"}
_MOST_WISHES: Final = 20


@dataclass(frozen=True, slots=True)
class Language:
    """One language, with the region whose habits numbers and days follow."""

    code: str
    locale: Locale

    @property
    def direction(self) -> str:
        """Return `ltr` or `rtl`."""
        return self.locale.text_direction

    def say(self, text: str, **values: Any) -> str:
        """Return a text in this language, with its `%(name)s` filled in."""
        said = _catalogue(self.code).gettext(text)
        return said % values if values else said

    def money(self, money: Money) -> str:
        """Write an amount as people there do."""
        exponent = exponent_of(money.currency)
        return format_currency(Decimal(money.minor).scaleb(-exponent), money.currency, locale=self.locale)

    def day(self, day: date) -> str:
        """Write a day as people there do."""
        return format_date(day, format="long", locale=self.locale)

    def time(self, at: datetime) -> str:
        """Write a time of day, in the zone that it is in, as people there do."""
        return format_time(at, format="short", tzinfo=at.tzinfo, locale=self.locale)


def choose_language(*, asked: str | None, payer: str | None, accepted: str | None, country: str | None) -> Language:
    """Choose: what was asked for on the page, the payer's own, the browser's, English.

    `payer` and the items of `accepted` (an Accept-Language header) are BCP 47 tags; `country` is
    where an amount is read if the tag does not say.
    """
    for wish in (asked, payer, *_accepted(accepted)):
        code = _code(wish)
        if code is not None:
            return Language(code, _locale(code, _territory(payer) or country))
    return Language(DEFAULT, _locale(DEFAULT, _territory(payer) or country))


def _accepted(header: str | None) -> list[str]:
    """Return the tags of an Accept-Language header, the most wanted first; nonsense is left out."""
    wishes: list[tuple[float, str]] = []
    for item in (header or "")[:500].split(",")[:_MOST_WISHES]:
        tag, _, parameter = item.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if tag and 0 < weight <= 1:
            wishes.append((weight, tag))
    return [tag for _, tag in sorted(wishes, key=lambda wish: -wish[0])]


def _code(tag: str | None) -> str | None:
    if not tag:
        return None
    primary = tag.replace("_", "-").partition("-")[0].lower()
    primary = _ALIASES.get(primary, primary)
    return primary if primary in NAMES else None


def _territory(tag: str | None) -> str | None:
    parts = (tag or "").replace("_", "-").split("-")[1:]
    return next((part.upper() for part in parts if len(part) == 2 and part.isalpha()), None)  # noqa: PLR2004  (ISO 3166)


@cache
def _locale(code: str, territory: str | None) -> Locale:
    if territory:
        try:
            return Locale.parse(f"{code}_{territory}")
        except (UnknownLocaleError, ValueError):
            pass
    return Locale.parse({"hi": "hi_IN", "ta": "ta_IN", "fil": "fil_PH"}.get(code, code))


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    """Read a language's catalogue; English is what the texts are written in."""
    path = LOCALES / code / "pay.po"
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=code, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
