"""An off-session charge at PayPal: two calls, of which only the second moves money, and only once."""

import httpx
import pytest

from app.domain.classification import FailureSignals, classify
from app.domain.money import Money
from app.domain.payments.port import ChargeRequest, Outcome, PaymentMethod, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from tests.psp.paypal.paypal_wire import (
    ATTEMPT,
    CAPTURING,
    CHARGE,
    ORDER,
    ORDERS,
    Script,
    adapter,
    amount,
    capture,
    order,
    refusal,
    shell,
)


def charged(script, request=CHARGE):
    with adapter(script) as psp:
        return psp.create_payment(request)


def made(*captured):
    """A script that makes the order, and answers its capture."""
    return Script().on("POST", ORDERS, (201, order())).on("POST", CAPTURING, *captured)


class TestTheTwoCalls:
    def test_the_order_moves_no_money_and_the_capture_pays_it_each_under_its_own_key(self):
        script = made((201, order("COMPLETED", capture())))
        result = charged(script)
        assert result == PaymentResult(
            Outcome.SUCCEEDED, "3C679366HH908993F", PaymentStatus.CAPTURED, Money(5000, "USD")
        )
        assert script.calls() == [f"POST {ORDERS}", f"POST {CAPTURING}"]
        assert script.body("POST", ORDERS) == {
            "intent": "CAPTURE",
            "purchase_units": [
                {
                    "reference_id": "order-1",
                    "custom_id": f"{ATTEMPT}|order-1",
                    "invoice_id": ATTEMPT,
                    "amount": {"currency_code": "USD", "value": "50.00"},
                }
            ],
        }
        keys = [script.call("POST", path).headers["paypal-request-id"] for path in (ORDERS, CAPTURING)]
        assert keys == [ATTEMPT, f"{ATTEMPT}-capture"]
        assert script.call("POST", CAPTURING).headers["prefer"] == "return=representation"

    @pytest.mark.parametrize(
        ("method", "source"),
        [
            (PaymentMethod(token="v-1", type="card"), "card"),
            (PaymentMethod(token="v-1", type="paypal"), "paypal"),
            (PaymentMethod(token="v-1"), "paypal"),
        ],
    )
    def test_a_vaulted_method_is_charged_as_the_merchants_own_doing(self, method, source):
        script = made((201, order("COMPLETED", capture())))
        charged(script, ChargeRequest(ATTEMPT, "order-1", Money(5000, "USD"), method))
        stored = {"payment_initiator": "MERCHANT", "usage": "SUBSEQUENT"}
        stored |= {"payment_type": "UNSCHEDULED"} if source == "card" else {}
        assert script.body("POST", CAPTURING) == {
            "payment_source": {source: {"vault_id": "v-1", "stored_credential": stored}}
        }

    @pytest.mark.parametrize("method", [PaymentMethod(token="B-123"), PaymentMethod(token="x", mandate_id="B-123")])
    def test_an_old_billing_agreement_is_charged_by_its_own_kind(self, method):
        script = made((201, order("COMPLETED", capture())))
        charged(script, ChargeRequest(ATTEMPT, "order-1", Money(5000, "USD"), method))
        token = {"id": "B-123", "type": "BILLING_AGREEMENT"}
        assert script.body("POST", CAPTURING) == {"payment_source": {"token": token}}

    @pytest.mark.parametrize(
        "request_",
        [
            ChargeRequest(ATTEMPT, "o", Money(1, "USD"), PaymentMethod()),
            ChargeRequest("a b", "o", Money(1, "USD"), PaymentMethod(token="v")),
            ChargeRequest("a|b", "o", Money(1, "USD"), PaymentMethod(token="v")),
            ChargeRequest("a" * 101, "o", Money(1, "USD"), PaymentMethod(token="v")),
            ChargeRequest(ATTEMPT, "o", Money(1050, "HUF"), PaymentMethod(token="v")),
            ChargeRequest(ATTEMPT, "o", Money(1, "TWD"), PaymentMethod(token="v")),
        ],
    )
    def test_what_paypal_could_never_take_is_refused_without_a_call(self, request_):
        script = Script()
        result = charged(script, request_)
        assert (result.outcome, result.error_code, result.transient) == (
            Outcome.ERROR,
            Problem.REQUEST_INVALID,
            False,
        )
        assert result.detail
        assert script.seen == []

    def test_a_long_reference_leaves_the_attempt_whole_and_is_found_on_the_order(self):
        reference = "r" * 128
        unit = {"reference_id": reference, "custom_id": f"{ATTEMPT}|"}
        paid = order("COMPLETED", capture(custom_id=f"{ATTEMPT}|"), **unit)
        script = Script().on("POST", ORDERS, (201, order(**unit))).on("POST", CAPTURING, (201, paid))
        result = charged(script, ChargeRequest(ATTEMPT, reference, Money(5000, "USD"), CHARGE.method))
        assert (result.facts.attempt_id, result.facts.transaction_ref) == (ATTEMPT, reference)
        assert script.body("POST", ORDERS)["purchase_units"][0]["custom_id"] == f"{ATTEMPT}|"


class TestDeclines:
    def test_a_created_answer_with_a_declined_capture_is_no_success(self):
        response = {"response_code": "5120", "payment_advice_code": "02", "avs_code": "Y"}
        result = charged(made((201, order("COMPLETED", capture("DECLINED", processor_response=response)))))
        assert (result.outcome, result.status, result.money) == (Outcome.DECLINED, PaymentStatus.DECLINED, None)
        assert result.psp_payment_id == "3C679366HH908993F"
        assert (result.decline.code, result.decline.network_advice_code) == ("5120", "02")

    @pytest.mark.parametrize(
        ("status", "rest", "code"),
        [
            ("DECLINED", {"processor_response": {"response_code": "9520"}}, "9520"),
            ("DECLINED", {}, "capture:DECLINED"),
            ("DECLINED", {"status_details": {"reason": "OTHER"}}, "capture:DECLINED"),
            ("DECLINED", {"status_details": {"reason": "ECHECK"}}, "capture:DECLINED"),
            ("DECLINED", {"status_details": {"reason": "BUYER_COMPLAINT"}}, "capture:BUYER_COMPLAINT"),
            ("FAILED", {}, "capture:FAILED"),
        ],
    )
    def test_the_processors_code_comes_first_and_every_code_is_known(self, status, rest, code):
        result = charged(made((201, order("COMPLETED", capture(status, **rest)))))
        assert result.decline.code == code
        assert classify(FailureSignals(gateway="paypal", code=code)).rule == f"paypal:{code}"

    @pytest.mark.parametrize(
        "issue",
        ["INSTRUMENT_DECLINED", "TOKEN_ID_NOT_FOUND", "CARD_EXPIRED", "PAYER_CANNOT_PAY", "TRANSACTION_REFUSED"],
    )
    def test_an_issue_that_the_classifier_knows_is_a_decline_by_that_name(self, issue):
        result = charged(made(refusal(issue)))
        assert (result.outcome, result.decline.code) == (Outcome.DECLINED, issue)
        assert result.decline.message == f"{issue}: told so"
        assert result.psp_payment_id == "5O190127TN364715T"

    def test_an_issue_that_nobody_knows_is_a_mistake_in_the_request(self):
        result = charged(made(refusal("SOMETHING_OF_NEXT_YEAR")))
        assert (result.outcome, result.error_code, result.detail) == (
            Outcome.ERROR,
            Problem.REQUEST_INVALID,
            "SOMETHING_OF_NEXT_YEAR: told so",
        )

    @pytest.mark.parametrize("issue", ["ORDER_IS_PENDING_APPROVAL", "AUTHORIZATION_ALREADY_CAPTURED"])
    def test_an_issue_that_leaves_open_whether_money_moved_is_read_and_not_believed(self, issue):
        result = charged(made(refusal(issue)))
        assert (result.outcome, result.error_code, result.psp_payment_id) == (
            Outcome.UNKNOWN,
            Problem.PENDING,
            "5O190127TN364715T",
        )

    def test_a_word_of_another_providers_table_is_a_mistake_and_no_decline(self):
        assert charged(made(refusal("insufficient_funds"))).error_code == Problem.REQUEST_INVALID

    def test_where_only_the_payer_can_go_on_it_says_so(self):
        result = charged(made(refusal("PAYER_ACTION_REQUIRED")))
        assert result == PaymentResult(Outcome.REQUIRES_ACTION, "5O190127TN364715T", PaymentStatus.REQUIRES_ACTION)

    @pytest.mark.parametrize("reason", ["ECHECK", "PENDING_REVIEW", None])
    def test_a_pending_capture_is_polled_and_never_charged_again(self, reason):
        details = {"status_details": {"reason": reason}} if reason else {}
        result = charged(made((201, order("COMPLETED", capture("PENDING", **details)))))
        assert (result.outcome, result.error_code, result.detail) == (Outcome.UNKNOWN, Problem.PENDING, reason)
        assert (result.psp_payment_id, result.money) == ("3C679366HH908993F", None)


class TestWithoutVerdict:
    @pytest.mark.parametrize(
        ("reply", "problem"),
        [
            (httpx.ConnectError("x"), Problem.UNREACHABLE),
            (httpx.ReadTimeout("x"), Problem.TIMEOUT),
            (httpx.ReadError("x"), Problem.CONNECTION_LOST),
            (httpx.Response(500), Problem.PROVIDER_ERROR),
            (httpx.Response(200, text="<html>"), Problem.MALFORMED_REPLY),
            ((503, {"name": "SERVICE_UNAVAILABLE", "message": "x"}), Problem.PROVIDER_UNAVAILABLE),
        ],
    )
    def test_without_an_order_nothing_was_charged_and_the_attempt_may_be_sent_again(self, reply, problem):
        script = Script().on("POST", ORDERS, reply)
        result = charged(script)
        assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, problem, True)
        assert script.calls() == [f"POST {ORDERS}"]

    @pytest.mark.parametrize(
        ("reply", "problem"),
        [
            (httpx.ReadTimeout("x"), Problem.TIMEOUT),
            (httpx.ReadError("x"), Problem.CONNECTION_LOST),
            (httpx.Response(500), Problem.PROVIDER_ERROR),
            (httpx.Response(502), Problem.PROVIDER_ERROR),
            (httpx.Response(503), Problem.PROVIDER_ERROR),
            (httpx.Response(504), Problem.PROVIDER_ERROR),
        ],
    )
    def test_a_capture_that_brought_no_answer_is_unknown_with_the_order_to_ask_for(self, reply, problem):
        result = charged(made(reply))
        assert (result.outcome, result.error_code, result.transient) == (Outcome.UNKNOWN, problem, False)
        assert result.psp_payment_id == "5O190127TN364715T"

    def test_a_limit_says_when_to_come_back(self):
        result = charged(made((429, {"name": "RATE_LIMIT_REACHED"}, {"retry-after": "7"})))
        assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, Problem.RATE_LIMITED, True)
        assert result.retry_after.total_seconds() == 7

    @pytest.mark.parametrize("issue", ["PREVIOUS_REQUEST_IN_PROGRESS", "ORDER_COMPLETION_IN_PROGRESS"])
    def test_where_another_process_is_at_it_nobody_knows_yet(self, issue):
        for script in (Script().on("POST", ORDERS, refusal(issue)), made(refusal(issue))):
            result = charged(script)
            assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IN_PROGRESS)
            assert result.psp_payment_id is None


class TestRepeats:
    def test_an_order_that_was_captured_is_read_and_not_captured_again(self):
        script = Script().on("POST", ORDERS, (200, {"id": "5O190127TN364715T", "status": "CREATED"}))
        script.on("GET", ORDER, (200, order("COMPLETED", capture())))
        assert charged(script).psp_payment_id == "3C679366HH908993F"
        assert script.calls() == [f"POST {ORDERS}", f"GET {ORDER}"]

    @pytest.mark.parametrize("issue", ["ORDER_ALREADY_CAPTURED", "ORDER_ALREADY_COMPLETED", "DUPLICATE_REQUEST_ID"])
    def test_a_capture_that_was_made_before_is_read_from_its_order(self, issue):
        script = made(refusal(issue)).on("GET", ORDER, (200, order("COMPLETED", capture())))
        result = charged(script)
        assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, "3C679366HH908993F")

    def test_a_short_answer_to_a_repeated_capture_is_read_from_the_order(self):
        script = made((200, {"id": "5O190127TN364715T", "status": "COMPLETED"}))
        script.on("GET", ORDER, (200, order("COMPLETED", capture("DECLINED"))))
        assert charged(script).outcome is Outcome.DECLINED

    def test_an_order_of_the_same_attempt_that_asks_for_another_sum_is_never_captured(self):
        script = Script().on("POST", ORDERS, (201, order(amount=amount("51.00"))))
        result = charged(script)
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT)
        assert script.calls() == [f"POST {ORDERS}"]

    def test_an_order_of_another_attempt_is_never_captured(self):
        script = Script().on("POST", ORDERS, (201, order(custom_id="att_other|order-1")))
        assert charged(script).error_code == Problem.IDEMPOTENCY_CONFLICT
        assert script.calls() == [f"POST {ORDERS}"]

    def test_the_shell_of_a_look_up_is_filled_in_and_then_captured(self):
        script = Script().on("POST", ORDERS, (201, shell())).on("PATCH", ORDER, httpx.Response(204))
        script.on("POST", CAPTURING, (201, order("COMPLETED", capture())))
        assert charged(script).outcome is Outcome.SUCCEEDED
        (operation,) = script.body("PATCH", ORDER)
        assert (operation["op"], operation["path"]) == ("replace", "/purchase_units/@reference_id=='default'")
        assert operation["value"] == {
            "reference_id": "default",
            "custom_id": f"{ATTEMPT}|order-1",
            "invoice_id": ATTEMPT,
            "amount": amount(),
        }

    @pytest.mark.parametrize(
        ("reply", "transient"), [(httpx.Response(500), True), (refusal("INVALID_PATCH_OPERATION"), False)]
    )
    def test_a_shell_that_cannot_be_filled_in_is_not_captured(self, reply, transient):
        script = Script().on("POST", ORDERS, (201, shell())).on("PATCH", ORDER, reply)
        result = charged(script)
        assert (result.outcome, result.transient) == (Outcome.ERROR, transient)
        assert script.calls() == [f"POST {ORDERS}", f"PATCH {ORDER}"]

    def test_an_invoice_that_was_paid_by_a_forgotten_order_is_marked_so_that_no_look_up_overlooks_it(self):
        script = made(refusal("DUPLICATE_INVOICE_ID")).on("GET", ORDER, (200, order()))
        script.on("PATCH", ORDER, httpx.Response(204))
        result = charged(script)
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT)
        (operation,) = script.body("PATCH", ORDER)
        assert operation == {
            "op": "replace",
            "path": "/purchase_units/@reference_id=='order-1'/custom_id",
            "value": f"paid-elsewhere|{ATTEMPT}",
        }

    def test_an_order_that_exists_and_cannot_be_read_is_unknown_and_not_captured(self):
        script = Script().on("POST", ORDERS, (200, {"id": "5O190127TN364715T"})).on("GET", ORDER, httpx.Response(503))
        result = charged(script)
        assert (result.outcome, result.transient, result.psp_payment_id) == (
            Outcome.UNKNOWN,
            False,
            "5O190127TN364715T",
        )
        assert script.calls() == [f"POST {ORDERS}", f"GET {ORDER}"]

    @pytest.mark.parametrize("body", [{}, {"id": "../../x"}, {"id": 7}])
    def test_an_order_without_a_usable_id_is_a_passing_error(self, body):
        result = charged(Script().on("POST", ORDERS, (201, body)))
        assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, Problem.MALFORMED_REPLY, True)

    @pytest.mark.parametrize("now", [(200, order("CREATED")), httpx.Response(500)])
    def test_a_repeated_capture_that_does_not_show_yet_is_asked_for_again(self, now):
        script = made((200, {"id": "5O190127TN364715T", "status": "COMPLETED"})).on("GET", ORDER, now)
        result = charged(script)
        assert (result.outcome, result.error_code, result.psp_payment_id) == (
            Outcome.UNKNOWN,
            Problem.PENDING,
            "5O190127TN364715T",
        )

    @pytest.mark.parametrize("reply", [httpx.Response(500), (200, order(reference_id="anna's"))])
    def test_a_conflict_that_cannot_be_marked_is_unknown_all_the_same(self, reply):
        script = made(refusal("DUPLICATE_INVOICE_ID")).on("GET", ORDER, reply)
        result = charged(script)
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT)
        assert not any(call.startswith("PATCH") for call in script.calls())
