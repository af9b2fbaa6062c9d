"""Every sample of a provider's webhook gives the right recovery, through the real adapter; strange ones do no harm."""

import copy
import json
from contextlib import suppress

import pytest

from app.domain.payments.errors import WebhookUnreadableError
from app.services.payments.accounts import create_account
from app.services.psp_events import PaymentUnreadableError, process_event, receive_event
from tests.services.psp_events.inbound import events, failures, transactions
from tests.services.psp_events.sample_far_side import CREDENTIALS, PAYLOADS, far_side, sample

PI = "pi_1a2B3c4D5e6F7g8H9i0JkLmN"
FAILURES = {
    # sample: (reference, amount, code, category, hardness, first step)
    "paymongo.payment.failed.card_generic_decline": (
        PI,
        (10000, "PHP"),
        "generic_decline",
        "issuer_decline",
        "soft",
        "link",
    ),
    "paymongo.payment.failed.card_insufficient_funds": (
        PI,
        (10000, "PHP"),
        "insufficient_funds",
        "funds",
        "soft",
        "link",
    ),
    "paymongo.payment.failed.gcash": (PI, (10000, "PHP"), "payment_refused", "issuer_decline", "soft", "link"),
    "paypal.BILLING.SUBSCRIPTION.PAYMENT.FAILED": (
        "I-BW452GLLEP1G:c4",
        (1000, "USD"),
        "subscription:PAYER_CANNOT_PAY",
        "issuer_decline",
        "soft",
        "link",
    ),
    "paypal.BILLING.SUBSCRIPTION.SUSPENDED": (
        "I-BW452GLLEP1G:c1",
        (1000, "USD"),
        "subscription:PAYMENT_DENIED",
        "issuer_decline",
        "soft",
        "link",
    ),
    "razorpay.payment.failed.card_gateway_technical": (
        "pay_C000000000003A",
        (49900, "INR"),
        "gateway_technical_error",
        "network",
        "soft",
        "charge",
    ),
    "razorpay.payment.failed.upi_insufficient_funds": (
        "pay_C000000000001A",
        (49900, "INR"),
        "upi:insufficient_funds",
        "funds",
        "soft",
        "charge",
    ),
    "razorpay.payment.failed.upi_payment_timed_out": (
        "pay_C000000000002A",
        (49900, "INR"),
        "upi:payment_timed_out",
        "upi_pending",
        "soft",
        "charge",
    ),
    "stripe.payment_intent.payment_failed.authentication_required": (
        "pi_3PXYZ",
        (2000, "USD"),
        "authentication_required",
        "auth_timeout",
        "soft",
        "link",
    ),
    "stripe.payment_intent.payment_failed.expired_card": (
        "pi_3PXYZ",
        (2000, "USD"),
        "expired_card",
        "issuer_decline",
        "hard",
        "link",
    ),
    "stripe.payment_intent.payment_failed.insufficient_funds": (
        "pi_3PXYZ",
        (2000, "USD"),
        "insufficient_funds",
        "funds",
        "soft",
        "charge",
    ),
    "stripe.payment_intent.payment_failed.lost_card": (
        "pi_3PXYZ",
        (2000, "USD"),
        "lost_card",
        "issuer_decline",
        "hard",
        "link",
    ),
    "stripe.payment_intent.payment_failed.mc_mac25": (
        "pi_3PXYZ",
        (2000, "USD"),
        "generic_decline",
        "issuer_decline",
        "hard",
        "link",
    ),
    "xendit.v2.payment.failed": (
        "pr-3fdaf346-dd2e-4b6c-b938-124c7167a822",
        (1_000_000, "PHP"),
        "INSUFFICIENT_BALANCE",
        "funds",
        "soft",
        "charge",
    ),
    "xendit.v3.payment.failure.network_advice": (
        "pr-2fdaf346-dd2e-4b6c-b938-124c7167a822",
        (15_000_000, "IDR"),
        "CARD_DECLINED",
        "funds",
        "soft",
        "charge",
    ),
}
SUCCESSES = {
    "paymongo.payment.paid": (PI, 10000, "PHP"),
    "xendit.v2.payment.succeeded": ("pr-4fdaf346-dd2e-4b6c-b938-124c7167a822", 1_000_000, "PHP"),
}
ONE_EACH = (
    "paymongo.payment.failed.gcash",
    "paypal.BILLING.SUBSCRIPTION.PAYMENT.FAILED",
    "razorpay.payment.failed.upi_insufficient_funds",
    "stripe.payment_intent.payment_failed.insufficient_funds",
    "xendit.v3.payment.failure.network_advice",
)
# A page that ran out is no failure of anybody's money; a source can be charged; what was given back needs nobody.
QUIET = ("paymongo.payment.refunded", "paymongo.source.chargeable", "xendit.invoice.callback.expired")
# The answer to a call, not a webhook: tests/psp/paypal has it.
NO_WEBHOOK = ("paypal.orders_v2_capture.201_processor_declined",)


def hear(engine, psp, body, *, knows=None):
    """Take a webhook in for a new account at that provider, and process it."""
    parts = {"crypto": engine.container.crypto}
    with engine.begin() as session:
        account_id = create_account(
            session,
            **parts,
            organization_id=engine.organization_id,
            psp=psp,
            label=psp,
            credentials=CREDENTIALS[psp],
            webhook_secrets=("secret",),
            now=engine.clock.now(),
        ).id
    where = {"psp": psp, "account_id": account_id, "headers": {}, "body": json.dumps(body).encode()}
    with far_side(psp, knows or body) as payments:
        with engine.begin() as session:
            receive_event(session, payments=payments, **parts, **where, now=engine.clock.now())
        event_id = events(engine)[-1].id
        process_event(engine.begin, payments=payments, **parts, clock=engine.clock, psp_event_id=event_id)
    return events(engine)[-1]


def psp_of(name):
    return name.split(".")[0]


def test_every_sample_is_expected_to_do_something():
    names = {path.name.removesuffix(".constructed.json") for path in PAYLOADS.glob("*.json")}
    assert names == {*FAILURES, *SUCCESSES, *QUIET, *NO_WEBHOOK}


@pytest.mark.parametrize("name", sorted(FAILURES))
def test_a_failure_opens_the_right_recovery_once(engine, name):
    reference, (amount, currency), code, category, hardness, step = FAILURES[name]
    body = sample(name)
    assert hear(engine, psp_of(name), body).status == "processed"
    (transaction,) = transactions(engine)
    assert (transaction.transaction_ref, transaction.amount, transaction.currency) == (reference, amount, currency)
    assert transaction.gateway == psp_of(name)
    assert failures(engine) == [(code, reference)]
    recovery = engine.recovery(reference)
    assert (recovery.status, recovery.category, recovery.hardness) == ("open", category, hardness)
    assert engine.story(reference) == [(step, "scheduled", "")]


@pytest.mark.parametrize("name", sorted(SUCCESSES))
def test_a_success_closes_the_recovery_of_its_payment(engine, name):
    psp_payment_id, amount, currency = SUCCESSES[name]
    engine.report(psp_payment_id=psp_payment_id, amount=amount, currency=currency, gateway=psp_of(name))
    assert hear(engine, psp_of(name), sample(name)).status == "processed"
    assert (engine.recovery().status, engine.recovery().recovered_via) == ("recovered", "external")
    assert [(charge.amount, charge.psp_payment_id) for charge in engine.charges()] == [(amount, psp_payment_id)]


@pytest.mark.parametrize("name", [*sorted(SUCCESSES), *QUIET])
def test_what_is_about_nothing_of_ours_is_kept_and_changes_nothing(engine, name):
    event = hear(engine, psp_of(name), sample(name))
    assert event.status == "ignored"
    assert json.loads(event.body) == sample(name)
    assert transactions(engine) == []


def spoilt(body, path=()):
    """Yield copies of a body with one value in it made strange."""
    for key in list(body) if isinstance(body, dict) else range(len(body)):
        here = (*path, key)
        yield here
        if isinstance(body[key], dict | list):
            yield from spoilt(body[key], here)


@pytest.mark.parametrize("strange", [None, [], {}, "", -1, "☃", [[]]])
@pytest.mark.parametrize("name", ONE_EACH)
def test_a_shape_that_nobody_knows_is_kept_or_refused_and_never_a_crash(engine, name, strange):
    original = sample(name)
    for path in list(spoilt(original))[:60:4]:
        body = copy.deepcopy(original)
        place = body
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = strange
        with suppress(WebhookUnreadableError, PaymentUnreadableError):
            hear(engine, psp_of(name), body, knows=original)
    assert len(transactions(engine)) <= 1
    assert {code for code, _ in failures(engine)} <= {FAILURES[name][2]}
