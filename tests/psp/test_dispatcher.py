"""The dispatcher calls the right provider at most once, and not at all while its guard says no."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.money import Money
from app.domain.payments.breaker import Breaker, BreakerRules, Permission, permit, record
from app.domain.payments.errors import CallDeferredError, CheckoutFailedError, PspUnsupportedError
from app.domain.payments.port import (
    ChargeRequest,
    CheckoutRequest,
    Credentials,
    Outcome,
    PaymentMethod,
    PaymentResult,
    PaymentsPort,
    RefundRequest,
)
from app.domain.payments.problems import Problem
from app.psp.dispatcher import Dispatcher
from app.psp.guard import Guard, Lane, Limits
from app.psp.provider import Adapters, ProviderSettings
from app.psp.registry import Registry, build_registry
from tests.fakes.psp import FakePsp

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RULES = BreakerRules(minimum_volume=3)
TIMED_OUT = PaymentResult(Outcome.UNKNOWN, error_code=Problem.TIMEOUT)
LIMITED = PaymentResult(Outcome.ERROR, error_code=Problem.RATE_LIMITED, transient=True)
DECLINED = PaymentResult(Outcome.DECLINED)


class MemoryBreakers:
    def __init__(self):
        self.kept, self.times = {}, []

    def permit(self, key, *, rules, now) -> Permission:
        answer = permit(self.kept.get(str(key), Breaker()), rules=rules, now=now)
        self.kept[str(key)] = answer.breaker
        return answer

    def record(self, key, *, failed, probe, rules, now):
        self.times.append(now)
        self.kept[str(key)] = record(self.kept[str(key)], failed=failed, probe=probe, rules=rules, now=now)


class Limiter:
    def __init__(self, wait=None):
        self.wait, self.taken = wait, []

    def take(self, key, *, limit, per, cost=1, now):
        assert now.tzinfo is UTC
        self.taken.append((key, limit, per, cost))
        return self.wait


class World:
    def __init__(self, *, wait=None):
        self.psp, self.breakers, self.limiter, self.closed = FakePsp(now=NOW), MemoryBreakers(), Limiter(wait), []
        self.registry = Registry({"fake": Adapters(lambda _: self.psp, lambda: self.closed.append("fake"))})
        self.dispatcher: PaymentsPort = Dispatcher(
            registry=self.registry,
            breakers=self.breakers,
            rate_limiter=self.limiter,
            limits=Limits(breaker=RULES),
        )

    def charge(self, token="pm_sandbox_ok", *, now=NOW, account="psp_1"):
        number = len(self.psp.charges)
        request = ChargeRequest(f"att_{number}", f"order-{number}", Money(100, "INR"), PaymentMethod(token=token))
        return self.dispatcher.create_payment(credentials(account), request, now=now)

    def fail(self, result=TIMED_OUT, times=3):
        self.psp.script("pm_bad", *[result] * times)
        for _ in range(times):
            self.charge("pm_bad")

    def look(self, now=NOW):
        return self.dispatcher.retrieve_payment(credentials(), psp_payment_id=None, attempt_id="att_0", now=now)


def credentials(account="psp_1", psp="fake"):
    return Credentials(account_id=account, psp=psp, live=False, secrets={})


def page():
    return CheckoutRequest("att_p", "o", Money(1, "INR"), "https://a.test", "https://b.test", timedelta(minutes=5))


def test_calls_reach_the_accounts_provider_and_take_from_its_rate():
    world = World()
    assert world.charge().outcome is Outcome.SUCCEEDED
    assert world.look().outcome is Outcome.SUCCEEDED
    assert world.limiter.taken == [("psp:fake:psp_1", 25, timedelta(seconds=1), 1)] * 2


def test_an_account_whose_rate_is_used_up_is_not_called_nor_its_breaker_asked():
    world = World(wait=timedelta(milliseconds=40))
    with pytest.raises(CallDeferredError) as caught:
        world.charge()
    assert caught.value.retry_after == timedelta(milliseconds=40)
    assert (world.psp.charges, world.breakers.kept) == ([], {})


def test_an_open_breaker_defers_charges_refunds_and_checkouts_without_calling():
    world = World()
    world.fail()
    refund = RefundRequest("ref_1", "pay_1", Money(1, "INR"))
    for call in (
        world.charge,
        lambda: world.dispatcher.refund(credentials(), refund, now=NOW),
        lambda: world.dispatcher.create_checkout(credentials(), page(), now=NOW),
    ):
        with pytest.raises(CallDeferredError) as caught:
            call()
        assert timedelta(seconds=30) <= caught.value.retry_after < timedelta(seconds=31)
    assert (world.psp.charges, world.psp.checkouts) == ([], {})


def test_look_ups_pass_while_charges_are_stopped_and_have_a_breaker_of_their_own():
    world = World()
    world.fail()
    assert world.look() is None
    assert sorted(world.breakers.kept) == ["fake:psp_1:calls", "fake:psp_1:reads"]


def test_another_account_is_not_stopped():
    world = World()
    world.fail()
    assert world.charge(account="psp_2").outcome is Outcome.SUCCEEDED


def test_a_probe_that_went_well_lets_calls_pass_again():
    world = World()
    world.fail()
    assert world.charge(now=NOW + timedelta(seconds=40)).outcome is Outcome.SUCCEEDED
    assert world.charge().outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("harmless", [LIMITED, DECLINED])
def test_declines_and_limits_never_open_the_breaker(harmless):
    world = World()
    world.fail(harmless, times=20)
    assert world.charge().outcome is Outcome.SUCCEEDED


def test_a_checkout_that_failed_counts_only_if_the_provider_is_to_blame():
    world = World()
    for problem in (Problem.CREDENTIALS_INVALID, Problem.TIMEOUT):
        error = CheckoutFailedError("no", retry_after=timedelta(seconds=1), problem=problem)

        def fails(_, error=error):
            raise error

        world.psp.create_checkout = fails
        with pytest.raises(CheckoutFailedError):
            world.dispatcher.create_checkout(credentials(), page(), now=NOW)
    kept = world.breakers.kept["fake:psp_1:calls"]
    assert (kept.calls, kept.failures) == (2, 1)


def test_a_checkout_that_opened_counts_as_health():
    world = World()
    assert world.dispatcher.create_checkout(credentials(), page(), now=NOW).psp_payment_id == "cs_1"
    kept = world.breakers.kept["fake:psp_1:calls"]
    assert (kept.calls, kept.failures) == (1, 0)


def test_a_crash_in_the_adapter_counts_and_is_passed_on():
    world = World()

    def crash(_):
        raise RuntimeError("a bug")

    world.psp.after_booking = crash
    with pytest.raises(RuntimeError, match="a bug"):
        world.charge()
    assert world.breakers.kept["fake:psp_1:calls"].failures == 1


def test_the_breaker_is_told_when_the_call_ended_not_when_it_began():
    breakers, ticks = MemoryBreakers(), iter([100.0, 107.5])
    guard = Guard(breakers=breakers, rate_limiter=Limiter(), limits=Limits(), monotonic=lambda: next(ticks))
    guard.run(credentials(), Lane.CALLS, lambda: DECLINED, now=NOW)
    assert breakers.times == [NOW + timedelta(seconds=7.5)]


def test_refunds_and_webhooks_reach_the_provider_too():
    world = World()
    world.charge()
    result = world.dispatcher.refund(credentials(), RefundRequest("ref_1", "pay_1", Money(100, "INR")), now=NOW)
    assert result.outcome is Outcome.SUCCEEDED
    world.psp = FakePsp(webhook_secrets=("s",), now=NOW)
    charge = world.psp._book("order-1", "att_1", Money(1, "INR"), "pm", world.psp.normalize_status("captured"))
    body = world.psp.event(charge)
    headers = world.psp.sign(body, secret="s", at=NOW)
    world.dispatcher.verify_webhook(credentials(), headers=headers, body=body, now=NOW)
    assert world.dispatcher.parse_webhook(credentials(), headers=headers, body=body).transaction_ref == "order-1"


def test_a_provider_without_an_adapter_is_refused():
    world = World()
    with pytest.raises(PspUnsupportedError, match="'acme'"):
        world.dispatcher.retrieve_payment(credentials(psp="acme"), psp_payment_id="x", attempt_id=None, now=NOW)


def test_the_registry_builds_what_it_is_told_to_and_closes_it():
    registry = build_registry({"sandbox": ProviderSettings(api_base="http://127.0.0.1:1")})
    assert registry.codes() == {"sandbox"}
    registry.close()
    with pytest.raises(PspUnsupportedError, match="'acme'"):
        build_registry({"acme": ProviderSettings(api_base="http://127.0.0.1:1")})
    world = World()
    world.registry.close()
    assert world.closed == ["fake"]
