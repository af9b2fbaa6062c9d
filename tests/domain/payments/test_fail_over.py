"""A declined charge travels to another account only if its method is saved there and the answer may differ."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.classification import FailureSignals, classify
from app.domain.payments.fail_over import FailOver, fail_over, may_differ, method_at
from app.domain.payments.port import PaymentMethod
from app.domain.payments.routing import AccountFacts


def account(id_, psp="stripe", *, priority=100, live=True, enabled=True):
    return AccountFacts(id=id_, psp=psp, priority=priority, live=live, enabled=enabled)


def verdict(reason="do_not_honor", *, gateway="stripe", **more):
    return classify(FailureSignals(gateway=gateway, reason=reason, method="card", brand="visa", **more))


HERE = account("psp_1", priority=1)
METHOD = {"type": "card", "token": "pm_1", "psp_customer_id": "cus_1"}
WHY = "declined at stripe (psp_1) with code do_not_honor; the method is also saved at"


def chosen(*others, tokens, **changes):
    facts = {
        "declined_at": "psp_1",
        "code": "do_not_honor",
        "verdict": verdict(),
        "method": {**METHOD, "tokens": tokens},
        "live": True,
        **changes,
    }
    return fail_over([HERE, *others], **facts)


def test_a_method_that_is_saved_at_another_provider_travels_there_and_says_why():
    found = chosen(account("psp_2", "razorpay"), tokens={"razorpay": "token_2"})
    assert found == FailOver("psp_2", f"{WHY} razorpay (psp_2)")


@pytest.mark.parametrize("tokens", [{}, None, "pm_2", [], 7, {"razorpay": ""}, {"razorpay": None}, {"razorpay": {}}])
def test_a_method_that_is_saved_nowhere_else_stays(tokens):
    assert chosen(account("psp_2", "razorpay"), tokens=tokens) is None


def test_without_a_word_on_it_a_token_means_nothing_at_another_account_of_the_provider():
    assert chosen(account("psp_2"), tokens={"stripe": "pm_1"}) is None
    assert chosen(account("psp_2"), tokens={"psp_2": "pm_2"}) == FailOver("psp_2", f"{WHY} stripe (psp_2)")


def test_a_providers_name_means_its_first_account():
    others = account("psp_3", "razorpay", priority=5), account("psp_2", "razorpay", priority=9)
    assert chosen(*others, tokens={"razorpay": "t"}).account_id == "psp_3"
    assert chosen(*others, tokens={"razorpay": "t"}, tried={"psp_3"}) is None
    assert chosen(*others, tokens={"razorpay": "t", "psp_2": "t"}, tried={"psp_3"}).account_id == "psp_2"


def test_the_preferred_of_several_accounts_is_taken():
    others = account("psp_2", "xendit", priority=9), account("psp_3", "razorpay", priority=5)
    assert chosen(*others, tokens={"psp_2": "a", "psp_3": "b"}).account_id == "psp_3"


@pytest.mark.parametrize("changes", [{"enabled": False}, {"live": False}, {"psp": "sandbox"}])
def test_disabled_accounts_the_other_mode_and_a_sandbox_in_live_mode_are_never_taken(changes):
    assert chosen(replace(account("psp_2", "razorpay"), **changes), tokens={"psp_2": "t"}) is None


def test_an_account_that_declined_already_is_not_asked_again():
    assert chosen(account("psp_2", "razorpay"), tokens={"psp_2": "t"}, tried={"psp_1", "psp_2"}) is None


def test_who_declined_must_be_known():
    assert chosen(account("psp_2", "razorpay"), tokens={"psp_2": "t"}, declined_at="psp_gone") is None


def test_a_charge_under_a_mandate_never_travels():
    other = account("psp_2", "razorpay")
    for method in ({**METHOD, "mandate_id": "mandate_1"}, {"type": "upi", "token": "token_1"}):
        assert chosen(other, tokens={}, method={**method, "tokens": {"psp_2": "t"}}) is None


@pytest.mark.parametrize(
    "reason", ["do_not_honor", "generic_decline", "processing_error", "issuer_not_available", "try_again_later"]
)
def test_soft_answers_of_banks_and_networks_may_differ(reason):
    assert may_differ(verdict(reason))


@pytest.mark.parametrize(
    "reason",
    [
        "insufficient_funds",
        "card_velocity_exceeded",
        "lost_card",
        "expired_card",
        "fraudulent",
        "authentication_required",
        "transaction_not_allowed",
        "duplicate_transaction",
        "a word that nobody knows",
    ],
)
def test_what_is_the_same_everywhere_stays(reason):
    assert not may_differ(verdict(reason))


def test_what_a_network_forbids_stays():
    assert not may_differ(verdict(network_advice_code="03"))
    assert not may_differ(verdict(network_decline_code="14"))
    assert not may_differ(replace(verdict(), network_rule="visa.category_1"))


def test_money_that_may_have_moved_stays():
    assert not may_differ(replace(verdict(), money_may_have_moved=True))


def test_the_method_is_told_as_it_is_saved_there():
    there = account("psp_2", "razorpay")
    saved = {"token": "token_2", "psp_customer_id": "cust_2", "more": 1}
    assert method_at({**METHOD, "tokens": {"psp_2": saved}}, there) == PaymentMethod(
        token="token_2", psp_customer_id="cust_2", type="card"
    )
    # The customer of the one provider is none of the other's.
    assert method_at({**METHOD, "tokens": {"razorpay": "token_2"}}, there) == PaymentMethod(
        token="token_2", type="card"
    )
    assert method_at({**METHOD, "tokens": {"psp_2": "by id", "razorpay": "by name"}}, there).token == "by id"
    assert method_at(METHOD, there) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(["psp_2", "razorpay", "token"]), each),
    max_leaves=8,
)


@given(JSON)
def test_whatever_is_said_of_tokens_is_read_without_an_error(tokens):
    found = chosen(account("psp_2", "razorpay"), tokens=tokens)
    assert found is None or method_at({"tokens": tokens}, account("psp_2", "razorpay")).token
