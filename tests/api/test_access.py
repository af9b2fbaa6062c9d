"""Nobody sees another organization's data: every route of the OpenAPI document is tried with a stranger's
credentials and with none, on things that really exist. A new route is walked without a change here, unless
its path or body names something new: then a test says what to teach `Things` or `BODIES`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.api.app import build_api
from app.bootstrap import Container, build_container
from app.db.models import Membership, Policy, PspAccount, PspEvent
from app.db.queries.scoped import owned
from app.domain.ids import PSP_EVENT, new_id
from app.infra.settings import Settings
from app.services.notify.plan import plan_message
from tests.factories.bodies import example
from tests.factories.identity import Cast, Merchant, make_cast
from tests.fakes.channels import FakeChannels

# Whoever is asked for nothing here must have a reason to be let in.
PUBLIC = {
    ("POST", "/v1/auth/register"),
    ("POST", "/v1/auth/login"),
    ("POST", "/v1/auth/refresh"),
    ("POST", "/v1/auth/logout"),  # ends the sign-in of the token that comes with it; 401 without one
    ("GET", "/healthz"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/health/status"),
    ("GET", "/metrics"),
    ("POST", "/v1/classify"),  # a pure table, nobody's data
    ("GET", "/v1/recoveries/by_token/{token}"),  # the token is the credential
    ("POST", "/v1/recoveries/by_token/{token}/open"),
    ("POST", "/v1/recoveries/by_token/{token}/reissue"),
    ("POST", "/v1/webhooks/messages/twilio"),  # signed by Twilio
    ("POST", "/v1/webhooks/messages/twilio/inbound"),  # as above
    ("GET", "/v1/webhooks/messages/meta"),  # with the operator's verify token
    ("POST", "/v1/webhooks/messages/meta"),  # signed by Meta
    ("POST", "/v1/webhooks/messages/email"),  # with the operator's token
    ("POST", "/v1/webhooks/{psp}/{psp_account_id}"),  # signed by the provider instead
}
# Routes without an id in the path whose body names somebody's thing.
NAMING_BODIES: dict[tuple[str, str], Callable[["Things"], dict[str, Any]]] = {
    ("POST", "/v1/auth/switch"): lambda things: {"organization_id": things.organization_id},
}
TEMPLATE_TEXT = "{{ link_url }} {{ code }} {{ verify_url }}"
# Bodies that the generator below cannot guess.
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/members"): {"email": "nobody-at-all@example.com", "role": "analyst"},
    ("POST", "/v1/events/payment_failed"): {
        "transaction_ref": "outside-1",
        "amount": 100,
        "currency": "INR",
        "gateway": "sandbox",
        "failure_reason": "insufficient_funds",
    },
    ("POST", "/v1/events/payment_failed/batch"): [],
    ("POST", "/v1/psp_events/replay"): {"from": "2026-01-01T00:00:00Z"},
    ("POST", "/v1/psp_accounts"): {"psp": "sandbox", "credentials": {"api_key": "sbx_of_an_outsider"}},
    ("POST", "/v1/opt_outs"): {"contact": "outside@example.com"},
    ("POST", "/v1/templates"): {"event": "last_notice", "channel": "sms", "locale": "en", "text": TEMPLATE_TEXT},
    ("POST", "/v1/templates/test"): {
        "event": "last_notice",
        "channel": "sms",
        "locale": "en",
        "to": "+15005550006",
    },
}
# Writes that are about the person's own sign-in.
OWN_BUSINESS = {("POST", "/v1/auth/switch")}
DENIED = {401, 403, 404}


@dataclass
class Things:
    """What belongs to the victim, by the name of the path parameter that asks for it."""

    organization_id: str
    by_parameter: dict[str, str]

    def secrets(self) -> set[str]:
        return {value for value in self.by_parameter.values() if len(value) > 12} | {self.organization_id}


@dataclass
class World:
    """Two merchants, the API between them, and its routes."""

    client: httpx.Client
    cast: Cast
    things: Things
    document: dict[str, Any]

    def call(self, method: str, path: str, operation: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
        url = re.sub(r"{(\w+)}", lambda match: self.things.by_parameter[match[1]], path)
        body = self.body(method, path, operation)
        # The victim's own filters, so that a list is asked for exactly what it must not show.
        wanted = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"}
        query = {name: value for name, value in self.things.by_parameter.items() if name in wanted}
        return self.client.request(
            method, url, params=query, headers=headers, **({} if body is None else {"json": body})
        )

    def body(self, method: str, path: str, operation: dict[str, Any]) -> Any:
        if (method, path) in NAMING_BODIES:
            return NAMING_BODIES[method, path](self.things)
        if (method, path) in BODIES:
            return BODIES[method, path]
        content = operation.get("requestBody", {}).get("content", {})
        return (
            None if "application/json" not in content else example(self.document, content["application/json"]["schema"])
        )


def make_message(container: Container, merchant: Merchant, recovery_id: str) -> str:
    with container.database.begin() as session:
        message_id = plan_message(
            session,
            room=replace(container.mailroom, channels=FakeChannels()),
            recovery_id=recovery_id,
            event="retry_scheduled",
            step="retry_scheduled:victim",
            attempt_id=None,
            channel=None,
            now=container.clock.now(),
        )
    assert message_id is not None, merchant
    return message_id


def collect_things(container: Container, client: httpx.Client, merchant: Merchant) -> Things:
    """Make one of everything for the merchant; what has a route is made through it."""
    event = client.post(
        "/v1/events/payment_failed",
        json={
            "transaction_ref": "victims-transaction-1",
            "amount": 5000,
            "currency": "INR",
            "gateway": "sandbox",
            "failure_reason": "insufficient_funds",
            "customer": {"ref": "victims-customer", "email": "victims-payer@example.com"},
            "payment_method": {"type": "card", "token": "pm_sandbox_ok"},
        },
        headers=merchant.headers,
    ).json()
    now = container.clock.now()
    with container.database.begin() as session:
        account = session.scalars(owned(PspAccount, merchant.id)).one()
        psp_event = PspEvent(
            id=new_id(PSP_EVENT, now=now),
            organization_id=merchant.id,
            psp_account_id=account.id,
            event_id="evt_victim",
            type="payment.failed",
            body=b"{}",
            status="dead",
            received_at=now,
        )
        session.add(psp_event)
        policy = session.scalars(owned(Policy, merchant.id)).one()
        member = next(m for m in session.scalars(owned(Membership, merchant.id)) if m.role == "analyst")
    made = client.post("/v1/recoveries/by_ref/victims-transaction-1/link", json={}, headers=merchant.headers).json()
    by_parameter = {
        "event_id": event["id"],
        "recovery_id": event["recovery"]["id"],
        "transaction_id": event["transaction_id"],
        "transaction_ref": event["transaction_ref"],
        "link_id": made["link_id"],
        "member_id": member.id,
        "key_id": merchant.api_key_id,
        "policy_id": policy.id,
        "message_id": make_message(container, merchant, event["recovery"]["id"]),
        "opt_out_id": client.post(
            "/v1/opt_outs", json={"contact": "victims-wish@example.com"}, headers=merchant.headers
        ).json()["id"],
        "template_id": client.post(
            "/v1/templates",
            json={"event": "last_notice", "channel": "email", "locale": "en", "text": TEMPLATE_TEXT},
            headers=merchant.headers,
        ).json()["id"],
        "psp": "sandbox",
        "psp_account_id": account.id,
        "psp_event_id": psp_event.id,
    }
    return Things(merchant.id, by_parameter)


@pytest.fixture(scope="module")
def world(container: Container, client: httpx.Client) -> World:
    cast = make_cast(container)
    document = client.get("/openapi.json").json()
    return World(client, cast, collect_things(container, client, cast.merchant), document)


def guarded_routes() -> list[tuple[str, str]]:
    """Read the routes without a database, so that each is a test of its own."""
    settings = Settings(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none", REDIS_URL="redis://127.0.0.1:1/0")
    document = build_api(build_container(settings)).openapi()
    return sorted(
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
        if (method.upper(), path) not in PUBLIC
    )


GUARDED = guarded_routes()


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_without_a_credential_nobody_gets_in(world, method, path):
    operation = world.document["paths"][path][method.lower()]
    answer = world.call(method, path, operation, {})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), answer.text
    assert answer.headers["www-authenticate"] == 'Bearer realm="tinko"'


@pytest.mark.parametrize("credential", ["access token", "API key"])
@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_a_stranger_finds_nothing(world, method, path, credential):
    outsider = world.cast.outsider
    headers = outsider.owner.headers if credential == "access token" else outsider.headers
    operation = world.document["paths"][path][method.lower()]
    answer = world.call(method, path, operation, headers)
    assert answer.status_code < 500, answer.text
    if "{" in path or (method, path) in NAMING_BODIES:
        assert answer.status_code in DENIED, f"{answer.status_code}: {answer.text}"
    shown = answer.text.replace(path, "")
    for secret in world.things.secrets() - set(re.findall(r"[\w-]+", str(answer.request.url))):
        assert secret not in shown


@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for method, path in GUARDED if method == "GET" and "{" in path]
)
def test_the_things_that_strangers_asked_for_are_there_for_their_owner(world, method, path):
    operation = world.document["paths"][path][method.lower()]
    answer = world.call(method, path, operation, world.cast.owner.headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("method", "path"), [route for route in GUARDED if route[0] != "GET" and route not in OWN_BUSINESS]
)
def test_an_analyst_changes_nothing(world, method, path):
    operation = world.document["paths"][path][method.lower()]
    answer = world.call(method, path, operation, world.cast.analyst.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing"), answer.text


def test_every_path_parameter_is_known(world):
    asked = {name for _, path in GUARDED for name in re.findall(r"{(\w+)}", path)}
    unknown = asked - set(world.things.by_parameter)
    assert not unknown, f"make one of these for the victim in collect_things: {sorted(unknown)}"


def test_the_list_of_public_routes_names_only_what_can_be_public():
    allowed = re.compile(r"/v1/(auth|classify|webhooks|recoveries/by_token)\b.*|/health.*|/metrics")
    assert [path for _, path in PUBLIC if not allowed.fullmatch(path)] == []


def test_an_ended_sign_in_opens_no_route(world, container, clock):
    clock.advance(timedelta(milliseconds=1))
    cast = make_cast(container)
    assert world.client.post("/v1/auth/logout", headers=cast.owner.headers).status_code == 204
    for method, path in GUARDED:
        operation = world.document["paths"][path][method.lower()]
        assert world.call(method, path, operation, cast.owner.headers).status_code == 401
