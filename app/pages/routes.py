"""The payer's pages over HTTP. GET and HEAD read; only POST acts. Nothing here needs a script."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from app.bootstrap import Container
from app.domain.errors import ConflictError, InvalidError, RateLimitedError, TinkoError
from app.domain.links.errors import BeingRetriedError, LinkInvalidError, NoContactError, TooManyCheckoutsError
from app.domain.links.lookers import only_looks
from app.domain.links.states import Situation
from app.pages import words
from app.pages.languages import Language, choose_language
from app.pages.view import STYLESHEET, STYLESHEET_PATH, days_of, link_path, moment_of, render, render_link
from app.services.links.checkout import open_checkout, refresh_checkout
from app.services.links.read import OpenedLink, mark_opened, read_link_by_token
from app.services.links.reissue import reissue
from app.services.recovery.promise import promise

router = APIRouter(prefix="/pay", include_in_schema=False)

_MAX_FORM: Final = 1000
_GONE: Final = frozenset({Situation.EXPIRED, Situation.REVOKED, Situation.SUPERSEDED, Situation.ENDED, Situation.USED})
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https:"
)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def _container(request: Request) -> Container:
    container: Container = request.app.state.container
    return container


Shared = Annotated[Container, Depends(_container)]


def _answer(
    html: str, *, status: int = 200, is_test: bool = False, headers: Mapping[str, str] | None = None
) -> Response:
    # A browser holds `form-action` against the redirect after a form, too; practice pages may be without TLS.
    policy = f"{_POLICY} http:" if is_test else _POLICY
    return HTMLResponse(
        html, status_code=status, headers={**_HEADERS, "Content-Security-Policy": policy, **(headers or {})}
    )


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
            payer=_text(customer.get("locale")),
            accepted=self.request.headers.get("accept-language"),
            country=_text(customer.get("country")) or (opened.organization.country if opened else None),
        )

    def show(self, opened: OpenedLink, *, status: int | None = None, **how: Any) -> Response:
        """Answer with the link's page."""
        html = render_link(self.language(opened), opened, self.token, **how)
        status = status or (410 if opened.situation in _GONE else 200)
        return _answer(html, status=status, is_test=opened.organization.mode == "test")

    def invalid(self) -> Response:
        """Answer the same to everything that is no link of ours."""
        heading, sentence = words.INVALID
        language = self.language(None)
        return _answer(render(language, heading, sentences=(language.say(sentence),)), status=404)


@router.get("/static/{name}")
def stylesheet(name: str) -> Response:
    """Serve the stylesheet; its name changes with its content, so it is kept for ever."""
    if f"/pay/static/{name}" != STYLESHEET_PATH:
        return Response(status_code=404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(STYLESHEET, media_type="text/css", headers=headers)


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
def checkout(request: Request, container: Shared, token: str) -> Response:
    """Send the payer to the provider's page."""
    visit = _Visit(request, container, token)
    try:
        url = open_checkout(
            container.database.begin,
            payments=container.payments,
            crypto=container.crypto,
            tokens=container.link_tokens,
            clock=container.clock,
            base_url=container.settings.public_base_url,
            token=token,
        )
    except LinkInvalidError:
        return visit.invalid()
    except TinkoError as error:
        return _refused(visit, error)
    return RedirectResponse(url, status_code=303, headers=dict(_HEADERS))


def _refused(visit: _Visit, error: TinkoError) -> Response:
    """Say on the link's page why nothing was begun."""
    opened = visit.read()
    if opened.situation not in {Situation.READY, Situation.CHECKOUT_OPEN}:
        return visit.show(opened)
    if isinstance(error, BeingRetriedError):
        return visit.show(opened, status=409, error=words.RETRIED)
    if isinstance(error, TooManyCheckoutsError):
        return visit.show(opened, status=429, error=words.TOO_MANY)
    return visit.show(opened, status=503, error=words.DOWN)


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
    parts = {"merchant": opened.organization.name, "is_test": opened.organization.mode == "test"}
    return _answer(render(language, heading, sentences=(language.say(sentence),), **parts), status=202)


@router.post("/retry/{token}/day")
async def choose_day(request: Request, container: Shared, token: str) -> Response:
    """Move the plan to the day that suits the payer."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM:
            break
    chosen = parse_qs(body[:_MAX_FORM].decode("ascii", "replace")).get("day", [""])[0]
    return await run_in_threadpool(_move, _Visit(request, container, token), chosen)


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


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


__all__ = ["link_path", "router"]
