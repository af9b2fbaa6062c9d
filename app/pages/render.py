"""From values to HTML, in one language."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.db.models import Organization
from app.pages.languages import NAMES, Language
from app.pages.look import logo_of, sheet_of

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and the one style that its policy lets it have."""

    html: str
    style_source: str


def render(
    template: str,
    language: Language,
    *,
    heading: str,
    organization: Organization | None = None,
    address: str | None = None,
    query: dict[str, str] | None = None,
    **parts: Any,
) -> Page:
    """Return a page; `heading` is translated here, all other `parts` come as they are to be read.

    `organization` is whose page it looks like. `address` and `query` lead to the same page in another language.
    """
    sheet = sheet_of(organization.brand_color if organization else None)
    values = {
        "_": language.say,
        "lang": language.code,
        "dir": language.direction,
        "heading": language.say(heading),
        "css": sheet.css,
        "merchant": organization.shown_name if organization else None,
        "logo": logo_of(organization) if organization else None,
        "is_test": organization is not None and organization.mode == "test",
        "languages": [] if address is None else _switch(address, query or {}),
    }
    return Page(_TEMPLATES.get_template(template).render(**values, **parts), sheet.source)


def _switch(address: str, query: dict[str, str]) -> list[tuple[str, str, str]]:
    return [(code, name, f"{address}?{urlencode({**query, 'lang': code})}") for code, name in NAMES.items()]
