"""Payment links: opened once per key, and read by their id for as long as nobody paid."""

from datetime import timedelta

import httpx
import pytest

from app.domain.money import Money
from app.domain.payments.errors import CheckoutFailedError
from app.domain.payments.port import CheckoutRequest, Decline, Outcome, PaymentStatus
from app.domain.payments.problems import Problem
from tests.psp.razorpay.razorpay_far_side import NOTES, NOW, ORDER, PAYMENT, STAMP, FarSide, error, items, payment

URL = "https://rzp.test/i/abc"
NONE = {"payment_links": []}


def checkout(**changes):
    asked = {
        "attempt_id": "att_1",
        "transaction_ref": "order-7",
        "money": Money(5000, "INR"),
        "success_url": "https://shop.test/thanks",
        "cancel_url": "https://shop.test/basket",
        "expires_in": timedelta(minutes=30),
    }
    return CheckoutRequest(**{**asked, **changes})


def link(status="created", **changes):
    shown = {
        "id": "plink_1",
        "amount": 5000,
        "currency": "INR",
        "status": status,
        "reference_id": "att_1",
        "short_url": URL,
        "expire_by": STAMP + 1800,
        "notes": NOTES,
        "payments": None,
        "created_at": STAMP,
    }
    return {**shown, **changes}


def opening(**answers):
    far = FarSide()
    far["GET /payment_links"] = NONE
    far["POST /payment_links"] = lambda asked: link(
        expire_by=asked.body["expire_by"], reference_id=asked.body["reference_id"], amount=asked.body["amount"]
    )
    for call, answer in answers.items():
        far[f"{call} /payment_links"] = answer
    return far


class TestOpening:
    def test_a_link_asks_for_the_whole_amount_and_writes_to_nobody(self):
        far = opening()
        page = far.adapter().create_checkout(checkout())
        assert (page.psp_payment_id, page.url, page.expires_at) == ("plink_1", URL, NOW + timedelta(minutes=30))
        assert far.sent("POST /payment_links")[0].body == {
            "amount": 5000,
            "currency": "INR",
            "accept_partial": False,
            "reference_id": "att_1",
            "description": "order-7",
            "expire_by": STAMP + 1800,
            "notify": {"sms": False, "email": False},
            "reminder_enable": False,
            "notes": NOTES,
            "callback_url": "https://shop.test/thanks",
            "callback_method": "get",
        }

    @pytest.mark.parametrize(
        ("wanted", "given"),
        [
            (timedelta(seconds=1), timedelta(minutes=16)),
            (timedelta(minutes=17), timedelta(minutes=17)),
            (timedelta(days=400), timedelta(days=180)),
        ],
    )
    def test_its_life_is_as_long_as_razorpay_allows_by_razorpays_own_clock(self, wanted, given):
        far = opening()
        far.date = NOW + timedelta(hours=5)
        page = far.adapter().create_checkout(checkout(expires_in=wanted))
        assert page.expires_at == far.date + given

    def test_the_key_is_the_reference_and_the_attempt_is_in_the_notes(self):
        far = opening()
        far.adapter().create_checkout(checkout(key="chk_2"))
        sent = far.sent("POST /payment_links")[0].body
        assert (sent["reference_id"], sent["notes"]) == ("chk_2", NOTES)

    def test_the_link_of_a_key_is_found_and_not_opened_again(self):
        far = opening(GET={"payment_links": [link(reference_id="att_12"), link(id="plink_9")]})
        assert far.adapter().create_checkout(checkout()).psp_payment_id == "plink_9"
        assert far.calls == ["GET /payment_links"]

    @pytest.mark.parametrize(
        "said", ["payment link creation with reference ID already attempted", "reference_id (att_1) already exists"]
    )
    def test_a_link_that_another_call_opened_meanwhile_is_found(self, said):
        far = opening(GET=[NONE, {"payment_links": [link()]}], POST=(400, error(said)))
        assert far.adapter().create_checkout(checkout()).psp_payment_id == "plink_1"

    @pytest.mark.parametrize(
        ("answers", "problem", "transient"),
        [
            ({"GET": (401, error("Authentication failed"))}, Problem.CREDENTIALS_INVALID, False),
            ({"GET": httpx.ReadTimeout("slow")}, Problem.TIMEOUT, True),
            ({"GET": (200, {"items": []})}, Problem.MALFORMED_REPLY, True),
            ({"POST": (400, error("wrong input fields sent."))}, Problem.REQUEST_INVALID, False),
            ({"POST": (429, error("slow down"))}, Problem.RATE_LIMITED, True),
            ({"POST": (500, b"")}, Problem.PROVIDER_ERROR, True),
            ({"POST": link(short_url=None)}, Problem.MALFORMED_REPLY, True),
            ({"POST": link(short_url="javascript:alert(1)")}, Problem.MALFORMED_REPLY, True),
            ({"GET": {"payment_links": [link(amount=1)]}}, Problem.IDEMPOTENCY_CONFLICT, False),
        ],
    )
    def test_without_a_link_the_reason_is_said(self, answers, problem, transient):
        with pytest.raises(CheckoutFailedError) as caught:
            opening(**answers).adapter().create_checkout(checkout())
        assert (caught.value.problem, caught.value.transient) == (problem, transient)

    def test_without_razorpays_time_no_expiry_can_be_said(self):
        far = opening()
        far.date = None
        with pytest.raises(CheckoutFailedError):
            far.adapter().create_checkout(checkout())
        assert far.sent("POST /payment_links") == []

    @pytest.mark.parametrize("wrong", [{"money": Money(295_991, "KWD")}, {"key": "k" * 41}])
    def test_what_razorpay_could_not_do_is_refused_unasked(self, wrong):
        far = FarSide()
        with pytest.raises(CheckoutFailedError) as caught:
            far.adapter().create_checkout(checkout(**wrong))
        assert (caught.value.problem, far.asked) == (Problem.REQUEST_INVALID, [])


class TestReading:
    def read(self, far, link_id="plink_1"):
        return far.adapter().retrieve_payment(psp_payment_id=link_id, attempt_id=None)

    def test_an_open_link_waits_for_the_payer_though_a_try_failed(self):
        far = FarSide()
        far["GET /payment_links/plink_1"] = link(order_id=ORDER)
        found = self.read(far)
        assert (found.outcome, found.status, found.psp_payment_id) == (
            Outcome.REQUIRES_ACTION,
            PaymentStatus.REQUIRES_ACTION,
            "plink_1",
        )
        assert (found.facts.attempt_id, found.facts.transaction_ref) == ("att_1", "order-7")
        assert found.facts.asked == Money(5000, "INR")

    def test_a_paid_link_reads_as_its_payment_with_the_links_notes(self):
        far = FarSide()
        far["GET /payment_links/plink_1"] = link("paid", payments=[{"payment_id": PAYMENT, "status": "captured"}])
        far[f"GET /payments/{PAYMENT}"] = payment(notes=[])
        found = self.read(far)
        assert (found.outcome, found.psp_payment_id, found.facts.attempt_id) == (Outcome.SUCCEEDED, PAYMENT, "att_1")

    @pytest.mark.parametrize(
        ("status", "code"), [("expired", "payment_session_expired"), ("cancelled", "payment_cancelled")]
    )
    def test_a_link_that_ended_unpaid_says_so(self, status, code):
        far = FarSide()
        far["GET /payment_links/plink_1"] = link(status)
        found = self.read(far)
        assert (found.outcome, found.status, found.decline.code) == (Outcome.DECLINED, PaymentStatus.CANCELLED, code)
        assert isinstance(found.decline, Decline)

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [("captured", Outcome.SUCCEEDED), ("created", Outcome.UNKNOWN), ("failed", Outcome.DECLINED)],
    )
    def test_what_was_begun_before_the_end_still_counts(self, status, outcome):
        far = FarSide()
        far["GET /payment_links/plink_1"] = link("expired", order_id=ORDER)
        far[f"GET /orders/{ORDER}/payments"] = items(payment(status))
        assert self.read(far).outcome is outcome

    @pytest.mark.parametrize(
        "broken", [{"status": None}, {"id": None}, {"status": "paid"}, {"status": "paid", "payments": []}]
    )
    def test_a_link_without_id_status_or_payment_is_unknown(self, broken):
        far = FarSide()
        far["GET /payment_links/plink_1"] = link(**broken)
        found = self.read(far)
        assert (found.outcome, found.error_code) == (Outcome.UNKNOWN, Problem.MALFORMED_REPLY)

    def test_an_attempts_link_is_found_by_its_reference_and_an_open_one_outlives_a_failed_try(self):
        far = FarSide()
        far["GET /orders"] = items({"id": ORDER, "receipt": "att_1"})
        far[f"GET /orders/{ORDER}/payments"] = items(payment("failed"))
        far["GET /payment_links"] = {"payment_links": [link()]}
        found = far.adapter().retrieve_payment(psp_payment_id=None, attempt_id="att_1")
        assert (found.outcome, found.psp_payment_id) == (Outcome.REQUIRES_ACTION, "plink_1")
