"""How the pages look: one stylesheet, with a merchant's colour in it, inside each page.

A file of its own would be one more round trip before anything is seen, half a second on a slow network.
The policy names the sheet by its hash, so that no other style is obeyed.
"""

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from markupsafe import Markup

from app.db.models import Organization
from app.domain.branding.colors import DARK_CARD, LIGHT_CARD, Palette, palette_on

_LOGO_HEIGHT: Final = 48
_LOGO_WIDTH: Final = 200


def _packed(css: str) -> str:
    """Leave out what only people need; a colon with a space after it is no selector's."""
    return re.sub(r" ?([{};,]) ?", r"\1", re.sub(r"\s+", " ", css)).replace(": ", ":").replace(";}", "}").strip()


PLAIN: Final = _packed((Path(__file__).parent / "static" / "pay.css").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A stylesheet, and how a content security policy names it."""

    css: Markup
    source: str


@dataclass(frozen=True, slots=True)
class ShownLogo:
    """Where a logo is, and how large it is shown: known beforehand, so that nothing jumps when it arrives."""

    path: str
    width: int
    height: int


@lru_cache(maxsize=1024)
def sheet_of(color: str | None) -> Sheet:
    """Return the stylesheet with a merchant's colour (`#rrggbb`) in it, or with ours."""
    css = PLAIN if color is None else PLAIN + _own(color)
    digest = b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return Sheet(Markup(css), f"'sha256-{digest}'")  # noqa: S704  (our file, and six digits that were read as a colour)


def logo_of(organization: Organization) -> ShownLogo | None:
    """Return a merchant's logo as it is shown: at most 48 points high and 200 wide, and never enlarged."""
    name, width, height = organization.logo_name, organization.logo_width, organization.logo_height
    if name is None or width is None or height is None:
        return None
    scale = min(1.0, _LOGO_HEIGHT / height, _LOGO_WIDTH / width)
    return ShownLogo(f"/pay/logo/{name}", max(1, round(width * scale)), max(1, round(height * scale)))


def _own(color: str) -> str:
    light, dark = (_block(palette_on(color, card=card)) for card in (LIGHT_CARD, DARK_CARD))
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def _block(palette: Palette) -> str:
    said = {
        "--act": palette.fill,
        "--on-act": palette.text,
        "--edge": palette.edge,
        "--link": palette.link,
        "--focus": palette.edge,
    }
    return "".join(f"{name}:{value};" for name, value in said.items())
