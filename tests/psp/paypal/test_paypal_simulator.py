"""The simulated PayPal by itself: its manners are PayPal's."""

import pytest

from tests.fakes.caller import ask

AMOUNT = {"currency_code": "USD", "value": "50.00"}


def order(**unit):
    return {"intent": "CAPTURE", "purchase_units": [{"amount": AMOUNT, **unit}]}


def vaulted(token="vault_sim_ok", kind="card"):
    return {"payment_source": {kind: {"vault_id": token}}}


def issue(reply):
    return reply.status_code, reply.json()["details"][0]["issue"]


def made(merchant, **unit):
    return merchant("POST", "/v2/checkout/orders", json=order(**unit)).json()


def test_only_a_client_gets_a_token_and_only_a_token_opens_anything(merchant):
    reply = ask("POST", f"{merchant.base_url}/v1/oauth2/token", auth=("x", "y"))
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")
    for token in ("nonsense", "A21AA", "A21AA" + "!" * 9):
        reply = merchant("GET", "/v2/checkout/orders/5O1", token=token)
        assert (reply.status_code, reply.json()["name"]) == (401, "AUTHENTICATION_FAILURE")


def test_one_request_id_is_one_order_whatever_else_is_asked(merchant):
    first = merchant("POST", "/v2/checkout/orders", request_id="k-1", json=order())
    again = merchant("POST", "/v2/checkout/orders", request_id="k-1", json=order(custom_id="other"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert merchant("POST", "/v2/checkout/orders", request_id="k-2", json=order()).json()["id"] != first.json()["id"]


def test_a_repeated_request_tells_the_latest_status(merchant):
    own = made(merchant)
    first = merchant("POST", "/v2/checkout/orders", request_id="k-3", json=order()).json()
    merchant("POST", f"/v2/checkout/orders/{first['id']}/capture", request_id="c-3", json=vaulted())
    again = merchant("POST", "/v2/checkout/orders", request_id="k-3", json=order()).json()
    assert (again["id"], again["status"]) == (first["id"], "COMPLETED")
    assert merchant("GET", f"/v2/checkout/orders/{own['id']}").json()["status"] == "CREATED"


def test_a_request_with_a_payment_source_needs_a_request_id(merchant):
    reply = merchant("POST", "/v2/checkout/orders", json={**order(), **vaulted()})
    assert issue(reply) == (422, "PAYPAL_REQUEST_ID_REQUIRED")
    reply = merchant("POST", "/v2/checkout/orders", request_id="k-4", json={**order(), **vaulted(kind="paypal")})
    assert (reply.status_code, reply.json()["status"]) == (201, "COMPLETED")


def test_an_order_is_captured_once_and_not_unapproved(merchant):
    capture = f"/v2/checkout/orders/{made(merchant)['id']}/capture"
    assert issue(merchant("POST", capture, json={})) == (422, "ORDER_NOT_APPROVED")
    assert merchant("POST", capture, json=vaulted()).status_code == 201
    assert issue(merchant("POST", capture, json=vaulted())) == (422, "ORDER_ALREADY_CAPTURED")
    assert [status for status, _ in merchant.keeper.charges()] == ["captured"]


def test_an_invoice_is_paid_once(merchant):
    first, second = (made(merchant, invoice_id="INV-1") for _ in range(2))
    assert merchant("POST", f"/v2/checkout/orders/{first['id']}/capture", json=vaulted()).status_code == 201
    reply = merchant("POST", f"/v2/checkout/orders/{second['id']}/capture", json=vaulted())
    assert issue(reply) == (422, "DUPLICATE_INVOICE_ID")


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("vault_sim_code_instrument_declined", "INSTRUMENT_DECLINED"),
        ("vault_of_nobody", "TOKEN_ID_NOT_FOUND"),
        ("vault_sim_requires_action", "PAYER_ACTION_REQUIRED"),
    ],
)
def test_what_paypal_refuses_itself_is_a_422_and_no_capture(merchant, token, told):
    own = made(merchant)
    assert issue(merchant("POST", f"/v2/checkout/orders/{own['id']}/capture", json=vaulted(token))) == (422, told)
    shown = merchant("GET", f"/v2/checkout/orders/{own['id']}").json()
    assert "payments" not in shown["purchase_units"][0]


@pytest.mark.parametrize(("token", "code"), [("vault_sim_code_9500", "9500"), ("vault_sim_code_pptt", "PPTT")])
def test_what_the_processor_refuses_is_a_201_with_its_code(merchant, token, code):
    own = made(merchant)
    reply = merchant("POST", f"/v2/checkout/orders/{own['id']}/capture", json=vaulted(token))
    (capture,) = reply.json()["purchase_units"][0]["payments"]["captures"]
    assert (reply.status_code, capture["status"]) == (201, "DECLINED")
    assert capture["processor_response"]["response_code"] == code


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ({"currency_code": "HUF", "value": "50.50"}, "DECIMALS_NOT_SUPPORTED"),
        ({"currency_code": "JPY", "value": "50.0"}, "DECIMALS_NOT_SUPPORTED"),
        ({"currency_code": "USD", "value": "50.505"}, "DECIMAL_PRECISION"),
        ({"currency_code": "USD", "value": "0.00"}, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ({"currency_code": "USD", "value": "-1"}, "INVALID_PARAMETER_SYNTAX"),
        ({"currency_code": "XXX", "value": "1"}, "INVALID_CURRENCY_CODE"),
        (None, "INVALID_CURRENCY_CODE"),
    ],
)
def test_an_amount_that_paypal_does_not_take_is_refused_with_its_issue(merchant, amount, told):
    assert issue(merchant("POST", "/v2/checkout/orders", json=order(amount=amount))) == (422, told)


@pytest.mark.parametrize(("field", "longest"), [("custom_id", 127), ("invoice_id", 127), ("reference_id", 256)])
def test_names_have_their_lengths(merchant, field, longest):
    assert merchant("POST", "/v2/checkout/orders", json=order(**{field: "x" * longest})).status_code == 201
    reply = merchant("POST", "/v2/checkout/orders", json=order(**{field: "x" * (longest + 1)}))
    assert issue(reply) == (422, "INVALID_STRING_MAX_LENGTH")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{}",
        b"[]",
        b'[{"op":"add"}]',
        b'[{"op":"replace","path":"/intent","value":"AUTHORIZE"}]',
        b'[{"op":"replace","path":"/purchase_units/@reference_id==\'default\'","value":{}}]',
    ],
)
def test_only_whole_changes_of_an_unpaid_order_are_taken(merchant, body):
    own = made(merchant)
    reply = merchant("PATCH", f"/v2/checkout/orders/{own['id']}", content=body)
    assert reply.status_code == 422
    assert merchant("GET", f"/v2/checkout/orders/{own['id']}").json() == own


def test_a_paid_order_cannot_be_changed(merchant):
    own = made(merchant)
    merchant("POST", f"/v2/checkout/orders/{own['id']}/capture", json=vaulted())
    change = [{"op": "replace", "path": "/purchase_units/@reference_id=='default'/custom_id", "value": "x"}]
    reply = merchant("PATCH", f"/v2/checkout/orders/{own['id']}", json=change)
    assert issue(reply) == (422, "ORDER_ALREADY_COMPLETED")


@pytest.mark.parametrize(
    "path",
    [
        "/v2/checkout/orders/5O1",
        "/v2/payments/captures/3C6",
        "/v2/payments/refunds/1JU",
        "/v1/payments/sale/8A",
        "/v1/billing/subscriptions/I-BW452GLLEP1G",
        "/v1/notifications/certs/CERT-other",
    ],
)
def test_what_is_not_there_is_paypals_own_not_found(merchant, path):
    reply = merchant("GET", path)
    assert (reply.status_code, reply.json()["name"]) == (404, "RESOURCE_NOT_FOUND")


def test_the_search_reaches_31_days_and_counts_pages(merchant):
    for _ in range(3):
        merchant("POST", f"/v2/checkout/orders/{made(merchant)['id']}/capture", json=vaulted())
    span = {"start_date": "2000-01-01T00:00:00Z", "end_date": "2000-02-02T00:00:00Z"}
    assert merchant("GET", "/v1/reporting/transactions", params=span).status_code == 422
    created = merchant.keeper("GET", "charges")["items"][0]["created_at"][:10]
    span = {"start_date": f"{created}T00:00:00Z", "end_date": f"{created}T23:59:59Z", "page_size": 2}
    found = [merchant("GET", "/v1/reporting/transactions", params={**span, "page": page}).json() for page in (1, 2)]
    assert [len(page["transaction_details"]) for page in found] == [2, 1]
    assert {(page["total_pages"], page["total_items"]) for page in found} == {(2, 3)}


def test_a_page_belongs_to_an_order_that_waits_for_its_payer(merchant):
    own = made(merchant)
    assert ask("GET", f"{merchant.base_url}/checkoutnow/{own['id']}").status_code == 404
    urls = {"return_url": "https://shop.test/a", "cancel_url": "https://shop.test/b"}
    body = {**order(reference_id="<b>basket</b>"), "payment_source": {"paypal": {"experience_context": urls}}}
    shown = merchant("POST", "/v2/checkout/orders", json=body).json()
    (link,) = [one["href"] for one in shown["links"] if one["rel"] == "payer-action"]
    page = ask("GET", link)
    assert "&lt;b&gt;basket" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert ask("POST", link, data={"choice": "nonsense"}).status_code == 422
    for _ in range(2):
        assert ask("POST", link, data={"choice": "pay"}).status_code == 303
    assert merchant("GET", f"/v2/checkout/orders/{shown['id']}").json()["status"] == "APPROVED"
    assert merchant.keeper.charges() == []


def test_the_webhook_that_the_keeper_set_is_listed(merchant):
    assert merchant("GET", "/v1/notifications/webhooks").json() == {"webhooks": []}
    merchant.keeper.webhooks_to("http://127.0.0.1:9/nowhere", secret="WH-HOOK-1")
    (hook,) = merchant("GET", "/v1/notifications/webhooks").json()["webhooks"]
    assert (hook["id"], hook["event_types"]) == ("WH-HOOK-1", [{"name": "*"}])


def test_a_refund_is_made_once_per_request_id_and_can_be_read(merchant):
    own = made(merchant)
    paid = merchant("POST", f"/v2/checkout/orders/{own['id']}/capture", json=vaulted()).json()
    (capture,) = paid["purchase_units"][0]["payments"]["captures"]
    path, body = f"/v2/payments/captures/{capture['id']}/refund", {"amount": {**AMOUNT, "value": "20.00"}}
    first, again = (merchant("POST", path, request_id="r-1", json=body) for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert merchant("GET", f"/v2/payments/refunds/{first.json()['id']}").json() == first.json()
    assert merchant.keeper.charges() == [("captured", 2000)]
    assert issue(merchant("POST", path, request_id="r-2", json={"amount": AMOUNT})) == (422, "REFUND_AMOUNT_EXCEEDED")
    assert merchant("POST", path, request_id="r-3", json={}).json()["amount"]["value"] == "30.00"
    assert merchant.keeper.charges() == [("refunded", 5000)]
