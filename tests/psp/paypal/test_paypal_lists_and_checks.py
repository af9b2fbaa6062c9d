"""What PayPal lists, and what an account lacks."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.domain.money import Money
from app.domain.payments.facts import FindingCode
from app.domain.payments.port import Outcome, PaymentStatus
from app.domain.payments.problems import Problem
from app.psp.paypal.checks import SEARCH_SCOPE
from app.psp.paypal.webhook import NEEDED_EVENTS
from tests.psp.paypal.paypal_wire import READ_CAPTURE, SECRETS, Script, adapter, capture, refusal

SEARCH, TOKEN, WEBHOOKS = "/v1/reporting/transactions", "/v1/oauth2/token", "/v1/notifications/webhooks"
SINCE = datetime(2026, 3, 1, tzinfo=UTC)


def info(transaction_id, at, **changes):
    told = {
        "transaction_id": transaction_id,
        "transaction_event_code": "T0006",
        "transaction_status": "S",
        "transaction_amount": {"currency_code": "USD", "value": "50.00"},
        "transaction_initiation_date": at,
        "custom_field": "att_1|order-1",
        "paypal_reference_id": "5O190127TN364715T",
    }
    return {
        "transaction_info": {**told, **changes},
        "payer_info": {"email_address": "a@example.com", "payer_name": {"alternate_full_name": "A B"}},
    }


def listed(script, **changes):
    asked = {"since": SINCE, "until": SINCE + timedelta(days=20), "cursor": None, "limit": 100}
    with adapter(script) as psp:
        return psp.list_payments(**{**asked, **changes})


def page(*details, pages=1):
    return 200, {"transaction_details": list(details), "total_pages": pages}


class TestLists:
    def test_payments_are_listed_oldest_first_and_other_movements_are_not(self):
        script = Script().on(
            "GET",
            SEARCH,
            page(
                info("2A", "2026-03-03T10:00:00+0000"),
                info("1A", "2026-03-02T10:00:00Z"),
                info("R1", "2026-03-02T11:00:00Z", transaction_event_code="T1107"),
                info("F1", "2026-03-02T11:00:00Z", transaction_event_code="T0400"),
                info("N1", "2026-03-02T11:00:00Z", transaction_amount={"currency_code": "USD", "value": "-5.00"}),
                {},
            ),
        )
        result = listed(script)
        assert [item.psp_payment_id for item in result.items] == ["1A", "2A"]
        assert (result.next_cursor, result.error_code) == (None, None)
        first = result.items[0]
        assert (first.outcome, first.money) == (Outcome.SUCCEEDED, Money(5000, "USD"))
        assert (first.facts.attempt_id, first.facts.transaction_ref) == ("att_1", "order-1")
        assert (first.facts.customer.email, first.facts.customer.name) == ("a@example.com", "A B")
        assert first.facts.other_ids == ("5O190127TN364715T",)

    @pytest.mark.parametrize(
        ("word", "outcome", "status"),
        [
            ("P", Outcome.UNKNOWN, PaymentStatus.PENDING),
            ("V", Outcome.SUCCEEDED, PaymentStatus.REFUNDED),
            ("?", Outcome.UNKNOWN, PaymentStatus.PENDING),
        ],
    )
    def test_each_status_has_its_meaning(self, word, outcome, status):
        script = Script().on("GET", SEARCH, page(info("1A", "2026-03-02T10:00:00Z", transaction_status=word)))
        (item,) = listed(script).items
        assert (item.outcome, item.status) == (outcome, status)

    def test_a_declined_one_is_read_by_itself_for_its_reason(self):
        denied = info("3C679366HH908993F", "2026-03-02T10:00:00Z", transaction_status="D")
        response = {"processor_response": {"response_code": "5120"}}
        script = (
            Script().on("GET", SEARCH, page(denied)).on("GET", READ_CAPTURE, (200, capture("DECLINED", **response)))
        )
        (item,) = listed(script).items
        assert (item.outcome, item.decline.code) == (Outcome.DECLINED, "5120")

    def test_and_stays_in_the_list_when_that_read_fails(self):
        denied = info("3C679366HH908993F", "2026-03-02T10:00:00Z", transaction_status="D")
        script = Script().on("GET", SEARCH, page(denied)).on("GET", READ_CAPTURE, httpx.Response(500))
        (item,) = listed(script).items
        assert (item.outcome, item.decline.code) == (Outcome.DECLINED, "capture:DECLINED")

    def test_a_long_span_is_read_window_by_window_and_page_by_page(self):
        script = Script().on("GET", SEARCH, page(pages=2))
        until, cursor, cursors = SINCE + timedelta(days=40), None, []
        while True:
            cursor = listed(script, until=until, cursor=cursor).next_cursor
            cursors.append(cursor)
            if cursor is None:
                break
        asked = [one.url.params for one in script.seen if one.url.path == SEARCH]
        assert [(one["start_date"][:10], one["end_date"][:10], one["page"]) for one in asked] == [
            ("2026-03-01", "2026-04-01", "1"),
            ("2026-03-01", "2026-04-01", "2"),
            ("2026-04-01", "2026-04-10", "1"),
            ("2026-04-01", "2026-04-10", "2"),
        ]

    def test_what_lies_on_the_edge_of_two_windows_is_listed_once(self):
        edge = info("1A", "2026-04-01T00:00:00Z")
        script, until = Script().on("GET", SEARCH, page(edge)), SINCE + timedelta(days=40)
        first = listed(script, until=until)
        second = listed(script, until=until, cursor=first.next_cursor)
        assert (len(first.items), len(second.items)) == (0, 1)

    @pytest.mark.parametrize("cursor", ["", "x", "1-2-3", "-1-1", "9" * 20 + "-1"])
    def test_a_strange_cursor_is_refused_without_a_call(self, cursor):
        script = Script()
        result = listed(script, cursor=cursor)
        assert (result.error_code, result.transient, script.seen) == (Problem.REQUEST_INVALID, False, [])

    @pytest.mark.parametrize(
        ("reply", "problem", "transient"),
        [
            (refusal("PERMISSION_DENIED", 403, "NOT_AUTHORIZED"), Problem.CREDENTIALS_INVALID, False),
            (httpx.Response(500), Problem.PROVIDER_ERROR, True),
            (httpx.ReadTimeout("x"), Problem.TIMEOUT, True),
            ((429, {}, {"retry-after": "9"}), Problem.RATE_LIMITED, True),
        ],
    )
    def test_a_list_that_cannot_be_read_says_why(self, reply, problem, transient):
        result = listed(Script().on("GET", SEARCH, reply))
        assert (result.items, result.error_code, result.transient) == ((), problem, transient)
        assert result.retry_after == (timedelta(seconds=9) if problem is Problem.RATE_LIMITED else None)


def granted(scope=SEARCH_SCOPE):
    return 200, {"access_token": "t", "expires_in": 32400, "scope": f"openid {scope}"}


def hook(*events, webhook_id="WH-OURS"):
    return 200, {"webhooks": [{"id": webhook_id, "event_types": [{"name": name} for name in events]}]}


def checked(script, **account):
    with adapter(script, **account) as psp:
        return psp.check()


def codes(script, **account):
    return [finding.code for finding in checked(script, **account)]


class TestChecks:
    @pytest.mark.parametrize("events", [tuple(NEEDED_EVENTS), ("*",)])
    def test_nothing_is_missing_of_a_whole_account(self, events):
        assert checked(Script().on("POST", TOKEN, granted()).on("GET", WEBHOOKS, hook(*events))) == ()

    @pytest.mark.parametrize("secrets", [{}, {"client_id": "a", "webhook_id": "w"}, {"client_secret": "b"}])
    def test_keys_that_are_missing_are_named(self, secrets):
        script = Script()
        assert codes(script, secrets=secrets)[0] is FindingCode.KEY_MISSING
        assert script.seen == []

    def test_keys_that_nobody_takes_are_invalid(self):
        script = Script().on("POST", TOKEN, (401, {"error": "invalid_client"}))
        assert codes(script) == [FindingCode.KEY_INVALID]

    @pytest.mark.parametrize("live", [True, False])
    def test_keys_of_the_other_side_are_a_mismatch_of_mode(self, live):
        script = Script().on("POST", TOKEN, (401, {"error": "invalid_client"}), granted())
        assert codes(script, live=live) == [FindingCode.MODE_MISMATCH]
        hosts = [one.url.host for one in script.seen]
        assert hosts == (
            ["api-m.paypal.com", "api-m.sandbox.paypal.com"]
            if live
            else ["api-m.sandbox.paypal.com", "api-m.paypal.com"]
        )

    def test_a_stand_in_has_no_other_side(self):
        script = Script().on("POST", TOKEN, (401, {"error": "invalid_client"}))
        assert codes(script, api_base="http://stand-in.test") == [FindingCode.KEY_INVALID]
        assert len(script.seen) == 1

    @pytest.mark.parametrize("reply", [httpx.ConnectError("x"), httpx.Response(500)])
    def test_silence_is_no_verdict_on_the_keys(self, reply):
        assert codes(Script().on("POST", TOKEN, reply)) == [FindingCode.UNREACHABLE]

    def test_the_search_must_be_switched_on(self):
        script = Script().on("POST", TOKEN, granted("other")).on("GET", WEBHOOKS, hook("*"))
        assert codes(script) == [FindingCode.PERMISSION_MISSING]

    def test_without_a_webhook_id_no_webhook_can_be_trusted(self):
        secrets = {name: SECRETS[name] for name in ("client_id", "client_secret")}
        assert codes(Script().on("POST", TOKEN, granted()), secrets=secrets) == [FindingCode.WEBHOOK_SECRET_MISSING]

    def test_a_webhook_that_is_not_there_or_tells_too_little_is_found(self):
        script = Script().on("POST", TOKEN, granted()).on("GET", WEBHOOKS, hook("*", webhook_id="WH-OTHER"))
        assert codes(script) == [FindingCode.WEBHOOK_MISSING]
        script = Script().on("POST", TOKEN, granted()).on("GET", WEBHOOKS, hook("PAYMENT.CAPTURE.COMPLETED"))
        (finding,) = checked(script)
        assert finding.code is FindingCode.WEBHOOK_MISSING
        assert "CHECKOUT.ORDER.APPROVED, PAYMENT.CAPTURE.DENIED" in finding.detail

    def test_webhooks_that_may_not_be_read_are_a_missing_permission(self):
        script = (
            Script()
            .on("POST", TOKEN, granted())
            .on("GET", WEBHOOKS, refusal("PERMISSION_DENIED", 403, "NOT_AUTHORIZED"))
        )
        assert codes(script) == [FindingCode.PERMISSION_MISSING]
