"""Connecting providers over HTTP: named as they name things, in the right mode, and no secret ever shown."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db.models import AuditEntry, PspAccount
from app.db.queries.scoped import owned
from app.domain.payments.credentials import CREDENTIALS
from app.services.identity.api_keys import KeyWish, create_api_key
from app.services.payments.accounts import open_account
from tests.factories.identity import make_api_key, make_merchant

GOOD = {
    "stripe": {"secret_key": "sk_test_0123456789abcdef"},
    "razorpay": {"key_id": "rzp_test_0123456789", "key_secret": "a-secret-of-razorpay"},
    "paypal": {"client_id": "client-0123456789", "client_secret": "secret-0123456789", "webhook_id": "WH-1234"},
    "paymongo": {"secret_key": "sk_test_0123456789abcdef"},
    "xendit": {"secret_key": "xnd_development_0123456789"},
    "sandbox": {"api_key": "sbx_0123456789abcdef"},
}
PATH = "/v1/psp_accounts"


def connect(client, who, psp="stripe", **fields):
    body = {"psp": psp, "credentials": GOOD[psp], **fields}
    answer = client.post(PATH, json=body, headers=who.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def live_headers(container):
    """Return the headers of a key of a live organization."""
    with container.database.begin() as session:
        made = create_api_key(
            session,
            organization_id=make_merchant(container).registered.live.id,
            mode="live",
            wish=KeyWish("everything", ("*",)),
            actor="tests",
            request_id=None,
            now=container.clock.now(),
        )
    return {"Authorization": f"Bearer {made.secret}"}


def opened(container, account_id):
    with container.database.begin() as session:
        account = session.get_one(PspAccount, account_id)
        return open_account(account, crypto=container.crypto, live=False)


def pointers(answer):
    return {each["pointer"] for each in answer.json()["errors"]}


def test_every_provider_in_the_table_can_be_connected_and_no_secret_comes_back(client, container, merchant):
    assert set(GOOD) == set(CREDENTIALS)
    for psp, credentials in GOOD.items():
        made = connect(client, merchant, psp, label=f"Our {psp}", webhook_secret="whsec_0123456789")
        assert made["credentials"] == {
            name: f"…{value[-4:]}" if len(value) >= 12 else "…" for name, value in credentials.items()
        }
        assert made["webhook_secrets"] == [{"hint": "…6789", "holds_until": None}]
        assert made["webhook_url"].endswith(f"/v1/webhooks/{psp}/{made['id']}")
        assert (made["is_enabled"], made["native_retries"], made["priority"]) == (True, "wait", 100)
        shown = client.get(f"{PATH}/{made['id']}", headers=merchant.headers)
        assert shown.json() == made
        for secret in (*credentials.values(), "whsec_0123456789"):
            assert secret not in shown.text
        assert dict(opened(container, made["id"]).secrets) == credentials


@pytest.mark.parametrize(
    ("psp", "credentials", "wrong"),
    [
        ("stripe", {}, {"/credentials/secret_key"}),
        ("stripe", {"secret_key": "sk_live_0123456789"}, {"/credentials/secret_key"}),
        ("stripe", {"secret_key": "rk_live_0123456789"}, {"/credentials/secret_key"}),
        ("stripe", {"secret_key": "pk_test_0123456789"}, {"/credentials/secret_key"}),
        ("stripe", {"secret_key": "sk_test_with space"}, {"/credentials/secret_key"}),
        ("stripe", {**GOOD["stripe"], "api/key": "x"}, {"/credentials/api~1key"}),
        ("razorpay", {"key_id": "rzp_live_0123456789"}, {"/credentials/key_id", "/credentials/key_secret"}),
        ("paypal", {"client_id": "client-0123"}, {"/credentials/client_secret"}),
        ("paymongo", {"secret_key": "sk_live_0123456789"}, {"/credentials/secret_key"}),
        ("xendit", {"secret_key": "xnd_production_0123456789"}, {"/credentials/secret_key"}),
        ("acme", {"key": "0123456789"}, {"/psp"}),
    ],
)
def test_what_is_wrong_with_credentials_is_said_field_by_field(client, container, merchant, psp, credentials, wrong):
    answer = client.post(PATH, json={"psp": psp, "credentials": credentials}, headers=merchant.headers)
    assert answer.status_code == 422
    assert pointers(answer) == wrong
    for value in credentials.values():
        assert len(value) < 8 or value not in answer.text
    with container.database.begin() as session:
        assert len(session.scalars(owned(PspAccount, merchant.id)).all()) == 1  # the sandbox that it began with


@pytest.mark.parametrize(
    ("psp", "credentials", "pointer"),
    [
        ("stripe", GOOD["stripe"], "/credentials/secret_key"),
        ("razorpay", GOOD["razorpay"], "/credentials/key_id"),
        ("xendit", GOOD["xendit"], "/credentials/secret_key"),
        ("sandbox", GOOD["sandbox"], "/psp"),
    ],
)
def test_test_credentials_are_refused_in_a_live_organization(client, container, psp, credentials, pointer):
    headers = live_headers(container)
    answer = client.post(PATH, json={"psp": psp, "credentials": credentials}, headers=headers)
    assert (answer.status_code, pointers(answer)) == (422, {pointer})
    good = {"psp": "stripe", "credentials": {"secret_key": "sk_live_0123456789"}}
    assert client.post(PATH, json=good, headers=headers).status_code == 201


def test_the_same_request_twice_connects_once(client, merchant):
    headers = {**merchant.headers, "Idempotency-Key": "connect-1"}
    body = {"psp": "stripe", "credentials": GOOD["stripe"]}
    first, second = (client.post(PATH, json=body, headers=headers).json() for _ in range(2))
    assert first == second
    listed = client.get(PATH, headers=merchant.headers).json()["items"]
    assert sorted(account["psp"] for account in listed) == ["sandbox", "stripe"]


def test_what_is_changed_changes_and_the_rest_stays(client, container, merchant):
    made = connect(client, merchant, "razorpay", webhook_secret="first-secret-1")
    change = {"label": "Second", "priority": 5, "is_enabled": False, "native_retries": "observe"}
    answer = client.patch(f"{PATH}/{made['id']}", json=change, headers=merchant.headers)
    assert answer.json() == {**made, **change}
    change = {"credentials": {"key_secret": "another-secret-1"}}
    client.patch(f"{PATH}/{made['id']}", json=change, headers=merchant.headers)
    found = opened(container, made["id"])
    assert dict(found.secrets) == {"key_id": "rzp_test_0123456789", "key_secret": "another-secret-1"}
    assert found.webhook_secrets == ("first-secret-1",)
    refused = client.patch(f"{PATH}/{made['id']}", json={"credentials": {"key_id": None}}, headers=merchant.headers)
    assert (refused.status_code, pointers(refused)) == (422, {"/credentials/key_id"})
    assert dict(opened(container, made["id"]).secrets) == dict(found.secrets)


def test_a_rolled_webhook_secret_holds_beside_the_new_one_for_a_while(client, container, merchant, clock):
    made = connect(client, merchant, webhook_secret="first-secret-1")
    path = f"{PATH}/{made['id']}"
    rolled = client.patch(path, json={"webhook_secret": "second-secret-2"}, headers=merchant.headers).json()
    until = (clock.now() + timedelta(hours=24)).isoformat().replace("+00:00", "Z")
    assert [each["hint"] for each in rolled["webhook_secrets"]] == ["…et-2", "…et-1"]
    assert rolled["webhook_secrets"][0]["holds_until"] is None
    assert rolled["webhook_secrets"][1]["holds_until"][:19] == until[:19]
    at_once = {"webhook_secret": "third-secret-3", "webhook_secret_overlap_hours": 0}
    rolled = client.patch(path, json=at_once, headers=merchant.headers).json()
    assert rolled["webhook_secrets"] == [{"hint": "…et-3", "holds_until": None}]
    assert opened(container, made["id"]).webhook_secrets == ("third-secret-3",)


def test_a_deleted_account_is_gone_with_its_secrets(client, container, merchant):
    made = connect(client, merchant, webhook_secret="first-secret-1")
    path = f"{PATH}/{made['id']}"
    assert client.delete(path, headers=merchant.headers).status_code == 204
    assert client.get(path, headers=merchant.headers).status_code == 404
    assert client.delete(path, headers=merchant.headers).status_code == 404
    assert made["id"] not in client.get(PATH, headers=merchant.headers).text
    webhook = client.post(f"/v1/webhooks/stripe/{made['id']}", content=b"{}")
    assert (webhook.status_code, webhook.json()["code"]) == (404, "not_found")
    found = opened(container, made["id"])
    assert (dict(found.secrets), found.webhook_secrets) == ({}, ())


def test_what_was_done_is_in_the_audit_log_without_a_secret(client, container, merchant):
    made = connect(client, merchant)
    path = f"{PATH}/{made['id']}"
    client.patch(path, json={"label": "Other", "webhook_secret": "first-secret-1"}, headers=merchant.headers)
    client.delete(path, headers=merchant.headers)
    with container.database.begin() as session:
        wanted = select(AuditEntry).where(AuditEntry.subject == made["id"]).order_by(AuditEntry.id)
        entries = session.scalars(wanted).all()
    assert [entry.action for entry in entries] == ["psp_account.connect", "psp_account.update", "psp_account.delete"]
    assert {entry.actor for entry in entries} == {merchant.api_key_id}
    assert entries[0].after["credentials"] == ["secret_key"]
    assert (entries[1].before["label"], entries[1].after["label"]) == ("stripe", "Other")
    assert entries[1].after["webhook_secret_changed"] is True
    written = str([(entry.before, entry.after) for entry in entries])
    assert "sk_test" not in written
    assert "first-secret" not in written


def test_whoever_may_only_read_changes_nothing(client, container, merchant):
    made = connect(client, merchant)
    _, reader = make_api_key(container, merchant, "psp_accounts:read")
    headers = {"Authorization": f"Bearer {reader}"}
    assert client.get(f"{PATH}/{made['id']}", headers=headers).status_code == 200
    for method, path in (("PATCH", ""), ("DELETE", ""), ("POST", "/test")):
        body = {} if method == "PATCH" else None
        answer = client.request(method, f"{PATH}/{made['id']}{path}", json=body, headers=headers)
        assert answer.status_code == 403, method


def test_a_test_of_an_account_that_does_not_answer_says_so(client, merchant):
    (sandbox,) = client.get(PATH, headers=merchant.headers).json()["items"]
    answer = client.post(f"{PATH}/{sandbox['id']}/test", headers=merchant.headers).json()
    assert answer["ok"] is False
    assert [finding["code"] for finding in answer["findings"]] == ["unreachable"]
