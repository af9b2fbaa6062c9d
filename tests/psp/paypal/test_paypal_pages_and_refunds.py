"""PayPal's hosted page, and money given back."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.domain.money import Money
from app.domain.payments.errors import CheckoutFailedError
from app.domain.payments.port import Outcome, RefundRequest, RefundResult
from app.domain.payments.problems import Problem
from tests.psp.paypal.paypal_wire import ATTEMPT, ORDER, ORDERS, Script, adapter, amount, order, page, refusal

APPROVE = "https://www.sandbox.paypal.com/checkoutnow?token=5O190127TN364715T"
REFUND_PATH = "/v2/payments/captures/3C679366HH908993F/refund"
REFUND = RefundRequest("ref_1", "3C679366HH908993F", Money(2000, "USD"))


def waiting(*, rel="payer-action", href=APPROVE, **unit):
    return {
        **order("PAYER_ACTION_REQUIRED", **unit),
        "links": [{"rel": "self", "href": "x"}, {"rel": rel, "href": href}],
    }


def opened(script, request=None):
    with adapter(script) as psp:
        return psp.create_checkout(request or page())


class TestPages:
    def test_a_page_opens_under_its_own_key_and_carries_the_attempt(self):
        script = Script().on("POST", ORDERS, (200, waiting()))
        result = opened(script)
        assert (result.psp_payment_id, result.url) == ("5O190127TN364715T", APPROVE)
        assert result.expires_at == datetime(2026, 5, 1, 10, 30, tzinfo=UTC)
        assert script.call("POST", ORDERS).headers["paypal-request-id"] == "chk_1"
        body = script.body("POST", ORDERS)
        assert body["purchase_units"][0]["custom_id"] == f"{ATTEMPT}|order-1"
        assert body["payment_source"] == {
            "paypal": {
                "experience_context": {
                    "return_url": "https://shop.test/thanks",
                    "cancel_url": "https://shop.test/basket",
                    "user_action": "PAY_NOW",
                    "shipping_preference": "NO_SHIPPING",
                    "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
                }
            }
        }

    def test_a_page_lasts_no_longer_than_paypal_lets_a_payer_approve(self):
        result = opened(Script().on("POST", ORDERS, (200, waiting())), page(expires_in=timedelta(days=2)))
        assert result.expires_at == datetime(2026, 5, 1, 13, 0, tzinfo=UTC)

    def test_the_older_link_is_good_too(self):
        assert opened(Script().on("POST", ORDERS, (201, waiting(rel="approve")))).url == APPROVE

    def test_a_short_answer_to_a_repeat_is_read_again(self):
        script = Script().on("POST", ORDERS, (200, {"id": "5O190127TN364715T"})).on("GET", ORDER, (200, waiting()))
        assert opened(script).url == APPROVE

    @pytest.mark.parametrize(
        ("reply", "problem", "transient"),
        [
            (httpx.ConnectError("x"), Problem.UNREACHABLE, True),
            (httpx.ReadTimeout("x"), Problem.TIMEOUT, True),
            (httpx.Response(500), Problem.PROVIDER_ERROR, True),
            (refusal("CURRENCY_NOT_SUPPORTED"), Problem.REQUEST_INVALID, False),
            ((200, waiting(href="javascript:alert(1)")), Problem.MALFORMED_REPLY, True),
            ((200, {**waiting(), "create_time": "yesterday"}), Problem.MALFORMED_REPLY, True),
            ((200, {"id": "../x"}), Problem.MALFORMED_REPLY, True),
            ((200, waiting(amount=amount("51.00"))), Problem.IDEMPOTENCY_CONFLICT, False),
            ((200, waiting(custom_id="att_other|x")), Problem.IDEMPOTENCY_CONFLICT, False),
        ],
    )
    def test_without_a_page_it_says_why(self, reply, problem, transient):
        with pytest.raises(CheckoutFailedError) as caught:
            opened(Script().on("POST", ORDERS, reply))
        assert (caught.value.problem, caught.value.transient) == (problem, transient)

    def test_a_fraction_that_paypal_does_not_have_is_refused_without_a_call(self):
        script = Script()
        with pytest.raises(CheckoutFailedError, match="no fractions of HUF") as caught:
            opened(script, page(money=Money(1050, "HUF")))
        assert (caught.value.problem, caught.value.transient, script.seen) == (Problem.REQUEST_INVALID, False, [])


class TestRefunds:
    def test_a_refund_is_sent_once_per_id_in_the_captures_currency(self):
        script = Script().on("POST", REFUND_PATH, (201, {"id": "1JU08902781691411", "status": "COMPLETED"}))
        with adapter(script) as psp:
            assert psp.refund(REFUND) == RefundResult(Outcome.SUCCEEDED, psp_refund_id="1JU08902781691411")
        assert script.body("POST", REFUND_PATH) == {"amount": amount("20.00"), "custom_id": "ref_1"}
        assert script.call("POST", REFUND_PATH).headers["paypal-request-id"] == "ref_1"

    @pytest.mark.parametrize(
        ("reply", "outcome", "problem", "transient"),
        [
            ((201, {"id": "R1", "status": "PENDING"}), Outcome.UNKNOWN, Problem.PENDING, False),
            ((201, {"id": "R1", "status": "FAILED"}), Outcome.ERROR, Problem.REQUEST_INVALID, False),
            ((201, {"id": "R1", "status": "CANCELLED"}), Outcome.ERROR, Problem.REQUEST_INVALID, False),
            ((201, {}), Outcome.UNKNOWN, Problem.MALFORMED_REPLY, False),
            (refusal("REFUND_AMOUNT_EXCEEDED"), Outcome.ERROR, Problem.REQUEST_INVALID, False),
            (refusal("CAPTURE_FULLY_REFUNDED"), Outcome.ERROR, Problem.REQUEST_INVALID, False),
            (refusal("PREVIOUS_REQUEST_IN_PROGRESS"), Outcome.UNKNOWN, Problem.IN_PROGRESS, False),
            (refusal(None, 404, "RESOURCE_NOT_FOUND"), Outcome.ERROR, Problem.REQUEST_INVALID, False),
            (httpx.ReadTimeout("x"), Outcome.UNKNOWN, Problem.TIMEOUT, False),
            (httpx.ConnectError("x"), Outcome.ERROR, Problem.UNREACHABLE, True),
            (httpx.Response(500), Outcome.UNKNOWN, Problem.PROVIDER_ERROR, False),
        ],
    )
    def test_every_other_answer_says_what_it_means_for_the_money(self, reply, outcome, problem, transient):
        with adapter(Script().on("POST", REFUND_PATH, reply)) as psp:
            result = psp.refund(REFUND)
        assert (result.outcome, result.error_code, result.transient) == (outcome, problem, transient)

    @pytest.mark.parametrize(
        "request_",
        [RefundRequest("ref_1", "../x", Money(1, "USD")), RefundRequest("ref_1", "3C", Money(50, "TWD"))],
    )
    def test_what_paypal_could_never_take_is_refused_without_a_call(self, request_):
        script = Script()
        with adapter(script) as psp:
            result = psp.refund(request_)
        assert (result.outcome, result.error_code, script.seen) == (Outcome.ERROR, Problem.REQUEST_INVALID, [])
