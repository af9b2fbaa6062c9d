"""Reading payments at Stripe: by any id that a webhook may name, by our attempt, and in lists."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.domain.money import Money
from app.domain.payments.port import Outcome, PaymentStatus
from app.domain.payments.problems import Problem
from tests.psp.stripe.stripe_far_side import bound, declined, error, intent, listed, session

INTENTS, SEARCH, SESSIONS = "/v1/payment_intents", "/v1/payment_intents/search", "/v1/checkout/sessions"
FOREIGN = {"metadata": {"order_id": "order-7"}}
NOBODY = {SEARCH: listed(), INTENTS: listed(), SESSIONS: listed()}


def read(replies, *, psp_payment_id=None, attempt_id=None):
    adapter, far_side = bound(replies)
    return adapter.retrieve_payment(psp_payment_id=psp_payment_id, attempt_id=attempt_id), far_side


class TestByIds:
    def test_an_intent_is_read_with_its_charge_and_tells_its_facts(self):
        details = {"brand": "visa", "last4": "4242", "country": "IN", "funding": "debit", "fingerprint": "f1"}
        charge = {
            "id": "ch_1",
            "amount_refunded": 2000,
            "billing_details": {"email": "a@b.test", "name": "Asha", "phone": None, "address": {"country": "IN"}},
            "payment_method_details": {"type": "card", "card": {**details, "mandate": "mandate_1"}},
        }
        result, far_side = read(
            {f"{INTENTS}/pi_1": intent(latest_charge=charge, payment_method="pm_1")}, psp_payment_id="pi_1"
        )
        assert far_side.query() == {"expand[0]": "latest_charge"}
        assert (result.outcome, result.status, result.money) == (
            Outcome.SUCCEEDED,
            PaymentStatus.CAPTURED,
            Money(5000, "INR"),
        )
        facts = result.facts
        assert (facts.asked, facts.refunded) == (Money(5000, "INR"), Money(2000, "INR"))
        assert (facts.attempt_id, facts.transaction_ref, facts.other_ids) == ("att_1", "order-1", ("ch_1",))
        assert facts.created_at == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
        method = facts.method
        assert (method.type, method.token, method.psp_customer_id, method.mandate_id) == (
            "card",
            "pm_1",
            "cus_1",
            "mandate_1",
        )
        assert (method.brand, method.last4, method.issuer_country, method.funding, method.fingerprint) == (
            "visa",
            "4242",
            "IN",
            "debit",
            "f1",
        )
        assert (facts.customer.email, facts.customer.name, facts.customer.phone, facts.customer.country) == (
            "a@b.test",
            "Asha",
            None,
            "IN",
        )

    def test_a_method_without_a_customer_cannot_be_charged_again(self):
        result, _ = read({f"{INTENTS}/pi_1": intent(customer=None, payment_method="pm_1")}, psp_payment_id="pi_1")
        assert (result.facts.method.token, result.facts.method.psp_customer_id) == (None, None)

    def test_a_method_that_was_tried_and_never_saved_cannot_be_charged_again(self):
        told = declined(payment_method={"id": "pm_1", "type": "card", "customer": None})
        result, _ = read({f"{INTENTS}/pi_1": told}, psp_payment_id="pi_1")
        assert (result.facts.method.token, result.facts.method.psp_customer_id) == (None, "cus_1")

    def test_a_payment_given_back_in_full_was_captured_all_the_same(self):
        charge = {"id": "ch_1", "refunded": True, "amount_refunded": 5000}
        result, _ = read({f"{INTENTS}/pi_1": intent(latest_charge=charge)}, psp_payment_id="pi_1")
        assert (result.outcome, result.status, result.money) == (
            Outcome.SUCCEEDED,
            PaymentStatus.REFUNDED,
            Money(5000, "INR"),
        )

    def test_an_intent_that_nobody_tried_waits_for_the_payer(self):
        fresh = intent("requires_payment_method", last_payment_error=None)
        result, _ = read({f"{INTENTS}/pi_1": fresh}, psp_payment_id="pi_1")
        assert (result.outcome, result.decline) == (Outcome.REQUIRES_ACTION, None)

    def test_a_cancelled_intent_is_final(self):
        result, _ = read({f"{INTENTS}/pi_1": intent("canceled")}, psp_payment_id="pi_1")
        assert (result.outcome, result.status) == (Outcome.DECLINED, PaymentStatus.CANCELLED)

    def test_a_charge_leads_to_its_intent(self):
        replies = {"/v1/charges/ch_1": {"id": "ch_1", "payment_intent": "pi_1"}, f"{INTENTS}/pi_1": declined()}
        result, far_side = read(replies, psp_payment_id="ch_1")
        assert (result.psp_payment_id, result.decline.code) == ("pi_1", "insufficient_funds")
        assert far_side.paths == ["/v1/charges/ch_1", f"{INTENTS}/pi_1"]

    def test_a_charge_of_the_time_before_intents_is_a_payment_itself(self):
        charge = {
            "id": "ch_1",
            "amount": 900,
            "currency": "usd",
            "created": 1,
            "status": "failed",
            "failure_code": "expired_card",
            "failure_message": "Expired.",
            "outcome": {"network_decline_code": "54"},
        }
        result, _ = read({"/v1/charges/ch_1": charge}, psp_payment_id="ch_1")
        assert (result.psp_payment_id, result.outcome, result.decline.code) == (
            "ch_1",
            Outcome.DECLINED,
            "expired_card",
        )
        assert result.decline.network_decline_code == "54"

    @pytest.mark.parametrize(
        ("status", "expected"), [("open", datetime(2027, 1, 15, 8, 0, tzinfo=UTC)), ("paid", None), ("void", None)]
    )
    def test_an_invoice_leads_to_its_latest_payment_and_says_when_stripe_tries_again(self, status, expected):
        old, new = ({"payment": {"type": "payment_intent", "payment_intent": name}} for name in ("pi_0", "pi_1"))
        invoice = {
            "id": "in_1",
            "status": status,
            "next_payment_attempt": 1800000000,
            "payments": {"data": [old, new]},
        }
        result, far_side = read({"/v1/invoices/in_1": invoice, f"{INTENTS}/pi_1": declined()}, psp_payment_id="in_1")
        assert (result.psp_payment_id, result.decline.code) == ("pi_1", "insufficient_funds")
        assert (result.facts.native_retry_at, result.facts.other_ids) == (expected, ("in_1",))
        assert far_side.query() == {"expand[0]": "payments"}

    @pytest.mark.parametrize(
        ("status", "outcome", "paid"),
        [
            ("paid", Outcome.SUCCEEDED, Money(900, "USD")),
            ("open", Outcome.UNKNOWN, None),
            ("uncollectible", Outcome.DECLINED, None),
        ],
    )
    def test_an_invoice_that_no_payment_was_tried_for_speaks_for_itself(self, status, outcome, paid):
        invoice = {"id": "in_1", "status": status, "amount_due": 900, "amount_paid": 900, "currency": "usd"}
        result, _ = read({"/v1/invoices/in_1": invoice}, psp_payment_id="in_1")
        assert (result.psp_payment_id, result.outcome, result.money) == ("in_1", outcome, paid)

    def test_a_failed_renewal_read_by_its_intent_tells_of_stripes_own_retry_too(self):
        invoice = {"id": "in_1", "status": "open", "next_payment_attempt": 1800000000}
        replies = {f"{INTENTS}/pi_1": declined() | FOREIGN, "/v1/invoice_payments": listed({"invoice": invoice})}
        result, far_side = read(replies, psp_payment_id="pi_1")
        assert result.facts.native_retry_at == datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
        assert (result.facts.transaction_ref, result.facts.attempt_id) == ("order-7", None)
        assert far_side.query(1)["payment[payment_intent]"] == "pi_1"

    def test_a_key_that_may_not_see_invoices_reads_the_payment_without(self):
        replies = {f"{INTENTS}/pi_1": declined() | FOREIGN, "/v1/invoice_payments": error(403)}
        result, _ = read(replies, psp_payment_id="pi_1")
        assert (result.outcome, result.facts.native_retry_at) == (Outcome.DECLINED, None)

    def test_whether_stripe_retries_is_not_guessed_while_it_does_not_answer(self):
        replies = {f"{INTENTS}/pi_1": declined() | FOREIGN, "/v1/invoice_payments": httpx.ReadTimeout("late")}
        result, _ = read(replies, psp_payment_id="pi_1")
        assert (result.outcome, result.error_code, result.decline) == (Outcome.UNKNOWN, Problem.TIMEOUT, None)

    @pytest.mark.parametrize(
        ("reply", "outcome", "problem"),
        [
            (error(401), Outcome.ERROR, Problem.CREDENTIALS_INVALID),
            (error(429), Outcome.UNKNOWN, Problem.RATE_LIMITED),
            (error(500), Outcome.UNKNOWN, Problem.PROVIDER_ERROR),
            (httpx.ConnectError("no"), Outcome.UNKNOWN, Problem.UNREACHABLE),
        ],
    )
    def test_a_read_that_failed_is_never_none(self, reply, outcome, problem):
        result, _ = read({f"{INTENTS}/pi_1": reply}, psp_payment_id="pi_1")
        assert (result.outcome, result.error_code, result.transient) == (outcome, problem, False)

    def test_an_id_that_stripe_does_not_know_is_none(self):
        assert read({f"{INTENTS}/pi_1": error(404, "resource_missing")}, psp_payment_id="pi_1")[0] is None

    @pytest.mark.parametrize("hostile", ["pi_1/../../x", "pi_1?expand=x", "pi_é", "re_1", "sk_1", "pi_" + "a" * 300])
    def test_what_is_no_payments_id_is_not_asked_for(self, hostile):
        result, far_side = read({}, psp_payment_id=hostile)
        assert (result, far_side.seen) == (None, [])


class TestPages:
    def test_a_decline_on_an_open_page_is_no_verdict(self):
        refused = declined() | {"metadata": {"attempt_id": "att_1", "tinko_page": "1"}}
        replies = {f"{INTENTS}/pi_1": refused, SESSIONS: listed(session("open", payment_intent="pi_1"))}
        result, far_side = read(replies, psp_payment_id="pi_1")
        assert (result.outcome, result.psp_payment_id, result.decline) == (Outcome.REQUIRES_ACTION, "cs_1", None)
        assert far_side.query(1)["payment_intent"] == "pi_1"

    @pytest.mark.parametrize(
        ("page", "outcome", "psp_payment_id"),
        [
            (session("open"), Outcome.REQUIRES_ACTION, "cs_1"),
            (session("open", payment_intent=declined()), Outcome.REQUIRES_ACTION, "cs_1"),
            (session("open", payment_intent=intent("processing")), Outcome.UNKNOWN, "pi_1"),
            (session("complete", payment_intent=intent()), Outcome.SUCCEEDED, "pi_1"),
            (session("complete"), Outcome.UNKNOWN, "cs_1"),
            (session("expired"), Outcome.DECLINED, "cs_1"),
            (session("expired", payment_intent=intent("canceled")), Outcome.DECLINED, "cs_1"),
            (session("expired", payment_intent=intent()), Outcome.SUCCEEDED, "pi_1"),
        ],
    )
    def test_a_page_is_its_payment_once_there_is_a_verdict(self, page, outcome, psp_payment_id):
        result, _ = read({f"{SESSIONS}/cs_1": page}, psp_payment_id="cs_1")
        assert (result.outcome, result.psp_payment_id) == (outcome, psp_payment_id)
        assert (result.facts.attempt_id, result.facts.transaction_ref) == ("att_1", "order-1")


class TestByAttempt:
    def test_search_names_it_and_the_intent_itself_tells(self):
        replies = {SEARCH: listed(intent("processing")), f"{INTENTS}/pi_1": intent()}
        result, far_side = read(replies, attempt_id="att_1")
        assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, "pi_1")
        assert far_side.query()["query"] == "metadata['attempt_id']:'att_1'"
        assert all(request.method == "GET" for request in far_side.seen)

    def test_what_search_does_not_show_yet_is_found_in_the_list(self):
        other = intent(id="pi_0", metadata={"attempt_id": "att_0"})
        result, far_side = read({SEARCH: listed(), INTENTS: listed(other, intent())}, attempt_id="att_1")
        assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, "pi_1")
        assert all(request.method == "GET" for request in far_side.seen)

    def test_an_attempt_that_made_nothing_is_none(self):
        result, far_side = read(NOBODY, attempt_id="att_1")
        assert result is None
        assert far_side.paths == [SEARCH, INTENTS, SESSIONS]

    def test_the_list_is_read_only_as_far_back_as_search_may_lag(self):
        newest, old = intent(id="pi_9", metadata={}), intent(id="pi_8", metadata={}, created=1772366400 - 1000)
        result, far_side = read(NOBODY | {INTENTS: listed(newest, old, more=True)}, attempt_id="att_1")
        assert result is None
        assert far_side.paths.count(INTENTS) == 1

    def test_too_many_payments_to_be_sure_of_none_is_unknown(self):
        full = listed(intent(id="pi_9", metadata={}), more=True)
        result, far_side = read(NOBODY | {INTENTS: full}, attempt_id="att_1")
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.PENDING)
        assert far_side.paths.count(INTENTS) == 10

    @pytest.mark.parametrize("status", [400, 403])
    def test_without_search_the_whole_list_has_to_tell(self, status):
        newest, old = intent(id="pi_9", metadata={}), intent(created=1772366400 - 10_000)
        replies = NOBODY | {SEARCH: error(status), INTENTS: [listed(newest, more=True), listed(old)]}
        result, far_side = read(replies, attempt_id="att_1")
        assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, "pi_1")
        assert far_side.query(2)["starting_after"] == "pi_9"

    @pytest.mark.parametrize("path", [SEARCH, INTENTS, SESSIONS])
    def test_a_look_up_that_broke_on_the_way_is_unknown_and_not_none(self, path):
        result, _ = read(NOBODY | {path: error(500)}, attempt_id="att_1")
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.PROVIDER_ERROR)

    def test_a_list_without_items_is_unknown(self):
        result, _ = read(NOBODY | {INTENTS: {"object": "list"}}, attempt_id="att_1")
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.MALFORMED_REPLY)

    def test_a_page_that_nobody_tried_to_pay_is_found_by_its_own_metadata(self):
        replies = NOBODY | {SESSIONS: listed(session()), f"{SESSIONS}/cs_1": session()}
        result, _ = read(replies, attempt_id="att_1")
        assert (result.outcome, result.psp_payment_id) == (Outcome.REQUIRES_ACTION, "cs_1")

    def test_of_several_pages_the_paid_one_decides(self):
        pages = listed(session("open"), session("complete", id="cs_2"), session("expired", id="cs_3"))
        replies = NOBODY | {
            SESSIONS: pages,
            f"{SESSIONS}/cs_1": session("open"),
            f"{SESSIONS}/cs_2": session("complete", id="cs_2", payment_intent=intent()),
            f"{SESSIONS}/cs_3": session("expired", id="cs_3"),
        }
        result, _ = read(replies, attempt_id="att_1")
        assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, "pi_1")

    @pytest.mark.parametrize("hostile", ["att' OR status:'succeeded", "att_1'", "☃", "a" * 5000])
    def test_what_cannot_be_an_attempt_is_not_put_into_a_search(self, hostile):
        result, far_side = read({}, attempt_id=hostile)
        assert (result, far_side.seen) == (None, [])


class TestLists:
    def test_a_page_is_asked_for_by_time_and_place(self):
        adapter, far_side = bound({INTENTS: listed(intent(), declined() | {"id": "pi_0"}, more=True)})
        since = datetime(2026, 3, 1, tzinfo=UTC)
        until = since + timedelta(days=1, microseconds=1)
        page = adapter.list_payments(since=since, until=until, cursor="pi_5", limit=500)
        assert [item.outcome for item in page.items] == [Outcome.SUCCEEDED, Outcome.DECLINED]
        assert (page.next_cursor, page.error_code) == ("pi_0", None)
        assert far_side.query() == {
            "created[gte]": "1772323200",
            "created[lt]": "1772409601",
            "limit": "100",
            "starting_after": "pi_5",
            "expand[0]": "data.latest_charge",
        }

    @pytest.mark.parametrize(
        ("reply", "problem", "transient"),
        [
            (error(401), Problem.CREDENTIALS_INVALID, False),
            (error(429, "rate_limit"), Problem.RATE_LIMITED, True),
            (error(500), Problem.PROVIDER_ERROR, True),
            (httpx.ReadTimeout("late"), Problem.TIMEOUT, True),
            ({"data": None}, Problem.MALFORMED_REPLY, True),
        ],
    )
    def test_a_page_that_could_not_be_read_says_why(self, reply, problem, transient):
        adapter, _ = bound({INTENTS: reply})
        moment = datetime(2026, 3, 1, tzinfo=UTC)
        page = adapter.list_payments(since=moment, until=moment, cursor=None, limit=10)
        assert (page.items, page.next_cursor) == ((), None)
        assert (page.error_code, page.transient) == (problem, transient)
