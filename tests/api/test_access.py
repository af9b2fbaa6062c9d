"""Nobody sees another organization's data: every route of the OpenAPI document is tried with a stranger's
credentials, on things that really exist. A new route is walked without a change here, unless its path or body
names something new: then a test says what to teach `tests/factories/things.py`. Roles are in test_access_matrix.py.
"""

import re
from datetime import timedelta

import httpx
import pytest

from app.bootstrap import Container
from tests.factories.access_table import PUBLIC, guarded, operations
from tests.factories.identity import Cast, make_cast
from tests.factories.things import ENDLESS, NAMING_BODIES, World, collect_things

DENIED = {401, 403, 404}
GUARDED = [(each.method, each.path) for each in guarded()]


@pytest.fixture(scope="module")
def victims(container: Container) -> Cast:
    return make_cast(container)


@pytest.fixture(scope="module")
def world(container: Container, client: httpx.Client, victims: Cast) -> World:
    document = client.get("/openapi.json").json()
    return World(client, collect_things(container, client, victims.merchant), document)


@pytest.mark.parametrize("credential", ["access token", "API key"])
@pytest.mark.parametrize(("method", "path"), [route for route in GUARDED if route not in ENDLESS])
def test_a_stranger_finds_nothing(world, victims, method, path, credential):
    outsider = victims.outsider
    headers = outsider.owner.headers if credential == "access token" else outsider.headers
    answer = world.call(method, path, headers)
    assert answer.status_code < 500, answer.text
    if "{" in path or (method, path) in NAMING_BODIES:
        assert answer.status_code in DENIED, f"{answer.status_code}: {answer.text}"
    shown = answer.text.replace(path, "")
    for secret in world.things.secrets() - set(re.findall(r"[\w-]+", str(answer.request.url))):
        assert secret not in shown


@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for method, path in GUARDED if method == "GET" and "{" in path]
)
def test_the_things_that_strangers_asked_for_are_there_for_their_owner(world, victims, method, path):
    answer = world.call(method, path, victims.owner.headers)
    assert answer.status_code == 200, answer.text


def test_every_path_parameter_is_known(world):
    asked = {name for _, path in GUARDED for name in re.findall(r"{(\w+)}", path)}
    unknown = asked - set(world.things.by_parameter)
    assert not unknown, f"make one of these for the victim in collect_things: {sorted(unknown)}"


def test_whoever_is_asked_for_nothing_is_on_the_list_of_public_routes():
    public = {(each.method, each.path) for each in operations() if each.callers == "anyone"}
    assert public == PUBLIC.keys()


def test_the_list_of_public_routes_names_only_what_can_be_public():
    allowed = re.compile(
        r"/v1/(auth|webhooks|invitations/(by_token|accept)|recoveries/by_token)\b.*|/health.*|/metrics"
    )
    assert [path for _, path in PUBLIC if not allowed.fullmatch(path)] == []


def test_an_ended_sign_in_opens_no_route(world, container, clock):
    clock.advance(timedelta(milliseconds=1))
    cast = make_cast(container)
    assert world.client.post("/v1/auth/logout", headers=cast.owner.headers).status_code == 204
    for method, path in GUARDED:
        assert world.call(method, path, cast.owner.headers).status_code == 401
