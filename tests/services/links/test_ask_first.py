"""Where the failed payment may have come through after all, its provider is asked before anybody pays again."""

from datetime import timedelta

import pytest

from app.domain.links.errors import LinkGoneError, StillCheckingError
from app.domain.money import Money
from app.domain.payments.port import Decline, Outcome, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from app.services.links.read import read_link_by_token
from app.services.payments.accounts import create_account

# Hard by its reason, while the network's code says that nobody knows: the payer is asked at once.
DOUBTFUL = {"failure_reason": "lost_card", "network_decline_code": "68", "psp_payment_id": "pay_old"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def old(engine, payer):
    """Return a function that reports the doubtful failure, with what the provider says of the payment."""

    def report(ref="order-1", *, status=None, **facts):
        if status is not None:
            charge = engine.psp._book(ref, "theirs", Money(5000, "INR"), None, status)
            charge.id = facts.get("psp_payment_id", DOUBTFUL["psp_payment_id"])
        engine.report(ref, **DOUBTFUL | facts)
        return payer.link(ref)

    return report


def looked_up(engine):
    return [call for call, _ in engine.payments.calls].count("retrieve_payment")


def test_a_payment_that_came_through_after_all_is_booked_and_nobody_pays(engine, payer, old):
    issued = old(status=PaymentStatus.CAPTURED)
    with pytest.raises(LinkGoneError) as gone:
        payer.open(issued.token)
    assert gone.value.code == "link_used"
    assert engine.psp.checkouts == {}
    assert (engine.recovery().status, engine.recovery().recovered_via) == ("recovered", "external")
    assert [(c.psp_payment_id, c.is_duplicate, c.status) for c in engine.charges()] == [("pay_old", False, "captured")]
    assert engine.story() == [("link", "cancelled", "")]
    assert ("paid_after_all", f"psp:{engine.account().account_id}") in engine.timeline()


@pytest.mark.parametrize("status", [PaymentStatus.DECLINED, PaymentStatus.CANCELLED, PaymentStatus.REQUIRES_ACTION])
def test_a_payment_that_certainly_failed_lets_the_payer_pay(engine, payer, old, status):
    issued = old(status=status)
    assert payer.open(issued.token).startswith("https://psp.test/")
    assert looked_up(engine) == 1
    assert engine.charges() == []


def test_a_payment_that_was_given_back_lets_the_payer_pay(engine, payer, old):
    issued = old(status=PaymentStatus.REFUNDED)
    assert payer.open(issued.token).startswith("https://psp.test/")
    assert engine.charges() == []


def test_a_payment_that_its_provider_does_not_know_lets_the_payer_pay(engine, payer, old):
    issued = old()
    assert payer.open(issued.token).startswith("https://psp.test/")
    assert looked_up(engine) == 1


def test_a_provider_that_has_no_adapter_cannot_be_asked(engine, payer, old):
    issued = old()
    engine.payments.strangers.add("sandbox")
    from app.domain.payments.errors import PspUnsupportedError

    with pytest.raises(PspUnsupportedError):
        payer.open(issued.token)
    assert engine.psp.checkouts == {}
    assert engine.story() == [("link", "scheduled", "")]


def test_a_payment_on_its_way_is_waited_for(engine, payer, old):
    issued = old(status=PaymentStatus.PENDING)
    with pytest.raises(StillCheckingError) as checking:
        payer.open(issued.token)
    assert checking.value.code == "still_checking"
    assert (engine.psp.checkouts, engine.story()) == ({}, [("link", "scheduled", "")])
    # The fake captures what is read a second time.
    with pytest.raises(LinkGoneError):
        payer.open(issued.token)
    assert engine.recovery().recovered_via == "external"


def test_a_provider_that_says_nothing_is_no_licence_to_pay_twice(engine, payer, old):
    issued = old(status=PaymentStatus.CAPTURED)
    engine.payments.defer(MINUTE)
    with pytest.raises(StillCheckingError):
        payer.open(issued.token)
    engine.payments.defer(None)
    engine.psp._credentials_valid = False
    with pytest.raises(StillCheckingError):
        payer.open(issued.token)
    assert (engine.psp.checkouts, engine.charges()) == ({}, [])


def test_a_payment_that_has_paid_for_something_else_is_left_to_a_person(engine, payer, old):
    first, second = old("order-1", status=PaymentStatus.CAPTURED), old("order-2")
    with pytest.raises(LinkGoneError):
        payer.open(first.token)
    with pytest.raises(StillCheckingError):
        payer.open(second.token)
    assert engine.recovery("order-2").needs_attention == "possibly_already_paid"
    assert engine.recovery("order-2").status == "open"
    assert (engine.charges("order-2"), engine.psp.checkouts) == ([], {})


def test_money_that_was_booked_meanwhile_is_not_booked_again(engine, payer, old):
    issued = old(status=PaymentStatus.CAPTURED)

    def booked_meanwhile(*_, **__):
        engine.payments.retrieve_payment = answer
        with pytest.raises(LinkGoneError):
            payer.open(issued.token)
        return answer()

    def answer(*_, **__):
        return PaymentResult(Outcome.SUCCEEDED, "pay_old", status=PaymentStatus.CAPTURED, money=Money(5000, "INR"))

    engine.payments.retrieve_payment = booked_meanwhile
    with pytest.raises(LinkGoneError):
        payer.open(issued.token)
    assert len(engine.charges()) == 1
    assert [what for what, _ in engine.timeline()].count("paid_after_all") == 1


def test_an_answer_without_an_id_or_amount_is_booked_by_what_was_asked_for(engine, payer, old):
    issued = old()
    engine.payments.retrieve_payment = lambda *_, **__: PaymentResult(Outcome.SUCCEEDED)
    with pytest.raises(LinkGoneError):
        payer.open(issued.token)
    assert [(c.psp_payment_id, c.amount) for c in engine.charges()] == [("pay_old", 5000)]


def test_a_failure_that_moved_no_money_for_certain_asks_nobody(engine, payer):
    engine.report(psp_payment_id="pay_old")
    payer.open(payer.link().token)
    assert looked_up(engine) == 0


def test_a_failure_without_a_payment_to_ask_for_asks_nobody(engine, payer, old):
    payer.open(old(psp_payment_id=None).token)
    assert looked_up(engine) == 0


def test_a_page_that_is_open_is_used_again_without_asking(engine, payer, old):
    issued = old(status=PaymentStatus.DECLINED)
    url = payer.open(issued.token)
    assert payer.open(issued.token) == url
    assert looked_up(engine) == 1


def test_the_page_knows_beforehand_that_it_will_ask(engine, old):
    issued = old(status=PaymentStatus.PENDING)
    with engine.begin() as session:
        opened = read_link_by_token(
            session, tokens=engine.container.link_tokens, token=issued.token, now=engine.clock.now()
        )
    assert opened.asks_first
    assert Problem.PENDING == "pending"


def test_a_charge_of_ours_is_looked_up_at_the_account_that_it_went_through(engine, payer):
    with engine.begin() as session:
        there = create_account(
            session,
            crypto=engine.container.crypto,
            organization_id=engine.organization_id,
            psp="stripe",
            label="Second",
            credentials={"secret_key": "sk_test_second"},
            webhook_secrets=("whsec_1",),
            now=engine.clock.now(),
        ).id
    method = {"type": "card", "token": "pm_sandbox_ok", "tokens": {there: "pm_there"}}
    engine.psp.script("pm_sandbox_ok", PaymentResult(Outcome.DECLINED, "pay_1", decline=Decline("do_not_honor")))
    unclear = Decline("payment_method_provider_timeout")
    engine.psp.script("pm_there", PaymentResult(Outcome.DECLINED, "pay_2", decline=unclear))
    engine.report(failure_reason="do_not_honor", payment_method=method)
    assert [engine.work_when_due().status for _ in range(2)] == ["declined"] * 2
    payer.open(payer.link("order-1").token)
    assert engine.payments.calls[-2:] == [("retrieve_payment", there), ("create_checkout", engine.account().account_id)]
