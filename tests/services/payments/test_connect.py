"""Accounts are changed and taken away only where nothing is lost by it."""

from datetime import timedelta

import pytest

from app.db.models import PspAccount
from app.domain.errors import InvalidError
from app.services.payments.accounts import open_account
from app.services.payments.connect import (
    LONGEST_OVERLAP,
    AccountWish,
    Actor,
    PspAccountInUseError,
    change_account,
    remove_account,
)


def actor(engine):
    return Actor(engine.organization_id, "test", "usr_1", None, engine.clock.now())


def remove(engine):
    account_id = engine.account().account_id
    with engine.begin() as session:
        remove_account(session, crypto=engine.container.crypto, account_id=account_id, actor=actor(engine))


def test_an_account_with_a_charge_whose_outcome_nobody_knows_keeps_its_secrets_until_it_is_known(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.work_when_due()
    before = engine.account()
    with pytest.raises(PspAccountInUseError):
        remove(engine)
    assert engine.account() == before
    engine.work_when_due()
    assert engine.recovery().status == "recovered"
    remove(engine)
    with engine.begin() as session:
        account = session.get_one(PspAccount, before.account_id)
        assert (account.deleted_at, account.is_enabled) == (engine.clock.now(), False)
        assert open_account(account, crypto=engine.container.crypto, live=False).secrets == {}


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), LONGEST_OVERLAP + timedelta(seconds=1)])
def test_an_overlap_of_webhook_secrets_that_is_none_changes_nothing(engine, overlap):
    before = engine.account()
    wish = AccountWish(webhook_secret="the-next-secret", overlap=overlap)
    with engine.begin() as session, pytest.raises(InvalidError) as refused:
        change_account(
            session,
            crypto=engine.container.crypto,
            account_id=before.account_id,
            wish=wish,
            actor=actor(engine),
        )
    assert [error.pointer for error in refused.value.errors] == ["/webhook_secret_overlap_hours"]
    assert engine.account() == before
