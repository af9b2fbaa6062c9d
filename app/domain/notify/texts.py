"""The texts that are sent when an organization has none of its own: one file per language, nothing to edit."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.domain.notify.contacts import LANGUAGES
from app.domain.notify.events import Event
from app.domain.notify.port import Channel


@dataclass(frozen=True, slots=True)
class Text:
    """The sources of one message's text. `html` is None where it is made from the body."""

    subject: str
    body: str
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Words around a mail's text, and the answer to who replies HELP, in one language."""

    button: str
    stop: str
    help: str


def default_text(event: Event, channel: Channel, language: str) -> Text:
    """Return the text for that event in that language; SMS have a short one of their own."""
    words = _file(language)[event]
    return Text(words["subject"], words["sms"] if channel is Channel.SMS else words["body"].strip())


def layout(language: str) -> Layout:
    """Return the words around a mail's text."""
    return Layout(**_file(language)["layout"])


@cache
def _file(language: str) -> dict[str, dict[str, str]]:
    known = language if language in LANGUAGES else LANGUAGES[0]
    path = Path(__file__).with_name("data") / "texts" / f"{known}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
