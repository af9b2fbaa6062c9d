"""The short way to one endpoint answers as the long one does, and leaves everything else to it."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from app.api.errors import install_error_handlers
from app.api.short_way import ShortWayMiddleware
from tests.api.test_errors import REFUSALS

HANDLED = {name: error for name, (error, _) in REFUSALS.items() if name != "bug"}


async def refuse(request: Request) -> Response:
    raise REFUSALS[request.query_params["which"]][0]


@pytest.fixture(scope="module")
def ask():
    """Call an application that has the endpoint twice: by the short way, and as a route like any other."""
    app = FastAPI(redirect_slashes=False)
    install_error_handlers(app)
    app.post("/short")(refuse)
    app.post("/long")(refuse)
    app.add_middleware(ShortWayMiddleware, api=app, path="/short", route=app.router.routes[-2], endpoint=refuse)

    def call(method: str, url: str) -> httpx.Response:
        async def scene():
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
                return await client.request(method, url)

        return asyncio.run(scene())

    return call


@pytest.mark.parametrize("which", HANDLED)
def test_an_error_is_answered_as_on_the_long_way(ask, which):
    short, long = (ask("POST", f"/{way}?which={which}") for way in ("short", "long"))

    assert (short.status_code, short.content) == (long.status_code, long.content)
    assert short.headers == long.headers


def test_an_error_that_nobody_knows_goes_on_to_the_last_resort(ask):
    with pytest.raises(ValueError, match="a secret detail"):
        ask("POST", "/short?which=bug")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/short", 405), ("POST", "/short/", 404)])
def test_other_methods_and_paths_are_the_routers(ask, method, path, status):
    assert ask(method, path).status_code == status
