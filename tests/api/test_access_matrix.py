"""Every operation of the OpenAPI document by everybody who may ask: let in, refused, or told that nothing is there.

What is expected is read off the document's `x-access` and the table of roles; what happens is asked of the API,
on things that exist. The server takes back what it does, so that the same things serve all callers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

import httpx
import pytest

from app.api.app import build_api
from app.bootstrap import Container, build_container
from app.domain.identity.access import role_permissions, scope_permissions
from tests.factories.access_table import DOCUMENT, Operation, guarded, table
from tests.factories.identity import Cast, Person, make_api_key, make_cast
from tests.factories.people import browser
from tests.factories.things import BODIES, ENDLESS, NAMING_BODIES, NAMING_QUERIES, PAYER, Things, World, collect_things
from tests.fakes.server import served
from tests.fakes.undone import UndoneDatabase

NARROW = ("links:write", "recoveries:read")
NAMING = NAMING_BODIES.keys() | NAMING_QUERIES
OPERATIONS = guarded()
READS_ALL = ("recoveries:read", "events:read", "messages:read", "psp_events:read", "opt_outs:read", "links:write")


class Outcome(StrEnum):
    """What an answer says about access."""

    LET_IN = "let in"
    REFUSED = "refused"
    HIDDEN = "hidden"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, answer: httpx.Response) -> "Outcome":
        """Read an answer; past the door, a conflict, a bad body or a provider that is down are answers like others."""
        code = answer.json()["code"] if answer.is_error else None
        if answer.status_code == 401 and code == "unauthenticated":
            return cls.UNKNOWN
        if answer.status_code == 403:
            assert code in {"permission_missing", "staff_only", "csrf_failed"}, answer.text
            return cls.REFUSED
        if answer.status_code == 404:
            return cls.HIDDEN
        assert answer.is_success or answer.status_code in {409, 422, 503}, answer.text
        return cls.LET_IN


@dataclass
class Asker:
    """Who asks, with what, and what they may."""

    headers: dict[str, str]
    permissions: frozenset[str] = frozenset()
    staff: bool = False
    foreign: bool = False
    forged: bool = False
    own: dict[str, str] = field(default_factory=dict)

    def expects(self, operation: Operation) -> Outcome:
        """Return what this caller is to be answered."""
        if not self.headers:
            return Outcome.UNKNOWN
        if self.forged and operation.method != "GET":
            return Outcome.REFUSED
        if not operation.admits(self.permissions, staff=self.staff):
            return Outcome.REFUSED
        names_something = "{" in operation.path or (operation.method, operation.path) in NAMING
        return Outcome.HIDDEN if self.foreign and names_something else Outcome.LET_IN


@pytest.fixture(scope="module")
def url(settings, clock) -> Iterator[str]:
    """A server that takes back what it does."""
    own = build_container(settings, clock=clock)
    database = UndoneDatabase(settings.database_url.get_secret_value())
    with served(build_api(replace(own, database=database))) as made:
        yield made
    own.database.dispose()


@pytest.fixture(scope="module")
def people(container: Container) -> Cast:
    return make_cast(container)


@pytest.fixture(scope="module")
def things(container: Container, client: httpx.Client, people: Cast) -> Things:
    return collect_things(container, client, people.merchant)


@pytest.fixture(scope="module")
def world(url, client, things, people) -> Iterator[World]:
    somebody = {"email": people.outsider.owner.user.email, "role": "analyst"}
    with httpx.Client(base_url=url, timeout=30) as to_it:
        yield World(to_it, things, client.get("/openapi.json").json(), BODIES | {("POST", "/v1/members"): somebody})


@pytest.fixture(scope="module")
def askers(container, base_url, client, people) -> dict[str, Asker]:
    merchant, outsider = people.merchant, people.outsider
    everything = scope_permissions(["*"])
    staff = {each.role: each for each in (people.owner, people.admin, people.operator, people.analyst)}
    found = {
        role: Asker(person.headers, role_permissions(role), staff=True, own=belongings(container, client, person))
        for role, person in staff.items()
    }
    _, narrow = make_api_key(container, merchant, *NARROW)
    owns = role_permissions("owner")
    cookie = {"Cookie": f"tinko_session={cookie_of(base_url, people)}"}
    return {
        **found,
        "key": Asker(merchant.headers, everything),
        "narrow key": Asker({"Authorization": f"Bearer {narrow}"}, scope_permissions(NARROW)),
        "browser without its token": Asker(cookie, owns, staff=True, forged=True, own=found["owner"].own),
        "outsider": Asker(outsider.owner.headers, owns, staff=True, foreign=True),
        "outsider's key": Asker(outsider.headers, everything, foreign=True),
        "nobody": Asker({}),
    }


def belongings(container: Container, client: httpx.Client, person: Person) -> dict[str, str]:
    """Return what belongs to a person alone."""
    answer = client.post("/v1/saved_views", json={"name": "mine", "query": {}}, headers=person.headers)
    session_id = container.tokens.read(person.token, now=container.clock.now()).session_id
    return {"saved_view_id": answer.json()["id"], "session_id": session_id}


def cookie_of(base_url: str, people: Cast) -> str:
    """Return the cookie of the owner's sign-in in a browser, in the organization that has the things."""
    with browser(base_url) as made:
        assert made.log_in(people.owner.user.email).status_code == 200
        made.post("/v1/auth/switch", json={"organization_id": people.merchant.id})
        return made.cookies["tinko_session"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=[f"{each.method} {each.path}" for each in OPERATIONS])
def test_each_caller_is_let_in_or_not_as_the_table_says(world, askers, operation):
    answers = {who: world.call(operation.method, operation.path, a.headers, a.own) for who, a in askers.items()}
    assert {who: Outcome.of(answer) for who, answer in answers.items()} == {
        who: asker.expects(operation) for who, asker in askers.items()
    }
    assert answers["nobody"].headers["www-authenticate"] == 'Bearer realm="tinko"'
    refused = answers["browser without its token"]
    assert operation.method == "GET" or refused.json()["code"] == "csrf_failed"


def test_the_matrix_tells_its_callers_apart(askers):
    """Each column is another one, and no answer is the same for all: a matrix of one colour would prove nothing."""
    columns = {who: tuple(asker.expects(each) for each in OPERATIONS) for who, asker in askers.items()}
    assert len(set(columns.values())) == len(columns)
    assert {outcome for column in columns.values() for outcome in column} == set(Outcome)


def test_a_payers_address_is_shown_to_whom_it_may_be_shown(world, askers, container, people):
    _, blind = make_api_key(container, people.merchant, *READS_ALL)
    key = Asker({"Authorization": f"Bearer {blind}"}, scope_permissions(READS_ALL))
    seen = {
        "/v1/events",
        "/v1/events/by_ref/{transaction_ref}",
        "/v1/events/{event_id}",
        "/v1/psp_events/{psp_event_id}",
        "/v1/recoveries",
        "/v1/recoveries/export.csv",
        "/v1/recoveries/by_ref/{transaction_ref}",
        "/v1/recoveries/{recovery_id}",
    }
    assert shows(world, askers["operator"]) == shows(world, askers["key"]) == seen
    assert shows(world, askers["analyst"]) == shows(world, key) == set()


def shows(world: World, asker: Asker) -> set[str]:
    """Return the reads that show the payer's address to that caller."""
    reads = [each for each in OPERATIONS if each.method == "GET" and (each.method, each.path) not in ENDLESS]
    return {each.path for each in reads if PAYER in world.call("GET", each.path, asker.headers, asker.own).text}


def test_the_table_in_the_documents_is_the_one_that_was_tried():
    assert DOCUMENT.read_text(encoding="utf-8") == table(), "run make access"
