"""A payment goes through its own provider; only a test organization falls back on the sandbox."""

import pytest

from app.domain.payments.errors import NoPspAccountError
from app.domain.payments.routing import AccountFacts, choose_account


def account(id_, psp="stripe", *, priority=100, live=True, enabled=True):
    return AccountFacts(id=id_, psp=psp, priority=priority, live=live, enabled=enabled)


def chosen(*accounts, gateway="stripe", live=True):
    return choose_account(accounts, gateway=gateway, live=live).id


def test_the_transactions_own_provider_is_chosen():
    assert chosen(account("a", "razorpay", priority=1), account("b", "stripe", priority=9)) == "b"


def test_gateway_names_in_any_case_are_understood():
    assert chosen(account("a", "stripe"), gateway="  Stripe ") == "a"


def test_of_several_accounts_the_smallest_priority_goes_first_and_then_the_oldest():
    accounts = account("c", priority=5), account("b", priority=1), account("a", priority=5), account("d", priority=1)
    assert chosen(*accounts) == "b"


def test_a_disabled_account_is_passed_over():
    assert chosen(account("a", priority=1, enabled=False), account("b", priority=2)) == "b"


def test_a_test_organization_prefers_its_own_account_to_the_sandbox():
    accounts = account("box", "sandbox", priority=0, live=False), account("a", "stripe", priority=9, live=False)
    assert chosen(*accounts, live=False) == "a"


def test_a_test_organization_falls_back_on_the_sandbox():
    assert chosen(account("box", "sandbox", live=False), gateway="stripe", live=False) == "box"


@pytest.mark.parametrize("gateway", ["stripe", "sandbox"])
def test_a_live_organization_never_gets_a_sandbox(gateway):
    accounts = account("box", "sandbox", live=False), account("box2", "sandbox", live=True)
    with pytest.raises(NoPspAccountError) as caught:
        choose_account(accounts, gateway=gateway, live=True)
    assert caught.value.code == "no_psp_account"
    assert "connect one" in caught.value.detail
    assert "live" in caught.value.detail


def test_a_test_organization_never_charges_a_live_account():
    with pytest.raises(NoPspAccountError, match="No enabled test PSP account"):
        choose_account([account("a", live=True)], gateway="stripe", live=False)


def test_no_account_at_all_says_what_to_do():
    with pytest.raises(NoPspAccountError, match="'stripe'"):
        choose_account([], gateway="stripe", live=True)
