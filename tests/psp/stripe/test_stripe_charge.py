"""Charging through Stripe: what is sent, and what every kind of answer means for money."""

import json

import httpx
import pytest
import stripe as sdk

from app.domain.classification import FailureSignals, Hardness, classify
from app.domain.money import Money
from app.domain.payments.port import ChargeRequest, Outcome, PaymentMethod, PaymentStatus
from app.domain.payments.problems import Problem
from app.psp.stripe.calls import API_VERSION
from tests.psp.stripe.stripe_far_side import CHARGE, KEY, bound, declined, error, intent

INTENTS = "/v1/payment_intents"


def charged(reply, request=CHARGE, **account):
    adapter, far_side = bound({INTENTS: reply}, **account)
    return adapter.create_payment(request), far_side


class TestWhatIsSent:
    def test_a_charge_is_made_off_session_with_our_names_and_the_attempt_as_its_key(self):
        result, far_side = charged(intent())
        assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, "pi_1")
        assert far_side.form() == {
            "amount": "5000",
            "currency": "inr",
            "customer": "cus_1",
            "payment_method": "pm_1",
            "payment_method_types[0]": "card",
            "confirm": "true",
            "off_session": "true",
            "metadata[attempt_id]": "att_1",
            "metadata[transaction_ref]": "order-1",
            "expand[0]": "latest_charge",
        }
        headers = far_side.seen[0].headers
        assert headers["idempotency-key"] == "att_1"
        assert headers["authorization"] == f"Bearer {KEY}"

    def test_the_version_is_pinned_to_the_one_that_the_sdk_was_made_for(self):
        _, far_side = charged(intent())
        assert far_side.seen[0].headers["stripe-version"] == API_VERSION
        assert sdk.api_version == API_VERSION

    def test_nothing_of_the_machine_is_told(self):
        _, far_side = charged(intent())
        assert [name for name in far_side.seen[0].headers if name.startswith("x-stripe")] == []

    def test_a_method_of_another_kind_is_left_to_stripe_without_redirects_and_its_mandate_is_named(self):
        method = PaymentMethod(token="pm_1", mandate_id="mandate_1", type="upi")
        _, far_side = charged(intent(), ChargeRequest("att_1", "order-1", Money(5, "INR"), method))
        form = far_side.form()
        assert form["automatic_payment_methods[allow_redirects]"] == "never"
        assert form["mandate"] == "mandate_1"
        assert "payment_method_types[0]" not in form

    def test_an_amount_that_stripe_cannot_charge_is_not_sent(self):
        result, far_side = charged(intent(), ChargeRequest("att_1", "order-1", Money(1001, "KWD"), CHARGE.method))
        assert (result.outcome, result.error_code) == (Outcome.ERROR, Problem.REQUEST_INVALID)
        assert far_side.seen == []

    @pytest.mark.parametrize("key", [None, "", "nonsense", "pk_test_0123456789abcdef", "sk_test_x\r\nHost: evil"])
    def test_a_key_that_is_none_is_not_sent(self, key):
        result, far_side = charged(intent(), key=key)
        assert (result.outcome, result.error_code) == (Outcome.ERROR, Problem.CREDENTIALS_INVALID)
        assert far_side.seen == []


class TestAnswers:
    def test_a_captured_payment_says_what_came_in(self):
        result, _ = charged(intent(amount_received=4900))
        assert (result.status, result.money) == (PaymentStatus.CAPTURED, Money(4900, "INR"))

    @pytest.mark.parametrize("status", ["processing", "requires_capture", "a word of next year"])
    def test_a_payment_on_its_way_is_unknown_and_pending(self, status):
        result, _ = charged(intent(status))
        assert (result.outcome, result.status) == (Outcome.UNKNOWN, PaymentStatus.PENDING)
        assert (result.error_code, result.money, result.psp_payment_id) == (Problem.PENDING, None, "pi_1")

    def test_a_decline_keeps_every_code(self):
        told = declined(network_decline_code="51", network_advice_code="24", advice_code="try_again_later")
        said = {**told["last_payment_error"], "payment_intent": told}
        result, _ = charged(httpx.Response(402, json={"error": said}))
        assert (result.outcome, result.status) == (Outcome.DECLINED, PaymentStatus.DECLINED)
        assert (result.psp_payment_id, result.money) == ("pi_1", None)
        decline = result.decline
        assert (decline.code, decline.message) == ("insufficient_funds", "Declined.")
        assert (decline.network_decline_code, decline.network_advice_code) == ("51", "24")

    def test_stripes_own_advice_is_kept_where_the_network_gave_none_and_the_classifier_obeys_it(self):
        told = declined(decline_code="generic_decline", advice_code="do_not_try_again")
        result, _ = charged(httpx.Response(402, json={"error": {"payment_intent": told}}))
        assert result.decline.network_advice_code == "do_not_try_again"
        signals = FailureSignals(
            gateway="stripe", code=result.decline.code, network_advice_code=result.decline.network_advice_code
        )
        assert classify(signals).hardness is Hardness.HARD

    def test_a_block_by_radar_is_told_rather_than_the_generic_word(self):
        charge = {"id": "ch_1", "outcome": {"type": "blocked", "reason": "highest_risk_level"}}
        told = {**declined(decline_code="generic_decline"), "latest_charge": charge}
        result, _ = charged(httpx.Response(402, json={"error": {"payment_intent": told}}))
        assert result.decline.code == "highest_risk_level"

    @pytest.mark.parametrize("code", ["authentication_required", "payment_intent_action_required"])
    def test_a_bank_that_wants_the_payer_asks_for_action_with_its_codes_kept(self, code):
        told = declined(code=code, decline_code=code, network_decline_code="1A")
        result, _ = charged(httpx.Response(402, json={"error": {"payment_intent": told}}))
        assert (result.outcome, result.status) == (Outcome.REQUIRES_ACTION, PaymentStatus.REQUIRES_ACTION)
        assert (result.decline.code, result.decline.network_decline_code) == (code, "1A")

    def test_a_refusal_without_an_intent_is_a_decline_with_its_code(self):
        result, _ = charged(error(402, "card_declined", kind="card_error", decline_code="stolen_card"))
        assert (result.outcome, result.decline.code, result.psp_payment_id) == (Outcome.DECLINED, "stolen_card", None)

    @pytest.mark.parametrize(
        ("status", "code", "param"),
        [
            (400, "resource_missing", "payment_method"),
            (404, "resource_missing", "customer"),
            (400, "payment_method_unexpected_state", None),
            (400, "payment_intent_mandate_invalid", None),
            (400, "india_recurring_payment_mandate_canceled", None),
        ],
    )
    def test_a_request_rejected_for_its_method_is_a_verdict_on_the_method(self, status, code, param):
        result, _ = charged(error(status, code, param=param))
        assert (result.outcome, result.status) == (Outcome.DECLINED, PaymentStatus.DECLINED)
        assert result.decline.code == code

    @pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"\xff\xfe", b'{"id": "pi_1"}', b"[" * 50_000])
    def test_an_answer_that_is_no_payment_is_unknown(self, body):
        result, _ = charged(httpx.Response(200, content=body))
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.MALFORMED_REPLY)

    @pytest.mark.parametrize("amount", [None, "5000", 1.5, -1])
    def test_a_captured_payment_without_an_amount_is_unknown_with_its_id(self, amount):
        result, _ = charged(intent(amount_received=amount))
        assert (result.outcome, result.error_code, result.psp_payment_id) == (
            Outcome.UNKNOWN,
            Problem.MALFORMED_REPLY,
            "pi_1",
        )


class TestFailures:
    @pytest.mark.parametrize(
        ("reply", "outcome", "problem", "transient"),
        [
            (error(401), Outcome.ERROR, Problem.CREDENTIALS_INVALID, False),
            (error(403), Outcome.ERROR, Problem.CREDENTIALS_INVALID, False),
            (error(400, "parameter_missing"), Outcome.ERROR, Problem.REQUEST_INVALID, False),
            (error(400, "resource_missing", param="on_behalf_of"), Outcome.ERROR, Problem.REQUEST_INVALID, False),
            (error(400, kind="idempotency_error"), Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT, False),
            (
                error(409, "idempotency_key_in_use", kind="idempotency_error"),
                Outcome.UNKNOWN,
                Problem.IN_PROGRESS,
                False,
            ),
            (error(429, "rate_limit"), Outcome.ERROR, Problem.RATE_LIMITED, True),
            (error(429, "lock_timeout"), Outcome.ERROR, Problem.RATE_LIMITED, True),
            (error(500, kind="api_error"), Outcome.UNKNOWN, Problem.PROVIDER_ERROR, False),
            (error(503, kind="api_error"), Outcome.UNKNOWN, Problem.PROVIDER_ERROR, False),
            (httpx.Response(502, text="<html>"), Outcome.UNKNOWN, Problem.PROVIDER_ERROR, False),
            (httpx.Response(400, json={"error": 5}), Outcome.UNKNOWN, Problem.MALFORMED_REPLY, False),
            (httpx.ReadTimeout("late"), Outcome.UNKNOWN, Problem.TIMEOUT, False),
            (httpx.ReadError("cut"), Outcome.UNKNOWN, Problem.CONNECTION_LOST, False),
            (httpx.ConnectError("no"), Outcome.ERROR, Problem.UNREACHABLE, True),
            (httpx.ConnectTimeout("no"), Outcome.ERROR, Problem.UNREACHABLE, True),
        ],
    )
    def test_a_failure_is_told_once_and_never_repeated_by_the_sdk(self, reply, outcome, problem, transient):
        result, far_side = charged(reply)
        assert (result.outcome, result.error_code, result.transient) == (outcome, problem, transient)
        assert (result.decline, result.money) == (None, None)
        assert len(far_side.seen) == 1

    def test_the_wait_that_stripe_wishes_is_passed_on(self):
        result, _ = charged(error(429, "rate_limit", headers={"Retry-After": "7"}))
        assert result.retry_after.total_seconds() == 7

    def test_even_a_header_that_asks_for_a_retry_is_no_reason_for_one(self):
        _, far_side = charged(error(500, headers={"Stripe-Should-Retry": "true"}))
        assert len(far_side.seen) == 1

    def test_no_secret_is_in_what_is_told(self):
        result, _ = charged(error(401, message=f"Invalid API Key provided: {KEY[:8]}***"))
        assert KEY not in json.dumps(repr(result))
