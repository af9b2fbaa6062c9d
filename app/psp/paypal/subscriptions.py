"""PayPal's subscriptions: each billing cycle is one payment, called `<subscription id>:c<number>`.

A subscription tells only of its newest failure and its newest payment; PayPal tries a failed cycle
again by itself, every five days and twice at most.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.domain.payments.facts import CustomerFacts, MethodFacts, PaymentFacts
from app.domain.payments.port import Outcome, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from app.psp.lenient import dict_of, iso_time, list_of, text_of
from app.psp.paypal.declines import decline_of_cycle
from app.psp.paypal.people import name_of
from app.psp.paypal.shapes import count_of
from app.psp.paypal.units import money_of

CYCLE_ID: Final = re.compile(r"(I-[A-Z0-9]{8,24})(?::c([0-9]{1,5}))?")
_RUNS: Final = "ACTIVE"


def payment_of_cycle(raw: Mapping[str, Any], *, subscription_id: str, cycle: int | None) -> PaymentResult:
    """Read a cycle's payment, the newest if `cycle` is None: captured, declined, or nothing said of it yet."""
    billing = dict_of(raw.get("billing_info"))
    failed, last = dict_of(billing.get("last_failed_payment")), dict_of(billing.get("last_payment"))
    done = sum(count_of(dict_of(one).get("cycles_completed")) for one in list_of(billing.get("cycle_executions")))
    failing = _is_newer(iso_time(failed.get("time")), iso_time(last.get("time"))) and bool(failed)
    number = cycle or (done + 1 if failing or not last else done)
    psp_payment_id = f"{subscription_id}:c{number}"
    asked = money_of((failed if number > done else last).get("amount"))
    facts = _facts(raw, failed if number > done else last)
    if number <= done and asked is not None:
        return PaymentResult(Outcome.SUCCEEDED, psp_payment_id, PaymentStatus.CAPTURED, asked, facts=facts)
    if failing and number == done + 1:
        decline = decline_of_cycle(failed)
        return PaymentResult(Outcome.DECLINED, psp_payment_id, PaymentStatus.DECLINED, decline=decline, facts=facts)
    return PaymentResult(
        Outcome.UNKNOWN, psp_payment_id, PaymentStatus.PENDING, error_code=Problem.PENDING, facts=facts
    )


def _is_newer(failed_at: datetime | None, paid_at: datetime | None) -> bool:
    return paid_at is None or (failed_at is not None and failed_at > paid_at)


def _facts(raw: Mapping[str, Any], payment: Mapping[str, Any]) -> PaymentFacts:
    subscriber = dict_of(raw.get("subscriber"))
    retry_at = iso_time(payment.get("next_payment_retry_time")) if text_of(raw.get("status")) == _RUNS else None
    return PaymentFacts(
        asked=money_of(payment.get("amount")),
        # No `transaction_ref`: the merchant's `custom_id` names the subscription, and would make all cycles one.
        created_at=iso_time(payment.get("time")),
        method=MethodFacts(type="paypal", psp_customer_id=text_of(subscriber.get("payer_id"))),
        customer=CustomerFacts(email=text_of(subscriber.get("email_address")), name=name_of(subscriber.get("name"))),
        native_retry_at=retry_at,
    )
