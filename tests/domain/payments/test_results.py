"""What statuses mean for money, and what results say of a provider's health."""

import pytest

from app.domain.payments.errors import CallDeferredError, CheckoutFailedError
from app.domain.payments.outcomes import OUTCOME_OF
from app.domain.payments.port import Credentials, Outcome, PaymentResult, PaymentStatus, RefundResult
from app.domain.payments.problems import UNHEALTHY, Problem, shows_ill_health


def test_every_status_has_an_outcome_and_what_was_given_back_had_succeeded():
    assert set(OUTCOME_OF) == set(PaymentStatus)
    assert OUTCOME_OF[PaymentStatus.REFUNDED] is Outcome.SUCCEEDED
    assert OUTCOME_OF[PaymentStatus.PENDING] is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "result",
    [
        None,
        PaymentResult(Outcome.SUCCEEDED),
        PaymentResult(Outcome.DECLINED),
        PaymentResult(Outcome.REQUIRES_ACTION),
        PaymentResult(Outcome.ERROR, error_code=Problem.RATE_LIMITED, transient=True),
        PaymentResult(Outcome.ERROR, error_code=Problem.CREDENTIALS_INVALID),
        PaymentResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID),
        PaymentResult(Outcome.UNKNOWN, error_code=Problem.PENDING),
        PaymentResult(Outcome.UNKNOWN, error_code=Problem.IN_PROGRESS),
        RefundResult(Outcome.SUCCEEDED),
    ],
)
def test_a_verdict_a_limit_or_our_mistake_does_not_speak_against_the_provider(result):
    assert shows_ill_health(result) is False


@pytest.mark.parametrize("problem", sorted(UNHEALTHY))
def test_trouble_of_the_provider_does(problem):
    assert shows_ill_health(PaymentResult(Outcome.UNKNOWN, error_code=problem)) is True
    assert shows_ill_health(RefundResult(Outcome.ERROR, error_code=problem, transient=True)) is True


def test_secrets_of_an_account_are_not_shown():
    credentials = Credentials("psp_1", "stripe", live=True, secrets={"secret_key": "sk_x"}, webhook_secrets=("wh_x",))
    assert "sk_x" not in repr(credentials)
    assert "wh_x" not in repr(credentials)


def test_a_checkout_that_failed_says_when_to_come_back_and_why():
    from datetime import timedelta

    error = CheckoutFailedError("no", retry_after=timedelta(seconds=5), problem=Problem.TIMEOUT)
    assert (error.code, error.retry_after, error.problem, error.transient) == (
        "checkout_failed",
        timedelta(seconds=5),
        Problem.TIMEOUT,
        True,
    )
    assert CallDeferredError("later", retry_after=timedelta(seconds=1)).code == "psp_deferred"
