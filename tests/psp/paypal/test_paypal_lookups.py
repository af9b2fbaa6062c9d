"""Finding a payment at PayPal, by whatever name; and never saying "none" without knowing it."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.domain.ids import new_id
from app.domain.money import Money
from app.domain.payments.port import Outcome, PaymentStatus
from app.domain.payments.problems import Problem
from tests.psp.paypal.paypal_wire import (
    ATTEMPT,
    CAPTURING,
    ORDER,
    ORDERS,
    READ_CAPTURE,
    Script,
    adapter,
    capture,
    order,
    refusal,
    shell,
)

CAPTURE_ID, ORDER_ID = "3C679366HH908993F", "5O190127TN364715T"
SEARCH = "/v1/reporting/transactions"
MADE_AT = datetime(2026, 5, 1, 10, tzinfo=UTC)


def read(script, psp_payment_id=CAPTURE_ID, attempt_id=None):
    with adapter(script) as psp:
        return psp.retrieve_payment(psp_payment_id=psp_payment_id, attempt_id=attempt_id)


def by_attempt(script, attempt_id=ATTEMPT):
    return read(script, None, attempt_id)


def found(*transactions, pages=1, fresh="2026-05-01T09:00:00Z"):
    return 200, {"transaction_details": list(transactions), "total_pages": pages, "last_refreshed_datetime": fresh}


def transaction(custom=f"{ATTEMPT}|order-1", transaction_id=CAPTURE_ID, **info):
    told = {
        "transaction_id": transaction_id,
        "transaction_event_code": "T0006",
        "transaction_status": "S",
        "transaction_amount": {"currency_code": "USD", "value": "50.00"},
        "transaction_initiation_date": "2026-04-30T10:00:00Z",
        "custom_field": custom,
    }
    return {"transaction_info": {**told, **info}}


class TestByPayPalsOwnNames:
    def test_a_capture_is_read_together_with_its_order(self):
        told = {
            "card": {"brand": "VISA", "last_digits": "1111", "type": "CREDIT", "attributes": {"vault": {"id": "v-1"}}}
        }
        payer = {"payer": {"email_address": "john@example.com", "name": {"given_name": "John", "surname": "Doe"}}}
        whole = {**order("COMPLETED", capture()), "payment_source": told, **payer}
        script = Script().on("GET", READ_CAPTURE, (200, capture())).on("GET", ORDER, (200, whole))
        result = read(script)
        assert (result.outcome, result.psp_payment_id, result.money) == (
            Outcome.SUCCEEDED,
            CAPTURE_ID,
            Money(5000, "USD"),
        )
        facts = result.facts
        assert (facts.attempt_id, facts.transaction_ref, facts.asked) == (ATTEMPT, "order-1", Money(5000, "USD"))
        assert (facts.created_at, facts.other_ids) == (MADE_AT, (ORDER_ID,))
        assert (facts.method.type, facts.method.token, facts.method.brand) == ("card", "v-1", "VISA")
        assert (facts.method.last4, facts.method.funding) == ("1111", "credit")
        assert (facts.customer.email, facts.customer.name) == ("john@example.com", "John Doe")

    @pytest.mark.parametrize(
        "reply", [httpx.Response(500), httpx.ReadTimeout("x"), (404, {"name": "RESOURCE_NOT_FOUND"})]
    )
    def test_a_capture_speaks_for_itself_where_its_order_cannot_be_read(self, reply):
        script = Script().on("GET", READ_CAPTURE, (200, capture())).on("GET", ORDER, reply)
        result = read(script)
        assert (result.outcome, result.facts.attempt_id) == (Outcome.SUCCEEDED, ATTEMPT)

    def test_an_order_is_read_as_the_capture_that_moved_money(self):
        captures = (capture("DECLINED", capture_id="1A"), capture("COMPLETED"), capture("DECLINED", capture_id="2A"))
        result = read(Script().on("GET", ORDER, (200, order("COMPLETED", *captures))), ORDER_ID)
        assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, CAPTURE_ID)

    def test_an_order_with_nothing_but_refusals_is_its_newest_refusal(self):
        captures = (capture("DECLINED", capture_id="1A"), capture("FAILED", capture_id="2A"))
        result = read(Script().on("GET", ORDER, (200, order("COMPLETED", *captures))), ORDER_ID)
        assert (result.outcome, result.psp_payment_id, result.decline.code) == (
            Outcome.DECLINED,
            "2A",
            "capture:FAILED",
        )

    @pytest.mark.parametrize(
        ("status", "outcome", "reads"),
        [
            ("SAVED", Outcome.REQUIRES_ACTION, PaymentStatus.REQUIRES_ACTION),
            ("PAYER_ACTION_REQUIRED", Outcome.REQUIRES_ACTION, PaymentStatus.REQUIRES_ACTION),
            ("VOIDED", Outcome.DECLINED, PaymentStatus.CANCELLED),
            ("COMPLETED", Outcome.UNKNOWN, PaymentStatus.PENDING),
            ("OF_NEXT_YEAR", Outcome.UNKNOWN, PaymentStatus.PENDING),
        ],
    )
    def test_an_order_without_a_capture_stands_where_its_status_says(self, status, outcome, reads):
        result = read(Script().on("GET", ORDER, (200, order(status))), ORDER_ID)
        assert (result.outcome, result.status, result.psp_payment_id) == (outcome, reads, ORDER_ID)

    @pytest.mark.parametrize(
        ("status", "outcome", "code"),
        [("VOIDED", Outcome.DECLINED, "AUTHORIZATION_VOIDED"), ("DENIED", Outcome.DECLINED, "AUTHORIZATION_DENIED")],
    )
    def test_a_merchants_own_authorization_that_ended_is_a_decline(self, status, outcome, code):
        whole = order("COMPLETED", custom_id="basket-1")
        whole["purchase_units"][0]["payments"] = {"authorizations": [{"id": "A1", "status": status}]}
        result = read(Script().on("GET", ORDER, (200, whole)), ORDER_ID)
        assert (result.outcome, result.decline.code) == (outcome, code)
        assert (result.facts.transaction_ref, result.facts.attempt_id) == ("basket-1", None)

    def test_a_charge_of_ours_that_was_never_captured_is_none(self):
        assert read(Script().on("GET", ORDER, (200, order("CREATED"))), ORDER_ID) is None

    def test_a_merchants_own_order_that_nobody_paid_waits_for_its_payer(self):
        result = read(Script().on("GET", ORDER, (200, order("CREATED", custom_id="basket-1"))), ORDER_ID)
        assert result.outcome is Outcome.REQUIRES_ACTION

    def test_a_sale_of_a_subscription_is_read_in_version_ones_words(self):
        sale = {"id": "80021663DE681814L", "state": "completed", "amount": {"currency": "USD", "total": "7.47"}}
        script = Script().on("GET", "/v1/payments/sale/80021663DE681814L", (200, sale))
        result = read(script, "80021663DE681814L")
        assert (result.outcome, result.money) == (Outcome.SUCCEEDED, Money(747, "USD"))

    def test_a_sale_that_was_denied_is_a_decline(self):
        sale = {"id": "8A", "state": "denied", "amount": {"currency": "USD", "total": "7.47"}}
        result = read(Script().on("GET", "/v1/payments/sale/8A", (200, sale)), "8A")
        assert (result.outcome, result.decline.code) == (Outcome.DECLINED, "capture:DECLINED")

    def test_what_went_back_is_told_in_part_and_in_full(self):
        refunds = [{"id": "R1", "status": "COMPLETED", "amount": {"currency_code": "USD", "value": "20.00"}}]
        refunds.append({"id": "R2", "status": "PENDING", "amount": {"currency_code": "USD", "value": "30.00"}})
        part = order("COMPLETED", capture("PARTIALLY_REFUNDED"), refunds=refunds)
        result = read(Script().on("GET", ORDER, (200, part)), ORDER_ID)
        assert (result.status, result.facts.refunded) == (PaymentStatus.CAPTURED, Money(2000, "USD"))
        full = order("COMPLETED", capture("REFUNDED"))
        result = read(Script().on("GET", ORDER, (200, full)), ORDER_ID)
        assert (result.outcome, result.status, result.money) == (
            Outcome.SUCCEEDED,
            PaymentStatus.REFUNDED,
            Money(5000, "USD"),
        )
        assert result.facts.refunded == Money(5000, "USD")

    def test_a_name_under_which_paypal_knows_nothing_of_any_kind_is_none(self):
        script = Script()
        assert read(script) is None
        assert script.calls() == [
            f"GET {READ_CAPTURE}",
            f"GET {ORDERS}/{CAPTURE_ID}",
            f"GET /v1/payments/sale/{CAPTURE_ID}",
        ]

    @pytest.mark.parametrize("path", [f"{ORDERS}/{CAPTURE_ID}", f"/v1/payments/sale/{CAPTURE_ID}"])
    def test_it_takes_every_kind_to_say_none(self, path):
        assert read(Script().on("GET", path, httpx.Response(500))).outcome is Outcome.UNKNOWN

    def test_a_merchants_own_authorization_that_holds_is_asked_for_again(self):
        whole = order("COMPLETED", custom_id="basket-1")
        whole["purchase_units"][0]["payments"] = {"authorizations": [{"id": "A1", "status": "CREATED"}]}
        result = read(Script().on("GET", ORDER, (200, whole)), ORDER_ID)
        assert (result.outcome, result.error_code, result.decline) == (Outcome.UNKNOWN, Problem.PENDING, None)

    @pytest.mark.parametrize("body", [{}, {"id": 7, "status": "COMPLETED"}, {"id": "5O1"}])
    def test_an_order_that_says_too_little_is_unknown(self, body):
        result = read(Script().on("GET", ORDER, (200, body)), ORDER_ID)
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.MALFORMED_REPLY)

    @pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
    def test_a_refusal_that_is_not_paypals_own_not_found_is_never_none(self, status):
        result = read(Script().on("GET", READ_CAPTURE, httpx.Response(status, text="<html>")))
        assert result is not None
        assert result.outcome in {Outcome.UNKNOWN, Outcome.ERROR}
        assert result.status is None

    @pytest.mark.parametrize(
        "body", [{}, {"id": 1, "status": 2}, {"id": CAPTURE_ID}, {"id": CAPTURE_ID, "status": "COMPLETED"}]
    )
    def test_an_answer_that_says_too_little_is_unknown(self, body):
        result = read(Script().on("GET", READ_CAPTURE, (200, body)))
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.MALFORMED_REPLY)

    @pytest.mark.parametrize("hostile", ["../x", "a?b", "3c6793", "☃", "A" * 37, "I-1", "I-BW452GLLEP1G:c", "", " "])
    def test_what_cannot_be_a_name_of_paypals_is_not_asked_for(self, hostile):
        script = Script()
        with adapter(script) as psp:
            if not hostile:
                with pytest.raises(ValueError, match="needs the provider's id or ours"):
                    psp.retrieve_payment(psp_payment_id=hostile, attempt_id=None)
            else:
                assert psp.retrieve_payment(psp_payment_id=hostile, attempt_id=None) is None
        assert script.seen == []


class TestAnApprovedPage:
    def test_it_is_captured_by_being_read_once_under_a_key_of_its_own(self):
        script = Script().on("GET", ORDER, (200, order("APPROVED")))
        script.on("POST", CAPTURING, (201, order("COMPLETED", capture())))
        result = read(script, ORDER_ID)
        assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, CAPTURE_ID)
        assert script.body("POST", CAPTURING) == {}
        assert script.call("POST", CAPTURING).headers["paypal-request-id"] == f"{ORDER_ID}-capture"

    def test_a_merchants_own_approved_order_is_left_alone(self):
        script = Script().on("GET", ORDER, (200, order("APPROVED", custom_id="basket-1")))
        assert read(script, ORDER_ID).outcome is Outcome.REQUIRES_ACTION
        assert all(call.startswith("GET") for call in script.calls())

    def test_two_readers_at_once_capture_once(self):
        script = Script().on("GET", ORDER, (200, order("APPROVED")), (200, order("COMPLETED", capture())))
        script.on("POST", CAPTURING, refusal("ORDER_ALREADY_CAPTURED"))
        assert read(script, ORDER_ID).psp_payment_id == CAPTURE_ID

    @pytest.mark.parametrize(
        ("reply", "outcome"),
        [
            (refusal("INSTRUMENT_DECLINED"), Outcome.DECLINED),
            (refusal("PREVIOUS_REQUEST_IN_PROGRESS"), Outcome.UNKNOWN),
            (httpx.ReadTimeout("x"), Outcome.UNKNOWN),
            ((503, {"name": "SERVICE_UNAVAILABLE"}), Outcome.UNKNOWN),
            (refusal("PERMISSION_DENIED", 403, "NOT_AUTHORIZED"), Outcome.UNKNOWN),
        ],
    )
    def test_a_capture_that_did_not_work_says_so_without_a_licence_to_charge_again(self, reply, outcome):
        script = Script().on("GET", ORDER, (200, order("APPROVED"))).on("POST", CAPTURING, reply)
        result = read(script, ORDER_ID)
        assert (result.outcome, result.transient) == (outcome, False)


class TestByTheAttemptAlone:
    def test_the_attempts_order_comes_back_under_its_key_and_is_read_as_it_is_now(self):
        script = Script().on("POST", ORDERS, (201, order("CREATED")))
        script.on("GET", ORDER, (200, order("COMPLETED", capture())))
        assert by_attempt(script).psp_payment_id == CAPTURE_ID
        assert script.call("POST", ORDERS).headers["paypal-request-id"] == ATTEMPT

    def test_what_is_asked_with_can_never_be_taken_for_the_attempt(self):
        script = Script().on("POST", ORDERS, (201, order("CREATED"))).on("GET", ORDER, (200, order("CREATED")))
        assert by_attempt(script) is None
        (unit,) = script.body("POST", ORDERS)["purchase_units"]
        assert unit == {"custom_id": f"look-up|{ATTEMPT}", "amount": {"currency_code": "USD", "value": "1.00"}}
        assert all("capture" not in call for call in script.calls())

    def test_an_attempt_younger_than_paypals_memory_that_got_a_shell_never_arrived(self):
        attempt_id = new_id("att", now=MADE_AT - timedelta(hours=5, minutes=59))
        script = Script().on("POST", ORDERS, (201, shell())).on("GET", ORDER, (200, shell()))
        assert by_attempt(script, attempt_id) is None
        assert f"GET {SEARCH}" not in script.calls()

    def test_an_older_one_is_searched_for_from_when_it_was_planned(self):
        planned_at = MADE_AT - timedelta(days=2)
        attempt_id = new_id("att", now=planned_at)
        script = Script().on("POST", ORDERS, (201, shell())).on("GET", ORDER, (200, shell()))
        script.on("GET", SEARCH, found(transaction("other|x"))).on("GET", READ_CAPTURE, (200, capture()))
        assert by_attempt(script, attempt_id) is None
        params = script.call("GET", SEARCH).url.params
        assert params["start_date"] == planned_at.isoformat(timespec="seconds")
        assert params["end_date"] == MADE_AT.isoformat(timespec="seconds")

    def test_one_that_paypal_forgot_is_found_by_the_search_and_read(self):
        attempt_id = new_id("att", now=MADE_AT - timedelta(days=2))
        script = Script().on("POST", ORDERS, (200, shell())).on("GET", ORDER, (200, shell()))
        script.on(
            "GET", SEARCH, found(transaction("other|x", "1A"), pages=2), found(transaction(f"{attempt_id}|o"), pages=2)
        )
        script.on("GET", READ_CAPTURE, (200, capture(custom_id=f"{attempt_id}|o")))
        result = by_attempt(script, attempt_id)
        assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, CAPTURE_ID)

    @pytest.mark.parametrize(
        ("reply", "outcome"),
        [
            (refusal("PERMISSION_DENIED", 403, "NOT_AUTHORIZED"), Outcome.ERROR),
            (httpx.Response(500), Outcome.UNKNOWN),
            (found(fresh="2026-05-01T03:59:59Z"), Outcome.UNKNOWN),
            (found(fresh=None), Outcome.UNKNOWN),
            (found(pages=11), Outcome.UNKNOWN),
        ],
    )
    def test_without_a_search_that_could_know_it_nobody_says_none(self, reply, outcome):
        attempt_id = new_id("att", now=MADE_AT - timedelta(days=2))
        script = Script().on("POST", ORDERS, (201, shell())).on("GET", ORDER, (200, shell())).on("GET", SEARCH, reply)
        result = by_attempt(script, attempt_id)
        assert (result.outcome, result.status) == (outcome, None)

    @pytest.mark.parametrize(
        "attempt_id", ["att_nobody", new_id("att", now=MADE_AT + timedelta(days=1))], ids=["none", "of tomorrow"]
    )
    def test_an_attempt_whose_age_cannot_be_told_is_searched_for_in_the_last_month(self, attempt_id):
        script = Script().on("POST", ORDERS, (201, shell())).on("GET", ORDER, (200, shell())).on("GET", SEARCH, found())
        assert by_attempt(script, attempt_id) is None
        start = script.call("GET", SEARCH).url.params["start_date"]
        assert start == (MADE_AT - timedelta(days=31)).isoformat(timespec="seconds")

    @pytest.mark.parametrize(
        "reply", [httpx.Response(500), httpx.ReadTimeout("x"), refusal("DUPLICATE_REQUEST_ID"), (201, {})]
    )
    def test_a_look_up_that_failed_is_never_none(self, reply):
        result = by_attempt(Script().on("POST", ORDERS, reply))
        assert (result.outcome, result.status) == (Outcome.UNKNOWN, None)

    def test_an_order_that_cannot_be_read_is_never_none(self):
        script = Script().on("POST", ORDERS, (200, order())).on("GET", ORDER, httpx.Response(502))
        assert by_attempt(script).outcome is Outcome.UNKNOWN

    def test_an_order_of_another_attempt_is_never_taken_for_this_one(self):
        other = order("COMPLETED", capture(), custom_id="att_other|x")
        script = Script().on("POST", ORDERS, (200, other)).on("GET", ORDER, (200, other))
        result = by_attempt(script)
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT)

    def test_an_attempt_that_an_earlier_order_paid_is_that_payment(self):
        marked = order("CREATED", custom_id=f"paid-elsewhere|{ATTEMPT}")
        script = Script().on("GET", ORDER, (200, marked)).on("GET", SEARCH, found(transaction()))
        script.on("GET", READ_CAPTURE, (200, capture()))
        assert read(script, ORDER_ID).psp_payment_id == CAPTURE_ID

    def test_and_unknown_while_that_payment_cannot_be_found(self):
        marked = order("CREATED", custom_id=f"paid-elsewhere|{ATTEMPT}")
        script = Script().on("GET", ORDER, (200, marked)).on("GET", SEARCH, found())
        result = read(script, ORDER_ID)
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT)

    @pytest.mark.parametrize("attempt_id", ["a b", "att\r\nX: 1", "a" * 101, "a|b"])
    def test_what_was_never_a_key_was_never_sent(self, attempt_id):
        script = Script()
        assert by_attempt(script, attempt_id) is None
        assert script.seen == []

    def test_a_shell_without_a_time_proves_nothing(self):
        script = Script().on("POST", ORDERS, (201, shell())).on("GET", ORDER, (200, shell(created=None)))
        assert by_attempt(script).error_code == Problem.MALFORMED_REPLY
