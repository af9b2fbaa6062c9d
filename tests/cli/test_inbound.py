"""`tinko keys`, `tinko replay` and `tinko backfill`, on real servers."""

from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from app.cli.errors import CommandError
from app.cli.parser import build_parser
from app.db.models import PspAccount, PspEvent, Transaction
from app.db.queries.scoped import owned
from app.domain.ids import PSP_EVENT, new_id
from app.infra.clock import SystemClock
from app.infra.crypto import Crypto
from app.services.payments.accounts import create_account, open_account
from tests.factories.identity import make_merchant
from tests.fakes.caller import ask
from tests.simulators.sandbox_server import own_database, running_sandbox


@pytest.fixture
def sandbox_url(postgres_url):
    with own_database(postgres_url) as url, running_sandbox(url) as base_url:
        yield base_url


def run(settings, *argv):
    arguments = build_parser(argv[0]).parse_args(argv)
    return arguments.command(arguments, settings)


def account_of(container, merchant):
    with container.database.begin() as session:
        account = session.scalars(owned(PspAccount, merchant.id)).one()
        return account.id, open_account(account, crypto=container.crypto, live=False).secrets["api_key"]


def keep(container, merchant, *, status="dead", event_type="payment.failed", at=None):
    now = at or container.clock.now()
    with container.database.begin() as session:
        account = session.scalars(owned(PspAccount, merchant.id)).one()
        event_id = new_id(PSP_EVENT, now=now)
        session.add(
            PspEvent(
                id=event_id,
                organization_id=merchant.id,
                psp_account_id=account.id,
                event_id=event_id,
                type=event_type,
                body=b"{}",
                status=status,
                received_at=now,
            )
        )
    return event_id


def statuses(container, merchant):
    with container.database.begin() as session:
        return {row.id: row.status for row in session.scalars(owned(PspEvent, merchant.id))}


class TestReplay:
    def test_what_is_dead_in_the_range_is_processed_again_and_nothing_else(self, container, settings, capsys):
        merchant, other = make_merchant(container), make_merchant(container)
        now = SystemClock().now()
        old = keep(container, merchant, at=now - timedelta(days=3))
        dead = [keep(container, merchant, at=now - timedelta(hours=number)) for number in (1, 2)]
        typed = keep(container, merchant, event_type="payment.captured", at=now - timedelta(hours=3))
        done = keep(container, merchant, status="processed", at=now - timedelta(hours=1))
        theirs = keep(container, other, at=now - timedelta(hours=1))
        since = (now - timedelta(days=1)).isoformat()
        command = ("replay", "--organization", merchant.id, "--since", since, "--type", "payment.failed")
        assert run(settings, *command) == 0
        assert capsys.readouterr().out == "2 webhooks are processed again.\n"
        after = statuses(container, merchant)
        assert {after[each] for each in dead} == {"pending"}
        assert (after[old], after[typed], after[done]) == ("dead", "dead", "processed")
        assert statuses(container, other)[theirs] == "dead"
        assert run(settings, *command) == 0
        assert capsys.readouterr().out == "0 webhooks are processed again.\n"

    def test_a_time_that_is_none_and_a_range_that_is_empty_are_refused(self, settings, capsys):
        with pytest.raises(SystemExit):
            run(settings, "replay", "--organization", "org_1", "--since", "yesterday")
        assert "is no date or time" in capsys.readouterr().err
        with pytest.raises(CommandError, match="must be after"):
            run(settings, "replay", "--organization", "o", "--since", "2026-02-01", "--until", "2026-01-01")


class TestBackfill:
    def test_earlier_failures_become_recoveries_and_progress_is_told(self, container, settings, sandbox_url, capsys):
        merchant = make_merchant(container)
        account_id, api_key = account_of(container, merchant)
        for number, token in enumerate(("pm_sandbox_insufficient_funds", "pm_sandbox_ok", "pm_sandbox_hard_decline")):
            body = {"reference": f"earlier-{number}", "amount": 5000, "currency": "INR", "method_token": token}
            headers = {"authorization": f"Bearer {api_key}", "idempotency-key": f"key-{number}"}
            ask("POST", f"{sandbox_url}/v1/payments", json={**body, "metadata": {}}, headers=headers)
        here = settings.model_copy(update={"sandbox_api_base": sandbox_url, "sandbox_read_timeout_seconds": 10.0})
        since = (SystemClock().now() - timedelta(days=1)).isoformat()
        command = ("backfill", "--psp", "sandbox", "--since", since, "--account", account_id)
        assert run(here, *command) == 0
        said = capsys.readouterr().out.splitlines()
        assert said[-2:] == ["6 payments read, 2 failures taken up, 0 repaired", "done"]
        with container.database.begin() as session:
            wanted = select(Transaction.transaction_ref).where(Transaction.organization_id == merchant.id)
            assert sorted(session.scalars(wanted)) == ["earlier-0", "earlier-2"]
        assert run(here, *command) == 0
        assert capsys.readouterr().out.splitlines()[-2:] == ["3 payments read, 0 failures taken up, 0 repaired", "done"]

    def test_an_account_that_is_not_there_or_not_the_only_one_is_refused(self, container, settings):
        make_merchant(container), make_merchant(container)
        with pytest.raises(CommandError, match="no such account"):
            run(settings, "backfill", "--psp", "acme", "--since", "2026-01-01")
        with pytest.raises(CommandError, match="several such accounts"):
            run(settings, "backfill", "--psp", "sandbox", "--since", "2026-01-01")


def test_keys_rotate_says_how_many_and_what_is_missing(container, settings, merchant, capsys):
    older, newest = "o" * 40, "n" * 40
    with container.database.begin() as session:
        made = create_account(
            session,
            crypto=Crypto(older),
            organization_id=merchant.id,
            psp="stripe",
            label="Stripe",
            credentials={"secret_key": "sk_test_1"},
            webhook_secrets=(),
            now=container.clock.now(),
        )
    rolled = settings.model_copy(update={"secret_key": SecretStr(newest), "secret_keys_previous": SecretStr(older)})
    assert run(rolled, "keys", "rotate", "--batch", "2") == 1  # the others here are sealed with a third key
    said = capsys.readouterr()
    assert "psp_accounts.credentials: 1 sealed again" in said.out
    assert "need a key that is not configured" in said.err
    with container.database.begin() as session:
        account = session.get_one(PspAccount, made.id)
        assert open_account(account, crypto=Crypto(newest), live=False).secrets == {"secret_key": "sk_test_1"}
        session.delete(account)
