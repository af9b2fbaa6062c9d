"""Accounts at providers: sealed, chosen, opened."""

import pytest

from app.db.models import Organization, PspAccount
from app.domain.errors import NotFoundError
from app.domain.payments.errors import NoPspAccountError
from app.services.payments.accounts import choose_credentials, create_account, get_account


def connect(engine, psp, **more):
    with engine.begin() as session:
        return create_account(
            session,
            crypto=engine.container.crypto,
            organization_id=engine.organization_id,
            psp=psp,
            label=psp.title(),
            credentials={"secret_key": f"sk_{psp}"},
            webhook_secrets=("whsec_1",),
            now=engine.clock.now(),
            **more,
        )


def choose(engine, gateway, account_id=None):
    with engine.begin() as session:
        return choose_credentials(
            session,
            crypto=engine.container.crypto,
            organization=session.get_one(Organization, engine.organization_id),
            gateway=gateway,
            account_id=account_id,
        )


def test_an_accounts_secrets_are_sealed_and_opened_for_a_call(engine):
    account = connect(engine, "stripe")
    assert b"sk_stripe" not in account.sealed_credentials
    assert b"whsec_1" not in account.sealed_webhook_secrets
    with engine.begin() as session:
        opened = get_account(session, crypto=engine.container.crypto, account_id=account.id)
    assert (opened.account_id, opened.psp, opened.live) == (account.id, "stripe", False)
    assert (opened.secrets, opened.webhook_secrets) == ({"secret_key": "sk_stripe"}, ("whsec_1",))
    assert "sk_stripe" not in repr(opened)


def test_an_account_that_is_not_there_is_not_found(engine):
    with engine.begin() as session, pytest.raises(NotFoundError):
        get_account(session, crypto=engine.container.crypto, account_id="psp_none")


def test_only_the_sandbox_is_told_where_to_send_its_webhooks(engine):
    connect(engine, "stripe")
    assert engine.outbox() == []
    account = connect(engine, "sandbox")
    assert [(m.topic, m.payload) for m in engine.outbox()] == [
        ("psp_account.register_webhook", {"psp_account_id": account.id})
    ]


def test_a_payment_goes_through_its_gateways_account_else_through_the_sandbox(engine):
    stripe = connect(engine, "stripe")
    assert choose(engine, "stripe").account_id == stripe.id
    assert choose(engine, "razorpay").psp == "sandbox"


def test_a_named_account_is_kept_even_when_it_was_disabled(engine):
    stripe = connect(engine, "stripe")
    with engine.begin() as session:
        session.get_one(PspAccount, stripe.id).is_enabled = False
    assert choose(engine, "stripe").psp == "sandbox"
    assert choose(engine, "stripe", stripe.id).account_id == stripe.id
    assert choose(engine, "stripe", "psp_gone").psp == "sandbox"


def test_a_live_merchant_never_falls_back_on_the_sandbox(engine):
    live = engine.another(mode="live")
    with pytest.raises(NoPspAccountError) as missing:
        choose(live, "stripe")
    assert missing.value.code == "no_psp_account"
    assert connect(live, "stripe").id == choose(live, "stripe").account_id
    assert choose(live, "stripe").live is True
