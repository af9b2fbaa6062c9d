"""Whatever the far side says in JSON: the adapter raises nothing, and nonsense is neither money nor "none"."""

import json
from contextlib import suppress
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.money import Money
from app.domain.payments.errors import CheckoutFailedError
from app.domain.payments.port import CheckoutRequest, Outcome, RefundRequest
from app.psp.razorpay import webhook
from tests.psp.razorpay.razorpay_far_side import NOW, ORDER, PAYMENT, FarSide, error, items, order, payment, request

TELLING = [payment(), payment("failed"), order(), items(), items(order()), items(payment()), error("does not exist")]
FIELDS = sorted({name for each in TELLING for name in each} | {"payments", "payment_links", "reference_id", "event"})
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["captured", "paid", "failed", "INR", PAYMENT, ORDER, "att_1", *TELLING])
)
NONSENSE = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=6,
)
STATUSES = st.sampled_from([200, 302, 400, 401, 404, 409, 429, 500])
PAGE = CheckoutRequest("att_1", "order-7", Money(5000, "INR"), "https://a.test", "https://b.test", timedelta(hours=1))


class Babbler(FarSide):
    """Answers everything that nobody said an answer to with the same."""

    def __init__(self, status, body):
        super().__init__()
        self.said = (status, body)

    def answer(self, request):
        self.answers.setdefault(f"{request.method} {request.url.path.removeprefix('/v1')}", [self.said])
        return super().answer(request)


@given(STATUSES, NONSENSE)
@settings(max_examples=80, deadline=None)
def test_nonsense_is_neither_money_nor_none(status, body):
    adapter = Babbler(status, body).adapter(webhook_secrets=("s",))
    said = json.dumps(body)
    made = adapter.create_payment(request())
    assert made.outcome is not Outcome.SUCCEEDED or '"captured"' in said
    for name in (PAYMENT, ORDER, "plink_1", "inv_1", "sub_1"):
        read = adapter.retrieve_payment(psp_payment_id=name, attempt_id=None)
        assert read is not None or "does not exist" in said or '"items": [' in said or '"id": "' in said
        assert read is None or read.outcome is not Outcome.SUCCEEDED or '"captured"' in said
    assert adapter.refund(RefundRequest("ref_0123456789", PAYMENT, Money(5000, "INR"))).outcome
    page = adapter.list_payments(since=NOW, until=NOW + timedelta(days=1), cursor=None, limit=5)
    assert page.error_code is not None or '"items": [' in said
    assert isinstance(adapter.check(), tuple)
    with suppress(CheckoutFailedError):
        adapter.create_checkout(PAGE)


@given(st.dictionaries(st.sampled_from(["payment", "order", "dispute", "payment_link"]), NONSENSE))
@settings(max_examples=80, deadline=None)
def test_a_webhooks_payload_of_any_shape_is_read(payload):
    for word in ("payment.failed", "payment.dispute.closed"):
        body = json.dumps({"event": word, "payload": payload}).encode()
        assert webhook.parse(headers={}, body=body).type == word
        entities = {name: {"entity": each} for name, each in payload.items()}
        body = json.dumps({"event": word, "payload": entities}).encode()
        assert webhook.parse(headers={}, body=body).type == word


@given(st.dictionaries(st.sampled_from(sorted(payment())), NONSENSE, max_size=3))
@settings(max_examples=80, deadline=None)
def test_a_payment_with_broken_fields_is_never_another_amount_than_it_says(broken):
    far = Babbler(200, order())
    said = payment(**broken)
    far[f"GET /payments/{PAYMENT}"] = said
    found = far.adapter().retrieve_payment(psp_payment_id=PAYMENT, attempt_id=None)
    assert found.money is None or found.money.minor == int(said["amount"])
