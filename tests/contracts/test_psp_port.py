"""What every provider's adapter promises, and the fake with them."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.money import Money
from app.domain.payments.errors import CheckoutFailedError, SignatureInvalidError, WebhookUnreadableError
from app.domain.payments.facts import EventKind, FindingCode
from app.domain.payments.port import (
    ChargeRequest,
    CheckoutRequest,
    Outcome,
    PaymentMethod,
    PaymentResult,
    PaymentStatus,
    RefundRequest,
)
from app.domain.payments.problems import Problem
from tests.contracts.bench import NOW

PRICE = Money(5000, "INR")
LONG_AGO, FAR_OFF = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def charge(token, *, reference=None, attempt_id=None, money=PRICE):
    return ChargeRequest(
        attempt_id=attempt_id or f"att_{secrets.token_hex(8)}",
        transaction_ref=reference or f"order-{secrets.token_hex(8)}",
        money=money,
        method=token if isinstance(token, PaymentMethod) else PaymentMethod(token=token),
    )


def checkout(attempt_id=None):
    return CheckoutRequest(
        attempt_id=attempt_id or f"att_{secrets.token_hex(8)}",
        transaction_ref=f"order-{secrets.token_hex(8)}",
        money=PRICE,
        success_url="https://shop.test/thanks",
        cancel_url="https://shop.test/basket",
        expires_in=timedelta(minutes=30),
    )


def refund(psp_payment_id, *, minor=5000, currency="INR", refund_id=None):
    return RefundRequest(refund_id or f"ref_{secrets.token_hex(8)}", psp_payment_id, Money(minor, currency))


def finds_unpaid(bench):
    """Whether the provider can be asked by our attempt for what is neither paid nor declined (most can)."""
    return getattr(bench, "finds_unpaid_by_attempt", True)


def until_found(psp, attempt_id):
    """Look an attempt up until the provider knows it; for money that moves after the caller gave up."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = psp.retrieve_payment(psp_payment_id=None, attempt_id=attempt_id)
        if found is not None and found.outcome is not Outcome.UNKNOWN:
            return found
        time.sleep(0.05)
    raise AssertionError("the provider never came to know the attempt")


class TestCharging:
    def test_a_charge_that_works_says_what_was_captured(self, bench):
        psp, request = bench.psp(), charge(bench.tokens["ok"])
        result = psp.create_payment(request)
        assert result == PaymentResult(
            Outcome.SUCCEEDED, psp_payment_id=result.psp_payment_id, status=PaymentStatus.CAPTURED, money=PRICE
        )
        assert result.psp_payment_id
        assert bench.books(request.transaction_ref) == [("captured", 0)]

    def test_the_same_attempt_twice_is_one_payment(self, bench):
        psp, request = bench.psp(), charge(bench.tokens["ok"])
        first, second = psp.create_payment(request), psp.create_payment(request)
        assert second == first
        assert bench.books(request.transaction_ref) == [("captured", 0)]

    def test_a_declined_attempt_is_answered_the_same_again_and_not_tried_again(self, bench):
        psp, request = bench.psp(), charge(bench.tokens["insufficient_funds"])
        first, second = psp.create_payment(request), psp.create_payment(request)
        assert second == first
        assert bench.books(request.transaction_ref) == [("declined", 0)]

    def test_the_same_attempt_in_parallel_is_one_payment(self, bench):
        psp, request = bench.psp(), charge(bench.tokens["ok"])
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda _: psp.create_payment(request), range(16)))
        assert bench.books(request.transaction_ref) == [("captured", 0)]
        assert {(r.outcome, r.error_code) for r in results} <= {
            (Outcome.SUCCEEDED, None),
            (Outcome.UNKNOWN, Problem.IN_PROGRESS),
        }
        assert len({r.psp_payment_id for r in results if r.psp_payment_id}) == 1

    def test_an_attempt_that_comes_back_with_another_amount_is_unknown_and_moves_nothing(self, bench):
        psp, request = bench.psp(), charge(bench.tokens["ok"])
        psp.create_payment(request)
        other = charge(
            bench.tokens["ok"],
            reference=request.transaction_ref,
            attempt_id=request.attempt_id,
            money=Money(1, "INR"),
        )
        result = psp.create_payment(other)
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT)
        assert bench.books(request.transaction_ref) == [("captured", 0)]

    def test_two_attempts_of_one_transaction_are_two_payments_here(self, bench):
        psp, first = bench.psp(), charge(bench.tokens["ok"])
        psp.create_payment(first)
        psp.create_payment(charge(bench.tokens["ok"], reference=first.transaction_ref))
        assert bench.books(first.transaction_ref) == [("captured", 0), ("captured", 0)]

    def test_amounts_of_currencies_without_minor_units_arrive_as_they_are(self, bench):
        result = bench.psp().create_payment(charge(bench.tokens["ok"], money=Money(5000, "JPY")))
        assert result.money == Money(5000, "JPY")

    @pytest.mark.parametrize(
        ("token", "code"),
        [
            ("insufficient_funds", "insufficient_funds"),
            ("lost", "lost_or_stolen"),
            ("strange", "invalid_card_data"),
        ],
    )
    def test_a_decline_carries_a_code_that_the_classifier_knows(self, bench, token, code):
        psp, request = bench.psp(), charge(bench.tokens[token])
        result = psp.create_payment(request)
        assert (result.outcome, result.status) == (Outcome.DECLINED, PaymentStatus.DECLINED)
        assert result.decline is not None
        assert result.decline.code == bench.codes.get(token, code)
        assert (result.money, result.error_code) == (None, None)
        assert bench.books(request.transaction_ref) == [("declined", 0)]

    def test_a_method_can_recover_at_the_third_try(self, bench):
        psp, reference = bench.psp(), f"order-{secrets.token_hex(8)}"
        outcomes = [
            psp.create_payment(charge(bench.tokens["recovers_on_3"], reference=reference)).outcome for _ in range(3)
        ]
        assert outcomes == [Outcome.DECLINED, Outcome.DECLINED, Outcome.SUCCEEDED]
        assert bench.books(reference) == [("declined", 0), ("declined", 0), ("captured", 0)]

    def test_a_payment_that_needs_the_payer_says_so(self, bench):
        result = bench.psp().create_payment(charge(bench.tokens["requires_action"]))
        assert (result.outcome, result.status) == (Outcome.REQUIRES_ACTION, PaymentStatus.REQUIRES_ACTION)
        assert result.psp_payment_id
        assert result.money is None

    def test_a_payment_in_flight_is_unknown_with_an_id_to_ask_for(self, bench):
        psp, request = bench.psp(), charge(bench.tokens["pending"])
        result = psp.create_payment(request)
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.PENDING)
        assert (result.status, result.money) == (PaymentStatus.PENDING, None)
        assert until_found(psp, request.attempt_id).money == PRICE


class TestCallsWithoutVerdict:
    def test_a_timeout_that_charged_is_unknown_and_found_by_the_attempt(self, bench):
        psp, request = bench.psp(patient=False), charge(bench.tokens["timeout_charged"])
        result = psp.create_payment(request)
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.TIMEOUT)
        found = until_found(psp, request.attempt_id)
        assert (found.outcome, found.money) == (Outcome.SUCCEEDED, PRICE)
        assert bench.books(request.transaction_ref) == [("captured", 0)]

    def test_a_replay_of_a_timeout_that_charged_answers_at_once_and_moves_nothing(self, bench):
        psp, request = bench.psp(patient=False), charge(bench.tokens["timeout_charged"])
        psp.create_payment(request)
        found = until_found(psp, request.attempt_id)
        assert psp.create_payment(request) == found
        assert bench.books(request.transaction_ref) == [("captured", 0)]

    def test_a_timeout_that_did_not_charge_is_unknown_and_not_found(self, bench):
        psp, request = bench.psp(patient=False), charge(bench.tokens["timeout_not_charged"])
        result = psp.create_payment(request)
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.TIMEOUT)
        assert psp.retrieve_payment(psp_payment_id=None, attempt_id=request.attempt_id) is None
        assert bench.books(request.transaction_ref) == []

    @pytest.mark.parametrize(
        ("token", "problem"), [("rate_limited", Problem.RATE_LIMITED), ("down", Problem.PROVIDER_UNAVAILABLE)]
    )
    def test_a_refusal_before_processing_is_a_transient_error_and_nothing_is_booked(self, bench, token, problem):
        psp, request = bench.psp(), charge(bench.tokens[token])
        result = psp.create_payment(request)
        assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, problem, True)
        assert result.retry_after == (timedelta(seconds=2) if token == "rate_limited" else None)
        assert psp.retrieve_payment(psp_payment_id=None, attempt_id=request.attempt_id) is None
        assert bench.books(request.transaction_ref) == []

    def test_bad_credentials_are_a_permanent_error_everywhere(self, bench):
        psp = bench.psp_with_bad_credentials()
        for result in (
            psp.create_payment(charge(bench.tokens["ok"])),
            psp.retrieve_payment(psp_payment_id=None, attempt_id="att_1"),
            psp.refund(refund("pay_1")),
        ):
            assert result is not None
            assert (result.outcome, result.error_code, result.transient) == (
                Outcome.ERROR,
                Problem.CREDENTIALS_INVALID,
                False,
            )
        with pytest.raises(CheckoutFailedError) as caught:
            psp.create_checkout(checkout())
        assert (caught.value.problem, caught.value.transient) == (Problem.CREDENTIALS_INVALID, False)


class TestLookingUp:
    @pytest.mark.parametrize("token", ["ok", "insufficient_funds", "requires_action"])
    def test_a_payment_reads_as_it_was_answered_by_either_id(self, bench, token):
        psp, request = bench.psp(), charge(bench.tokens[token])
        result = psp.create_payment(request)
        assert psp.retrieve_payment(psp_payment_id=result.psp_payment_id, attempt_id=None) == result
        if token != "requires_action" or finds_unpaid(bench):
            assert psp.retrieve_payment(psp_payment_id=None, attempt_id=request.attempt_id) == result

    def test_an_id_that_the_provider_does_not_know_is_looked_up_by_the_attempt_too(self, bench):
        psp, request = bench.psp(), charge(bench.tokens["ok"])
        result = psp.create_payment(request)
        assert psp.retrieve_payment(psp_payment_id="pay_nobody", attempt_id=request.attempt_id) == result

    @pytest.mark.parametrize("hostile", ["pay_nobody", "../../v1/payments", "", "pay_\x00", "☃", "a" * 5000, "?x=1"])
    def test_what_nobody_knows_is_none(self, bench, hostile):
        assert bench.psp().retrieve_payment(psp_payment_id=hostile, attempt_id="att_nobody") is None

    def test_a_look_up_of_nothing_is_a_mistake_of_ours(self, bench):
        with pytest.raises(ValueError, match="needs the provider's id or ours"):
            bench.psp().retrieve_payment(psp_payment_id=None, attempt_id=None)


class TestRefunds:
    def test_a_full_refund_leaves_a_payment_that_was_captured_and_given_back(self, bench):
        psp, request = bench.psp(), charge(bench.tokens["ok"])
        paid = psp.create_payment(request)
        result = psp.refund(refund(paid.psp_payment_id))
        assert (result.outcome, result.error_code) == (Outcome.SUCCEEDED, None)
        assert result.psp_refund_id
        read = psp.retrieve_payment(psp_payment_id=paid.psp_payment_id, attempt_id=None)
        assert read is not None
        assert (read.outcome, read.status, read.money) == (Outcome.SUCCEEDED, PaymentStatus.REFUNDED, PRICE)
        assert bench.books(request.transaction_ref) == [("refunded", 5000)]

    def test_the_same_refund_twice_gives_back_once(self, bench):
        psp, request = bench.psp(), charge(bench.tokens["ok"])
        asked = refund(psp.create_payment(request).psp_payment_id, minor=2000)
        assert psp.refund(asked) == psp.refund(asked)
        assert bench.books(request.transaction_ref) == [("captured", 2000)]

    @pytest.mark.parametrize(("minor", "currency"), [(3001, "INR"), (3000, "USD")])
    def test_more_than_is_left_or_another_currency_is_refused(self, bench, minor, currency):
        psp, request = bench.psp(), charge(bench.tokens["ok"])
        paid = psp.create_payment(request).psp_payment_id
        psp.refund(refund(paid, minor=2000))
        result = psp.refund(refund(paid, minor=minor, currency=currency))
        assert (result.outcome, result.error_code, result.transient) == (
            Outcome.ERROR,
            Problem.REQUEST_INVALID,
            False,
        )
        assert bench.books(request.transaction_ref) == [("captured", 2000)]

    def test_what_was_not_captured_or_is_not_there_is_refused(self, bench):
        psp = bench.psp()
        declined = psp.create_payment(charge(bench.tokens["lost"])).psp_payment_id
        for payment in (declined, "pay_nobody", "../payments"):
            result = psp.refund(refund(payment))
            assert (result.outcome, result.error_code) == (Outcome.ERROR, Problem.REQUEST_INVALID)


class TestCheckouts:
    def test_a_page_opens_and_waits_for_the_payer(self, bench):
        psp, request = bench.psp(), checkout()
        page = psp.create_checkout(request)
        assert page.url.startswith(("http://", "https://"))
        assert page.expires_at.tzinfo is not None
        by_attempt = [{"psp_payment_id": None, "attempt_id": request.attempt_id}] if finds_unpaid(bench) else []
        for ids in [{"psp_payment_id": page.psp_payment_id, "attempt_id": None}, *by_attempt]:
            read = psp.retrieve_payment(**ids)
            assert read is not None
            assert (read.outcome, read.money) == (Outcome.REQUIRES_ACTION, None)
        assert bench.books(request.transaction_ref) == []

    def test_the_same_attempt_opens_one_page(self, bench):
        psp, request = bench.psp(), checkout()
        assert psp.create_checkout(request) == psp.create_checkout(request)

    def test_a_paid_page_reads_as_its_payment_by_either_id(self, bench):
        psp, request = bench.psp(), checkout()
        page = psp.create_checkout(request)
        bench.pay(page)
        by_page = psp.retrieve_payment(psp_payment_id=page.psp_payment_id, attempt_id=None)
        by_attempt = psp.retrieve_payment(psp_payment_id=None, attempt_id=request.attempt_id)
        assert by_page is not None
        assert by_page == by_attempt
        assert (by_page.outcome, by_page.money) == (Outcome.SUCCEEDED, PRICE)
        assert psp.retrieve_payment(psp_payment_id=by_page.psp_payment_id, attempt_id=None) == by_page
        assert bench.books(request.transaction_ref) == [("captured", 0)]


class TestWebhooks:
    def test_a_signed_webhook_is_accepted_and_read(self, bench):
        sent, psp = bench.webhook(secret="first-secret", at=NOW), bench.psp(webhook_secrets=("first-secret",))
        psp.verify_webhook(headers=sent.headers, body=sent.body, now=NOW)
        event = psp.parse_webhook(headers=sent.headers, body=sent.body)
        assert event.event_id == sent.event_id
        assert event.psp_payment_id == sent.psp_payment_id
        assert event.transaction_ref == sent.transaction_ref
        assert event.attempt_id == sent.attempt_id
        assert event.occurred_at == NOW
        assert (event.kind, event.dispute) == (EventKind.PAYMENT, None)

    @pytest.mark.parametrize("case", [str.lower, str.upper])
    def test_the_case_of_header_names_does_not_matter(self, bench, case):
        sent, psp = bench.webhook(secret="first-secret", at=NOW), bench.psp(webhook_secrets=("first-secret",))
        psp.verify_webhook(headers={case(k): v for k, v in sent.headers.items()}, body=sent.body, now=NOW)

    @pytest.mark.parametrize("secret", ["old-secret", "new-secret"])
    def test_both_secrets_of_a_rotation_are_good(self, bench, secret):
        sent = bench.webhook(secret=secret, at=NOW)
        bench.psp(webhook_secrets=("old-secret", "new-secret")).verify_webhook(
            headers=sent.headers, body=sent.body, now=NOW
        )

    @pytest.mark.parametrize("secrets_", [(), ("",), ("another-secret",)])
    def test_other_secrets_or_none_are_refused(self, bench, secrets_):
        sent = bench.webhook(secret="first-secret", at=NOW)
        with pytest.raises(SignatureInvalidError):
            bench.psp(webhook_secrets=secrets_).verify_webhook(headers=sent.headers, body=sent.body, now=NOW)

    def test_a_changed_body_is_refused(self, bench):
        if not getattr(bench, "signs_body", True):
            pytest.skip("this provider signs nothing: what it says is read again")
        sent, psp = bench.webhook(secret="first-secret", at=NOW), bench.psp(webhook_secrets=("first-secret",))
        for body in (sent.body + b" ", sent.body[:-1], b""):
            with pytest.raises(SignatureInvalidError):
                psp.verify_webhook(headers=sent.headers, body=body, now=NOW)

    @pytest.mark.parametrize("hours", [-1, 80])
    def test_an_old_webhook_or_one_from_the_future_is_refused(self, bench, hours):
        if not bench.signs_time:
            pytest.skip("this provider's signature holds for ever")
        sent, psp = bench.webhook(secret="first-secret", at=NOW), bench.psp(webhook_secrets=("first-secret",))
        with pytest.raises(SignatureInvalidError):
            psp.verify_webhook(headers=sent.headers, body=sent.body, now=NOW + timedelta(hours=hours))

    def test_an_unsigned_webhook_is_refused(self, bench):
        sent, psp = bench.webhook(secret="first-secret", at=NOW), bench.psp(webhook_secrets=("first-secret",))
        with pytest.raises(SignatureInvalidError):
            psp.verify_webhook(headers={}, body=sent.body, now=NOW)

    @pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"\xff", b'{"id": 1, "type": 2}', b"[" * 100_000])
    def test_what_is_no_event_of_the_provider_is_unreadable(self, bench, body):
        with pytest.raises(WebhookUnreadableError):
            bench.psp().parse_webhook(headers={}, body=body)


class TestFacts:
    """What a read tells besides the outcome: enough to know whose payment it is, and what was wanted."""

    @pytest.mark.parametrize("token", ["ok", "insufficient_funds"])
    def test_a_read_names_our_attempt_the_transaction_and_the_amount_asked(self, bench, token):
        psp, request = bench.psp(), charge(bench.tokens[token])
        result = psp.create_payment(request)
        for ids in (
            {"psp_payment_id": result.psp_payment_id, "attempt_id": None},
            {"psp_payment_id": None, "attempt_id": request.attempt_id},
        ):
            facts = psp.retrieve_payment(**ids).facts
            assert (facts.attempt_id, facts.transaction_ref) == (request.attempt_id, request.transaction_ref)
            assert facts.asked == PRICE
            assert facts.created_at.tzinfo is not None
            assert facts.native_retry_at is None

    def test_a_paid_page_tells_the_same_of_its_payment(self, bench):
        psp, request = bench.psp(), checkout()
        page = psp.create_checkout(request)
        bench.pay(page)
        facts = psp.retrieve_payment(psp_payment_id=page.psp_payment_id, attempt_id=None).facts
        assert (facts.attempt_id, facts.transaction_ref) == (request.attempt_id, request.transaction_ref)
        assert facts.asked == PRICE

    def test_what_went_back_is_told(self, bench):
        psp, request = bench.psp(), charge(bench.tokens["ok"])
        paid = psp.create_payment(request)
        psp.refund(refund(paid.psp_payment_id, minor=2000))
        facts = psp.retrieve_payment(psp_payment_id=paid.psp_payment_id, attempt_id=None).facts
        assert facts.refunded == Money(2000, "INR")


def span_of(bench):
    """From long ago to far off, as far as the provider's list reaches (`Bench.list_span`, if it has one)."""
    return getattr(bench, "list_span", (LONG_AGO, FAR_OFF))


def pages(psp, *, since=LONG_AGO, until=FAR_OFF, limit=2):
    """Read a whole list, page by page."""
    cursor, found = None, []
    while True:
        page = psp.list_payments(since=since, until=until, cursor=cursor, limit=limit)
        assert (page.error_code, page.transient) == (None, False)
        assert len(page.items) <= limit
        found.append(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return found


class TestListing:
    def test_the_list_has_every_payment_once_declined_ones_too_as_a_read_tells_them(self, bench):
        psp = bench.psp()
        asked = [charge(bench.tokens[token]) for token in ("ok", "insufficient_funds", "ok", "ok", "lost")]
        made = [psp.create_payment(request) for request in asked]
        since, until = span_of(bench)
        found = pages(psp, since=since, until=until)
        listed = {item.psp_payment_id: item for page in found for item in page}
        assert sum(len(page) for page in found) == len(listed) == len(asked)
        assert len(found) > 1
        for request, result in zip(asked, made, strict=True):
            item = listed[result.psp_payment_id]
            assert item == psp.retrieve_payment(psp_payment_id=result.psp_payment_id, attempt_id=None)
            assert (item.outcome, item.money) == (result.outcome, result.money)
            assert (item.facts.attempt_id, item.facts.transaction_ref) == (request.attempt_id, request.transaction_ref)
            assert item.facts.asked == PRICE

    def test_only_what_was_made_in_the_window_is_listed(self, bench):
        psp = bench.psp()
        psp.create_payment(charge(bench.tokens["ok"]))
        since, until = span_of(bench)
        assert pages(psp, since=since, until=since + timedelta(days=1)) == [()]
        assert pages(psp, since=until - timedelta(days=1), until=until) == [()]
        assert [len(page) for page in pages(psp, since=since, until=until)] == [1]

    def test_an_account_without_payments_has_an_empty_list(self, bench):
        since, until = span_of(bench)
        assert pages(bench.psp(), since=since, until=until) == [()]

    def test_a_list_that_the_provider_refuses_says_why(self, bench):
        page = bench.psp_with_bad_credentials().list_payments(since=LONG_AGO, until=FAR_OFF, cursor=None, limit=10)
        assert (page.items, page.next_cursor) == ((), None)
        assert (page.error_code, page.transient) == (Problem.CREDENTIALS_INVALID, False)


class TestChecks:
    def test_nothing_is_missing_of_a_good_account(self, bench):
        assert bench.psp(webhook_secrets=("first-secret",)).check() == ()

    def test_a_missing_webhook_secret_is_found(self, bench):
        if bench.needs_webhook_secret:
            assert [one.code for one in bench.psp().check()] == [FindingCode.WEBHOOK_SECRET_MISSING]
        else:
            assert bench.psp().check() == ()

    def test_a_bad_key_is_found_and_explained(self, bench):
        found = {one.code: one.detail for one in bench.psp_with_bad_credentials().check()}
        assert FindingCode.KEY_INVALID in found
        assert all(found.values())


def test_every_status_has_a_meaning_and_a_strange_one_is_asked_again(bench):
    psp = bench.psp()
    assert psp.normalize_status(getattr(bench, "captured_word", "captured")) is PaymentStatus.CAPTURED
    assert psp.normalize_status("a word of next year") is PaymentStatus.PENDING
    assert psp.normalize_status("") is PaymentStatus.PENDING
