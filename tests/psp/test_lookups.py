"""The provider's id counts before ours, and nothing is never an answer to nothing."""

import pytest

from app.domain.payments.port import Outcome, PaymentResult
from app.psp.lookups import look_up

BY_ID = PaymentResult(Outcome.UNKNOWN, psp_payment_id="pay_1")
BY_ATTEMPT = PaymentResult(Outcome.UNKNOWN, psp_payment_id="pay_2")


def looked_up(psp_payment_id, attempt_id, *, known=BY_ID):
    asked = []

    def read(answer):
        return lambda name: asked.append(name) or answer

    found = look_up(
        psp_payment_id=psp_payment_id, attempt_id=attempt_id, by_id=read(known), by_attempt=read(BY_ATTEMPT)
    )
    return found, asked


def test_what_the_providers_id_finds_is_the_answer_and_nothing_else_is_asked():
    assert looked_up("pay_1", "atm_1") == (BY_ID, ["pay_1"])


def test_an_id_that_the_provider_does_not_know_leads_to_the_attempt():
    assert looked_up("pay_1", "atm_1", known=None) == (BY_ATTEMPT, ["pay_1", "atm_1"])
    assert looked_up(None, "atm_1") == (BY_ATTEMPT, ["atm_1"])
    assert looked_up("pay_1", None, known=None) == (None, ["pay_1"])


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_look_up_by_nothing_is_a_mistake_of_ours(nothing):
    with pytest.raises(ValueError, match="the provider's id or ours"):
        looked_up(nothing, nothing)
