"""What network rules leave, over the API; and a click that one of them forbids."""

from datetime import datetime, timedelta

import pytest

CARD = {"type": "card", "brand": "mastercard", "fingerprint": "fp_1", "token": "pm_sandbox_ok", "issuer_country": "US"}


@pytest.fixture
def failed(client, merchant):
    def fail(ref="order-1", **facts):
        body = {
            "transaction_ref": ref,
            "amount": 5000,
            "currency": "USD",
            "gateway": "sandbox",
            "failure_reason": "insufficient_funds",
            "payment_method": CARD,
            **facts,
        }
        answer = client.post("/v1/events/payment_failed", json=body, headers=merchant.headers)
        assert answer.status_code == 201, answer.text
        return answer.json()["recovery"]["id"]

    return fail


@pytest.fixture
def budget(client, merchant):
    def read(recovery_id):
        answer = client.get(f"/v1/recoveries/{recovery_id}/budget", headers=merchant.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


def test_staff_see_what_is_left_of_each_rule(failed, budget):
    recovery_id = failed()
    told = budget(recovery_id)
    day = next(each for each in told.pop("rules") if each["rule"] == "mc.tpe.24h")
    assert told["recovery_id"] == recovery_id
    assert (told["forbidden_by"], day["blocks"]) == (None, False)
    assert (day["used"], day["cap"], day["plan"], day["window_seconds"]) == (1, 9, 8, 86400)
    assert (day["enforce"], day["fee"]) == ("cost", "USD 0.50")
    assert day["title"] == "Declined charges of one Mastercard at one merchant in 24 hours"
    assert day["source"].startswith("Braintree support")
    resets_at, allowed_at = (datetime.fromisoformat(at) for at in (day["resets_at"], told["charge_allowed_at"]))
    assert resets_at - allowed_at == timedelta(days=1)


def test_a_click_that_a_rule_forbids_is_a_conflict_with_the_rules_name_and_end(client, merchant, failed, budget):
    for n in range(8):
        failed(f"other-{n}", payment_method={**CARD, "token": None})
    recovery_id = failed()
    told = budget(recovery_id)
    assert told["forbidden_by"] == "mc.tpe.24h"
    answer = client.post(f"/v1/recoveries/{recovery_id}/retry", headers=merchant.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "retry_forbidden")
    ends_at = datetime.fromisoformat(told["charge_allowed_at"])
    assert answer.json()["detail"] == (
        "mc.tpe.24h: Declined charges of one Mastercard at one merchant in 24 hours;"
        f" the network allows the next charge at {ends_at.isoformat()}"
        " (source: Braintree support, TabaPay, Forte (20 in 2019))."
    )


def test_there_is_no_budget_of_what_is_not_there(client, merchant):
    assert client.get("/v1/recoveries/rec_none/budget", headers=merchant.headers).status_code == 404
