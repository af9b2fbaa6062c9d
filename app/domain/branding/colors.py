"""Colours by WCAG 2.2: how far two are apart, and a merchant's own made legible on light and dark pages.

Relative luminance and contrast ratio are those of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
"""

import re
from dataclasses import dataclass
from typing import Final

from app.domain.errors import FieldError, InvalidError

TEXT: Final = 4.5
"""What text needs (success criterion 1.4.3)."""
SHAPE: Final = 3.0
"""What the edge of a button and the mark of the focus need (1.4.11)."""
WHITE: Final = "#ffffff"
BLACK: Final = "#000000"
LIGHT_CARD: Final = "#ffffff"
DARK_CARD: Final = "#1a1d23"
"""What a merchant's colour stands on; the stylesheet's `--card`, as tests check."""

_FORM: Final = re.compile(r"#[0-9a-f]{6}")
_STEPS: Final = 20


class ColorInvalidError(InvalidError):
    """Not a colour as `#rrggbb`."""

    default_code = "color_invalid"


@dataclass(frozen=True, slots=True)
class Palette:
    """What a merchant's colour becomes on one kind of page; each pair is legible.

    `text` stands on `fill`; `edge` goes round a button; `link` is for words on the card.
    """

    fill: str
    text: str
    edge: str
    link: str


def read_color(text: str) -> str:
    """Return a colour in lower case; raises `ColorInvalidError`."""
    color = text.strip().lower()
    if not _FORM.fullmatch(color):
        detail = "six hexadecimal digits after a #, such as #0b57d0"
        raise ColorInvalidError("The colour cannot be read.", errors=(FieldError("/brand_color", detail),))
    return color


def contrast(one: str, other: str) -> float:
    """Return how far two colours are apart, from 1 (the same) to 21 (black and white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(color: str) -> str:
    """Return white if it is legible on a colour, else black, which then is: one of the two always reaches 4.58."""
    return WHITE if contrast(WHITE, color) >= TEXT else BLACK


def palette_on(color: str, *, card: str) -> Palette:
    """Return what a colour becomes on a page whose cards have that colour; the colour itself fills the button."""
    return Palette(
        fill=color,
        text=text_on(color),
        edge=moved_away(color, card=card, least=SHAPE),
        link=moved_away(color, card=card, least=TEXT),
    )


def moved_away(color: str, *, card: str, least: float) -> str:
    """Return a colour, mixed with black or white by as little as makes it stand out from the card."""
    towards = BLACK if contrast(BLACK, card) > contrast(WHITE, card) else WHITE
    shares = (step / _STEPS for step in range(_STEPS + 1))
    mixed = (_mixed(color, towards, share) for share in shares)
    return next((each for each in mixed if contrast(each, card) >= least), towards)


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  (sRGB)


def _mixed(color: str, other: str, share: float) -> str:
    pairs = zip(_channels(color), _channels(other), strict=True)
    return "#" + "".join(f"{round(mine * (1 - share) + theirs * share):02x}" for mine, theirs in pairs)
