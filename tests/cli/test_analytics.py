"""`tinko analytics`: finds what is wrong with rollups, and puts it right."""

import pytest

from app.cli.errors import CommandError
from app.cli.parser import build_parser
from app.db.models import rollups
from app.domain.analytics.measures import Level
from app.services.analytics.upkeep import fold_deltas
from tests.factories.recoveries import Engine, MortalPayments, make_organization
from tests.fakes.psp import FakePsp


def run(settings, *argv):
    arguments = build_parser("analytics").parse_args(["analytics", *argv])
    return arguments.command(arguments, settings)


@pytest.fixture
def engine(container, clock):
    return Engine(container, clock, MortalPayments(FakePsp(now=clock.now())), make_organization(container))


def test_what_differs_is_listed_and_put_right(settings, container, engine, capsys):
    engine.report()
    mine = ("--organization", engine.organization_id)
    assert run(settings, "check", *mine) == 0
    with container.database.begin() as session:
        while fold_deltas(session, batch=100_000):
            pass
        of = (rollups.c.organization_id == engine.organization_id) & (rollups.c.level == Level.DETAIL)
        session.execute(rollups.update().where(of).values(opened=5))
    capsys.readouterr()
    assert run(settings, "check", *mine) == 1
    said = capsys.readouterr().out
    assert "funds sandbox: opened -4" in said
    # The fine row, and the day and the month that were not its sum.
    assert run(settings, "rebuild", *mine) == 0
    assert capsys.readouterr().out == "3 rows of the rollups were put right.\n"
    assert run(settings, "check", *mine) == 0
    assert capsys.readouterr().out == "The rollups are what a recount says.\n"


def test_an_organization_that_is_not_there_is_refused(settings):
    with pytest.raises(CommandError, match="There is no organization org_nobody"):
        run(settings, "check", "--organization", "org_nobody")
