"""`tinko seed`, and the history that the demo merchant begins with."""

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from app.cli.errors import CommandError
from app.cli.parser import build_parser
from app.cli.seed_history import seed_demo_history
from app.db.models import Recovery
from app.db.session import Database
from app.infra.clock import SystemClock
from app.services.identity.demo import ensure_demo
from tests.factories.identity import make_merchant


def run(settings, *argv):
    arguments = build_parser("seed").parse_args(["seed", *argv])
    return arguments.command(arguments, settings)


def count_of(container, organization_id):
    with container.database.begin() as session:
        recoveries = select(func.count()).where(Recovery.organization_id == organization_id)
        return session.scalar(recoveries.select_from(Recovery))


def begin_demo(settings, organization_id, recoveries):
    return seed_demo_history(
        database_url=settings.database_url.get_secret_value(),
        secret_key=settings.secret_key.get_secret_value(),
        organization_id=organization_id,
        recoveries=recoveries,
    )


def test_a_test_organization_gets_as_many_recoveries_as_were_asked_for(container, settings, capsys):
    merchant = make_merchant(container)
    assert run(settings, "--organization", merchant.id, "--recoveries", "12", "--days", "20", "--seed", "4") == 0
    said = capsys.readouterr().out
    assert said.startswith("12 recoveries (")
    assert f"`tinko analytics check --organization {merchant.id}`" in said
    assert count_of(container, merchant.id) == 12


def test_without_an_organization_it_is_the_demo_merchants(settings, new_database_url, container):
    told = settings.model_copy(update={"database_url": SecretStr(new_database_url)})
    with pytest.raises(CommandError, match="there is no demo merchant here"):
        run(told, "--recoveries", "3")
    store = Database(new_database_url, pool_size=1)
    with store.begin() as session:
        demo = ensure_demo(session, crypto=container.crypto, now=SystemClock().now())
    assert run(told, "--recoveries", "3") == 0
    with store.begin() as session:
        assert set(session.scalars(select(Recovery.organization_id))) == {demo.organization_id}
    store.dispose()


def test_a_live_organization_is_refused(container, settings):
    live = make_merchant(container).registered.live.id
    with pytest.raises(CommandError, match="only written into a test organization"):
        run(settings, "--organization", live, "--recoveries", "3")
    assert count_of(container, live) == 0


@pytest.mark.parametrize("argv", [("--recoveries", "0"), ("--recoveries", "many"), ("--days", "13"), ("--days", "731")])
def test_numbers_that_make_no_sense_are_refused(settings, argv, capsys):
    with pytest.raises(SystemExit):
        run(settings, *argv)
    assert "is not a number from" in capsys.readouterr().err


def test_the_demo_merchant_gets_a_history_once(container, settings):
    merchant = make_merchant(container)
    assert begin_demo(settings, merchant.id, 0) == 0
    assert count_of(container, merchant.id) == 0
    assert begin_demo(settings, merchant.id, 5) == 5
    assert begin_demo(settings, merchant.id, 5) == 0
    assert count_of(container, merchant.id) == 5
