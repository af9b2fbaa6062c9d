"""The payer's pages over HTTP. GET and HEAD read; only POST acts. Nothing here needs a script."""

from datetime import date, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.bootstrap import Container
from app.domain.errors import ConflictError, InvalidError, RateLimitedError, TinkoError
from app.domain.links.errors import (
    AmountChangedError,
    BeingRetriedError,
    LinkInvalidError,
    NoContactError,
    StillCheckingError,
    TooManyCheckoutsError,
)
from app.domain.links.lookers import only_looks
from app.domain.links.states import Situation
from app.pages import words
from app.pages.http import HEADERS, Form, Shared, answer, text_or_none
from app.pages.languages import Language, choose_language
from app.pages.render import render
from app.pages.view import days_of, moment_of, render_link
from app.services.links.checkout import open_checkout, refresh_checkout
from app.services.links.read import OpenedLink, mark_opened, read_link_by_token
from app.services.links.reissue import reissue
from app.services.recovery.promise import promise

router = APIRouter(prefix="/pay", include_in_schema=False)

MOST_TRIES: Final = 12
"""How often a minute one link may ask for a payment page: each try may ask a provider."""
_MINUTE: Final = timedelta(minutes=1)
_GONE: Final = frozenset({Situation.EXPIRED, Situation.REVOKED, Situation.SUPERSEDED, Situation.ENDED, Situation.USED})


class _Visit:
    """One request to a link's page: the link as it stands, and the language to speak."""

    def __init__(self, request: Request, container: Container, token: str) -> None:
        self.request, self.container, self.token = request, container, token

    def read(self) -> OpenedLink:
        with self.container.database.begin() as session:
            return read_link_by_token(
                session, tokens=self.container.link_tokens, token=self.token, now=self.container.clock.now()
            )

    def language(self, opened: OpenedLink | None) -> Language:
        customer = opened.transaction.customer if opened else {}
        return choose_language(
            asked=self.request.query_params.get("lang"),
            payer=text_or_none(customer.get("locale")),
            accepted=self.request.headers.get("accept-language"),
            country=text_or_none(customer.get("country")) or (opened.organization.country if opened else None),
        )

    def show(self, opened: OpenedLink, *, status: int | None = None, **how: Any) -> Response:
        """Answer with the link's page."""
        page = render_link(self.language(opened), opened, self.token, **how)
        status = status or (410 if opened.situation in _GONE else 200)
        # Practice pages may be without TLS.
        leads_to = "https: http:" if opened.organization.mode == "test" else "https:"
        return answer(page, status=status, leads_to=leads_to)

    def invalid(self) -> Response:
        """Answer the same to everything that is no link of ours."""
        heading, sentence = words.INVALID
        language = self.language(None)
        page = render("said.html", language, heading=heading, mood="", sentences=(language.say(sentence),))
        return answer(page, status=404)


@router.head("/retry/{token}")
@router.get("/retry/{token}")
def show(request: Request, container: Shared, token: str) -> Response:
    """Show a link's page; leaves the mark of a real browser, and changes nothing else."""
    visit = _Visit(request, container, token)
    try:
        opened = visit.read()
    except LinkInvalidError:
        return visit.invalid()
    headers = dict(request.headers)
    if request.method == "GET" and not only_looks(headers):
        with container.database.begin() as session:
            mark_opened(session, opened, headers=headers, again=True)
    return visit.show(opened)


@router.post("/retry/{token}/checkout")
def checkout(request: Request, container: Shared, form: Form, token: str) -> Response:
    """Send the payer to the provider's page."""
    visit = _Visit(request, container, token)
    try:
        _slow_down(visit)
        url = open_checkout(
            container.database.begin,
            payments=container.payments,
            crypto=container.crypto,
            tokens=container.link_tokens,
            clock=container.clock,
            base_url=container.settings.public_base_url,
            token=token,
            shown=_minor(form.get("amount", "")),
        )
    except LinkInvalidError:
        return visit.invalid()
    except TinkoError as error:
        return _refused(visit, error)
    return RedirectResponse(url, status_code=303, headers=dict(HEADERS))


def _slow_down(visit: _Visit) -> None:
    """Raise `RateLimitedError` for a link that is tried as nobody tries by hand."""
    link_id, limiter = visit.read().link.id, visit.container.limiter
    now = visit.container.clock.now()
    wait = limiter.take(f"pay:{link_id}", limit=MOST_TRIES, per=_MINUTE, now=now, strict=True)
    if wait is not None:
        raise RateLimitedError("This link was tried too often.", retry_after=wait)


def _refused(visit: _Visit, error: TinkoError) -> Response:
    """Say on the link's page why nothing was begun."""
    opened = visit.read()
    if opened.situation not in {Situation.READY, Situation.CHECKOUT_OPEN}:
        return visit.show(opened)
    if isinstance(error, StillCheckingError):
        heading, sentence = words.CHECKING
        said = (visit.language(opened).say(sentence),)
        return visit.show(opened, status=409, heading=heading, sentences=said, waiting=True)
    status, words_for = next((row for kind, row in _REFUSALS.items() if isinstance(error, kind)), (503, words.DOWN))
    return visit.show(opened, status=status, error=words_for)


_REFUSALS: Final[dict[type[TinkoError], tuple[int, str]]] = {
    BeingRetriedError: (409, words.RETRIED),
    AmountChangedError: (409, words.CHANGED_NOW),
    TooManyCheckoutsError: (429, words.TOO_MANY),
    RateLimitedError: (429, words.TOO_FAST),
}


@router.post("/retry/{token}/reissue")
def ask_for_fresh_link(request: Request, container: Shared, token: str) -> Response:
    """Have a fresh link sent to the payer's own address."""
    visit = _Visit(request, container, token)
    try:
        with container.database.begin() as session:
            reissue(session, tokens=container.link_tokens, token=token, now=container.clock.now())
    except LinkInvalidError:
        return visit.invalid()
    except RateLimitedError:
        return visit.show(visit.read(), status=429, error=words.TOO_SOON)
    except NoContactError:
        return visit.show(visit.read(), status=409, error=words.NOT_SENT)
    except TinkoError:
        return visit.show(visit.read())
    opened = visit.read()
    language = visit.language(opened)
    heading, sentence = words.SENT
    said = (language.say(sentence),)
    page = render(
        "said.html",
        language,
        heading=heading,
        organization=opened.organization,
        mood="good",
        sentences=said,
    )
    return answer(page, status=202)


@router.post("/retry/{token}/day")
def choose_day(request: Request, container: Shared, form: Form, token: str) -> Response:
    """Move the plan to the day that suits the payer."""
    return _move(_Visit(request, container, token), form.get("day", ""))


def _move(visit: _Visit, chosen: str) -> Response:
    try:
        opened = visit.read()
    except LinkInvalidError:
        return visit.invalid()
    if opened.situation is not Situation.READY:
        return visit.show(opened)
    day, days = _day(chosen), days_of(opened)
    if day is None or days is None or not days[0] <= day <= days[1]:
        return visit.show(opened, status=422, error=words.BAD_DAY, day_error=True)
    due_at = moment_of(opened, day)
    try:
        with visit.container.database.begin() as session:
            charges = promise(session, recovery_id=opened.recovery.id, due_at=due_at, now=opened.now)
    except InvalidError:
        return visit.show(opened, status=422, error=words.BAD_DAY, day_error=True)
    except ConflictError:
        return visit.show(visit.read(), status=409, error=words.NOT_MOVED)
    language = visit.language(opened)
    said = language.say(words.CHOSEN_CHARGE if charges else words.CHOSEN_REMINDER, day=language.day(day))
    return visit.show(visit.read(), heading=words.DAY_HEADING, sentences=(said,))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@router.get("/success")
def come_back_paid(request: Request, container: Shared, link: str = "") -> Response:
    """Show what the provider says, whatever the address says."""
    return _come_back(_Visit(request, container, link), "/pay/success", words.WAITING)


@router.get("/cancel")
def come_back_unpaid(request: Request, container: Shared, link: str = "") -> Response:
    """Show what the provider says: somebody who paid may have come back the wrong way."""
    return _come_back(_Visit(request, container, link), "/pay/cancel", words.NOT_PAID)


def _come_back(visit: _Visit, address: str, still_open: tuple[str, str]) -> Response:
    try:
        opened = visit.read()
    except LinkInvalidError:
        return visit.invalid()
    refresh_checkout(
        visit.container.database.begin,
        payments=visit.container.payments,
        crypto=visit.container.crypto,
        clock=visit.container.clock,
        recovery_id=opened.recovery.id,
    )
    opened = visit.read()
    how: dict[str, Any] = {"address": address, "query": {"link": visit.token}, "status": 200}
    if opened.situation is Situation.CHECKOUT_OPEN:
        heading, sentence = still_open
        how |= {"heading": heading, "sentences": (visit.language(opened).say(sentence),)}
        how["waiting"] = still_open is words.WAITING
    return visit.show(opened, **how)


def _minor(text: str) -> int | None:
    """Read the amount that the page had shown; None if the form says nothing that could be one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None  # noqa: PLR2004  (64 bits)
