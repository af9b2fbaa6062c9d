"""Two small pages for whoever got a message: is it real, and please stop. Nothing personal is on either."""

from datetime import timedelta
from typing import Annotated, Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.bootstrap import Container
from app.db.models import Message, Organization
from app.db.queries.notify import find_by_code
from app.domain.notify.codes import read_code
from app.pages import words
from app.pages.http import Form, Shared, answer, client_ip
from app.pages.languages import Language, choose_language
from app.pages.render import Page, render
from app.services.notify.mailroom import read_unsubscribe
from app.services.notify.opt_outs import opt_out

router = APIRouter(include_in_schema=False)

MOST_TRIES: Final = 20
_MINUTE: Final = timedelta(minutes=1)
_UTC: Final = ZoneInfo("UTC")
Lang = Annotated[str | None, Query(max_length=35)]


@router.get("/verify")
def ask_for_code(request: Request, lang: Lang = None) -> Response:
    """Ask for the code of a message."""
    return _verify(_language(request, lang), *words.VERIFY)


@router.post("/verify")
def check_code(request: Request, container: Shared, form: Form, lang: Lang = None) -> Response:
    """Say whether a message with that code was sent, by whom and when; nothing of its reader or the payment."""
    language = _language(request, lang)
    key, now = f"verify:{client_ip(request)}", container.clock.now()
    wait = container.limiter.take(key, limit=MOST_TRIES, per=_MINUTE, now=now, strict=True)
    if wait is not None:
        headers = {"Retry-After": str(int(wait.total_seconds()) + 1)}
        return _verify(language, *words.VERIFY, error=words.TOO_MANY_CODES, status=429, headers=headers)
    found = _sent_with(container, form.get("code", ""))
    if found is None:
        return _verify(language, *words.NOT_REAL, mood="bad", status=404)
    message, organization = found
    sent_at = message.started_at or message.created_at
    sentences = (
        language.say(
            words.SENT_BY,
            merchant=organization.shown_name,
            day=language.day(sent_at.astimezone(_UTC).date()),
            channel=language.say(words.CHANNELS[message.channel]),
        ),
        language.say(words.REAL_ADDRESS, address=f"{container.settings.public_base_url.rstrip('/')}/pay/"),
    )
    page = _render("verify.html", language, words.REAL, sentences, asks=False, mood="good", address="/verify")
    return answer(page)


@router.get("/unsubscribe/{token}")
def ask_to_stop(request: Request, container: Shared, token: str, lang: Lang = None) -> Response:
    """Ask before stopping: programs open links too."""
    found = _read_of(container, read_unsubscribe(container.crypto, token))
    return _unsubscribe(request, token, lang, found, words.STOP, asks=True)


@router.post("/unsubscribe/{token}")
def stop(request: Request, container: Shared, token: str, lang: Lang = None) -> Response:
    """Stop messages to the address that the link was sent to; also what mail programs post (RFC 8058)."""
    message_id = read_unsubscribe(container.crypto, token)
    found = _read_of(container, message_id)
    if message_id is not None and found is not None:
        with container.database.begin() as session:
            opt_out(session, message_id=message_id, source="payer", now=container.clock.now())
    return _unsubscribe(request, token, lang, found, words.STOPPED, asks=False)


def _sent_with(container: Container, text: str) -> tuple[Message, Organization] | None:
    code = read_code(text)
    with container.database.begin() as session:
        message = find_by_code(session, code=code) if code else None
        return None if message is None else (message, session.get_one(Organization, message.organization_id))


def _read_of(container: Container, message_id: str | None) -> tuple[Message, Organization] | None:
    """Return the message that an unsubscribe link came with, and who sent it."""
    with container.database.begin() as session:
        message = session.get(Message, message_id) if message_id else None
        return None if message is None else (message, session.get_one(Organization, message.organization_id))


def _verify(
    language: Language,
    heading: str,
    sentence: str,
    *,
    error: str | None = None,
    mood: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    said = (language.say(sentence),)
    parts = {"asks": True, "mood": mood, "address": "/verify", "error": error}
    return answer(_render("verify.html", language, heading, said, **parts), status=status, headers=headers)


def _unsubscribe(
    request: Request,
    token: str,
    lang: str | None,
    found: tuple[Message, Organization] | None,
    said: tuple[str, str],
    *,
    asks: bool,
) -> Response:
    if found is None:
        heading, sentence = words.NO_STOP
        language = _language(request, lang)
        return answer(_render("said.html", language, heading, (language.say(sentence),), mood="bad"), status=404)
    message, organization = found
    language = _language(request, lang, reader=message.locale)
    heading, sentence = said
    path = f"/unsubscribe/{quote(token, safe='')}"
    page = _render(
        "unsubscribe.html",
        language,
        heading,
        (language.say(sentence, merchant=organization.shown_name),),
        organization=organization,
        asks=asks,
        mood="" if asks else "good",
        path=path,
        address=path,
    )
    return answer(page)


def _render(template: str, language: Language, heading: str, sentences: tuple[str, ...], **parts: Any) -> Page:
    error = parts.pop("error", None)
    said = language.say(error) if error else None
    return render(template, language, heading=heading, sentences=sentences, error=said, **parts)


def _language(request: Request, lang: str | None, *, reader: str | None = None) -> Language:
    accepted = request.headers.get("accept-language")
    return choose_language(asked=lang, payer=reader, accepted=accepted, country=None)
