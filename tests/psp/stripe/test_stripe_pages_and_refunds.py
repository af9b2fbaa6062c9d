"""Stripe Checkout pages, and refunds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.domain.money import Money
from app.domain.payments.errors import CheckoutFailedError
from app.domain.payments.port import Outcome
from app.domain.payments.problems import Problem
from tests.psp.stripe.stripe_far_side import NOW, PAGE, REFUND, bound, declined, error, intent, listed, session

SESSIONS, REFUNDS, INTENT = "/v1/checkout/sessions", "/v1/refunds", "/v1/payment_intents/pi_1"


class TestPages:
    def test_a_page_is_opened_for_one_payment_that_names_the_attempt(self):
        adapter, far_side = bound({SESSIONS: session()})
        page = adapter.create_checkout(replace(PAGE, key="att_1:2"))
        assert (page.psp_payment_id, page.url) == ("cs_1", "https://checkout.stripe.test/cs_1")
        assert page.expires_at == datetime.fromtimestamp(1772368260, UTC)
        assert far_side.form() == {
            "mode": "payment",
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": "inr",
            "line_items[0][price_data][unit_amount]": "700",
            "line_items[0][price_data][product_data][name]": "order-1",
            "success_url": "https://a.test",
            "cancel_url": "https://b.test",
            "expires_at": str(int((NOW + timedelta(minutes=31)).timestamp())),
            "client_reference_id": "att_1",
            "metadata[attempt_id]": "att_1",
            "metadata[transaction_ref]": "order-1",
            "metadata[tinko_key]": "att_1:2",
            "payment_intent_data[metadata][attempt_id]": "att_1",
            "payment_intent_data[metadata][transaction_ref]": "order-1",
            "payment_intent_data[metadata][tinko_page]": "1",
        }
        assert far_side.seen[0].headers["idempotency-key"] == "att_1:2"

    @pytest.mark.parametrize(
        ("asked", "got"),
        [
            (timedelta(minutes=1), timedelta(minutes=31)),
            (timedelta(hours=2), timedelta(hours=2)),
            (timedelta(days=3), timedelta(hours=24)),
        ],
    )
    def test_its_end_is_kept_within_what_stripe_allows(self, asked, got):
        adapter, far_side = bound({SESSIONS: session()})
        adapter.create_checkout(replace(PAGE, expires_in=asked))
        assert far_side.form()["expires_at"] == str(int((NOW + got).timestamp()))

    def test_asking_again_finds_the_page_that_the_key_made(self):
        conflict = error(400, kind="idempotency_error")
        other = session(id="cs_0", metadata={"tinko_key": "att_0"})
        adapter, far_side = bound({SESSIONS: [conflict, listed(other, session())]})
        assert adapter.create_checkout(PAGE).psp_payment_id == "cs_1"
        assert [request.method for request in far_side.seen] == ["POST", "GET"]

    @pytest.mark.parametrize("found", [listed(), listed(session(amount_total=1)), error(500)])
    def test_a_key_that_made_another_page_or_none_that_is_found_opens_none(self, found):
        adapter, _ = bound({SESSIONS: [error(400, kind="idempotency_error"), found]})
        with pytest.raises(CheckoutFailedError) as caught:
            adapter.create_checkout(PAGE)
        assert caught.value.problem is Problem.IDEMPOTENCY_CONFLICT

    @pytest.mark.parametrize(
        ("reply", "problem", "transient"),
        [
            (error(401), Problem.CREDENTIALS_INVALID, False),
            (error(400, "parameter_invalid_empty"), Problem.REQUEST_INVALID, False),
            (error(429), Problem.RATE_LIMITED, True),
            (error(500), Problem.PROVIDER_ERROR, True),
            (httpx.ReadTimeout("late"), Problem.TIMEOUT, True),
            (session(url=None), Problem.MALFORMED_REPLY, True),
            (session(url="javascript:alert(1)"), Problem.MALFORMED_REPLY, True),
            (session(expires_at=None), Problem.MALFORMED_REPLY, True),
        ],
    )
    def test_a_page_that_was_not_opened_says_why(self, reply, problem, transient):
        adapter, _ = bound({SESSIONS: reply})
        with pytest.raises(CheckoutFailedError) as caught:
            adapter.create_checkout(PAGE)
        assert (caught.value.problem, caught.value.transient) == (problem, transient)

    def test_an_amount_that_stripe_cannot_charge_opens_no_page(self):
        adapter, far_side = bound({})
        with pytest.raises(CheckoutFailedError) as caught:
            adapter.create_checkout(replace(PAGE, money=Money(1001, "KWD")))
        assert (caught.value.problem, far_side.seen) == (Problem.REQUEST_INVALID, [])


def refunded(status="succeeded", **more):
    return {"id": "re_1", "object": "refund", "status": status, **more}


class TestRefunds:
    def test_a_refund_names_the_intent_with_our_id_as_its_key(self):
        adapter, far_side = bound({INTENT: intent(), REFUNDS: refunded()})
        result = adapter.refund(REFUND)
        assert (result.outcome, result.psp_refund_id) == (Outcome.SUCCEEDED, "re_1")
        assert far_side.form(1) == {"payment_intent": "pi_1", "amount": "2000", "metadata[refund_id]": "ref_1"}
        assert far_side.seen[1].headers["idempotency-key"] == "ref_1"

    def test_a_payment_named_by_its_page_is_refunded_by_its_intent(self):
        adapter, far_side = bound({f"{SESSIONS}/cs_1": session(payment_intent=intent()), REFUNDS: refunded()})
        assert adapter.refund(replace(REFUND, psp_payment_id="cs_1")).outcome is Outcome.SUCCEEDED
        assert far_side.form(1)["payment_intent"] == "pi_1"

    def test_a_charge_without_an_intent_is_refunded_by_itself(self):
        charge = {"id": "ch_1", "amount": 5000, "currency": "inr", "status": "succeeded"}
        adapter, far_side = bound({"/v1/charges/ch_1": charge, REFUNDS: refunded()})
        assert adapter.refund(replace(REFUND, psp_payment_id="ch_1")).outcome is Outcome.SUCCEEDED
        assert far_side.form(1)["charge"] == "ch_1"

    @pytest.mark.parametrize(
        ("reply", "outcome", "problem", "refund_id"),
        [
            (refunded("pending"), Outcome.UNKNOWN, Problem.PENDING, "re_1"),
            (refunded("requires_action"), Outcome.UNKNOWN, Problem.PENDING, "re_1"),
            (refunded("failed", failure_reason="declined"), Outcome.ERROR, Problem.REQUEST_INVALID, "re_1"),
            (refunded("canceled"), Outcome.ERROR, Problem.REQUEST_INVALID, "re_1"),
            ({}, Outcome.UNKNOWN, Problem.MALFORMED_REPLY, None),
            (error(400, "charge_already_refunded"), Outcome.ERROR, Problem.REQUEST_INVALID, None),
            (error(429), Outcome.ERROR, Problem.RATE_LIMITED, None),
            (httpx.ReadTimeout("late"), Outcome.UNKNOWN, Problem.TIMEOUT, None),
        ],
    )
    def test_what_became_of_it_is_told(self, reply, outcome, problem, refund_id):
        adapter, _ = bound({INTENT: intent(), REFUNDS: reply})
        result = adapter.refund(REFUND)
        assert (result.outcome, result.error_code, result.psp_refund_id) == (outcome, problem, refund_id)

    @pytest.mark.parametrize("payment", [declined(), intent("processing"), intent(currency="usd")])
    def test_what_was_not_captured_in_that_currency_is_not_asked_back(self, payment):
        adapter, far_side = bound({INTENT: payment})
        result = adapter.refund(REFUND)
        assert (result.outcome, result.error_code) == (Outcome.ERROR, Problem.REQUEST_INVALID)
        assert far_side.paths == ["/v1/payment_intents/pi_1"]

    def test_a_payment_that_could_not_be_read_is_not_refunded_blindly(self):
        adapter, far_side = bound({INTENT: error(500)})
        result = adapter.refund(REFUND)
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.PROVIDER_ERROR)
        assert [request.method for request in far_side.seen] == ["GET"]
