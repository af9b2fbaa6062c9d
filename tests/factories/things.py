"""One of everything that a merchant has, and a request for each operation of the API: for the tests of who may what."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from app.bootstrap import Container
from app.db.models import Membership, Policy, PspAccount, PspEvent, RequestLogEntry
from app.db.queries.scoped import owned
from app.domain.ids import PSP_EVENT, new_id
from app.services.notify.plan import plan_message
from app.services.request_log import Answered, keep_requests
from tests.factories.bodies import example
from tests.factories.identity import Merchant
from tests.fakes.channels import FakeChannels

# Routes without an id in the path whose body names somebody's thing.
NAMING_BODIES: dict[tuple[str, str], Callable[["Things"], dict[str, Any]]] = {
    ("POST", "/v1/auth/switch"): lambda things: {"organization_id": things.organization_id},
}
# Routes whose filter names something, and which look whether it is there.
NAMING_QUERIES = {("GET", "/v1/stream"), ("GET", "/v1/test/sandbox_psp/charges")}
TEMPLATE_TEXT = "{{ link_url }} {{ code }} {{ verify_url }}"
# Bodies that the generator below cannot guess.
RULE = {
    "name": "Busy",
    "match": {"failure_reason": "acme_busy"},
    "then": {"category": "network", "hardness": "soft"},
}
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/rules"): RULE,
    ("POST", "/v1/rules/test"): {"failure": {"failure_reason": "acme_busy"}},
    ("POST", "/v1/rules/preview"): {"rule": RULE},
    ("PUT", "/v1/rules/order"): {"ids": []},
    ("POST", "/v1/invitations"): {"email": "nobody-asked@example.com", "role": "analyst"},
    ("PATCH", "/v1/members/{member_id}"): {"role": "analyst"},
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
# Whoever is let in never hears the end of it: tests/api/test_stream.py.
ENDLESS = {("GET", "/v1/stream")}
PAYER = "victims-payer@example.com"


@dataclass
class Things:
    """What belongs to the victim, by the name of the path parameter that asks for it."""

    organization_id: str
    by_parameter: dict[str, str]

    def secrets(self) -> set[str]:
        return {value for value in self.by_parameter.values() if len(value) > 12} | {self.organization_id}


@dataclass
class World:
    """The API, what its document says, and what there is to ask for."""

    client: httpx.Client
    things: Things
    document: dict[str, Any]
    bodies: dict[tuple[str, str], Any] = field(default_factory=lambda: BODIES)

    def call(
        self, method: str, path: str, headers: dict[str, str], own: dict[str, str] | None = None
    ) -> httpx.Response:
        """Ask for the victim's things; `own` are things of the caller that are asked for instead."""
        operation, named = self.document["paths"][path][method.lower()], self.things.by_parameter | (own or {})
        url = re.sub(r"{(\w+)}", lambda match: named[match[1]], path)
        body = self.body(method, path, operation)
        # The victim's own filters, so that a list is asked for exactly what it must not show.
        wanted = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"}
        self.client.cookies.clear()
        request = self.client.build_request(
            method,
            url,
            params={name: value for name, value in self.things.by_parameter.items() if name in wanted},
            headers=headers,
            **({} if body is None else {"json": body}),
        )
        answer = self.client.send(request, stream=True)
        try:
            if (method, path) not in ENDLESS or answer.is_error:
                answer.read()
        finally:
            answer.close()
        return answer

    def body(self, method: str, path: str, operation: dict[str, Any]) -> Any:
        if (method, path) in NAMING_BODIES:
            return NAMING_BODIES[method, path](self.things)
        if (method, path) in self.bodies:
            return self.bodies[method, path]
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


def make_rule_and_draft(client: httpx.Client, merchant: Merchant, policy_id: str) -> str:
    draft = {"settings": {"max_retries": 2}}
    drafted = client.put(f"/v1/retry/policies/{policy_id}/draft", json=draft, headers=merchant.headers)
    assert drafted.status_code == 200, drafted.text
    return str(client.post("/v1/rules", json=RULE, headers=merchant.headers).json()["id"])


def make_logged_request(container: Container, merchant: Merchant) -> str:
    now = container.clock.now()
    said = ("r-victim", "192.0.2.1", b'{"note": "victims-request"}', b"{}")
    with container.database.begin() as session:
        keep_requests(session, [Answered(merchant.id, now, "key_v", "POST", "/v1/links", b"", 201, 0.1, *said)])
        mine = owned(RequestLogEntry, merchant.id).where(RequestLogEntry.actor == "key_v")
        return str(session.scalars(mine).one().id)


def session_of(container: Container, merchant: Merchant) -> str:
    now = container.clock.now()
    return container.tokens.read(merchant.owner.token, now=now).session_id


def report_failure(client: httpx.Client, merchant: Merchant) -> Any:
    answer = client.post(
        "/v1/events/payment_failed",
        json={
            "transaction_ref": "victims-transaction-1",
            "amount": 5000,
            "currency": "INR",
            "gateway": "sandbox",
            "failure_reason": "insufficient_funds",
            "failure_message": f"said {PAYER}",
            "customer": {"ref": "victims-customer", "email": PAYER},
            "payment_method": {"type": "card", "token": "pm_sandbox_ok"},
        },
        headers=merchant.headers,
    )
    return answer.json()


def collect_things(container: Container, client: httpx.Client, merchant: Merchant) -> Things:
    """Make one of everything for the merchant; what has a route is made through it."""
    event = report_failure(client, merchant)
    now = container.clock.now()
    with container.database.begin() as session:
        account = session.scalars(owned(PspAccount, merchant.id)).one()
        psp_event = PspEvent(
            id=new_id(PSP_EVENT, now=now),
            organization_id=merchant.id,
            psp_account_id=account.id,
            event_id="evt_victim",
            type="payment.failed",
            body=f'{{"note": "said {PAYER}"}}'.encode(),
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
        "session_id": session_of(container, merchant),
        "invitation_id": client.post(
            "/v1/invitations",
            json={"email": "victims-guest@example.com", "role": "analyst"},
            headers=merchant.owner.headers,
        ).json()["id"],
        "key_id": merchant.api_key_id,
        "policy_id": policy.id,
        "version": "1",
        "rule_id": make_rule_and_draft(client, merchant, policy.id),
        "message_id": make_message(container, merchant, event["recovery"]["id"]),
        "opt_out_id": client.post(
            "/v1/opt_outs", json={"contact": "victims-wish@example.com"}, headers=merchant.headers
        ).json()["id"],
        "template_id": client.post(
            "/v1/templates",
            json={"event": "last_notice", "channel": "email", "locale": "en", "text": TEMPLATE_TEXT},
            headers=merchant.headers,
        ).json()["id"],
        "request_log_id": make_logged_request(container, merchant),
        "saved_view_id": client.post(
            "/v1/saved_views", json={"name": "victims-view", "query": {}}, headers=merchant.owner.headers
        ).json()["id"],
        "psp": "sandbox",
        "psp_account_id": account.id,
        "psp_event_id": psp_event.id,
    }
    return Things(merchant.id, by_parameter)
