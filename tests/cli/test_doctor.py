"""`tinko doctor`: one line each, and what to do."""

import argparse
import socket

import pytest
from pydantic import ValidationError

from app.cli.doctor import doctor, servers
from app.cli.doctor.machine import ports, secrets
from app.cli.parser import run_command
from app.cli.settings_errors import explain
from app.infra.settings import Settings


@pytest.fixture
def settings(tmp_path, database_url, redis_url):
    def build(**values):
        given = {"TINKO_HOME": tmp_path, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
        return Settings(**{**given, "TINKO_PORT": free_port(), "TINKO_SANDBOX_PORT": free_port(), **values})

    return build


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def lines(findings):
    return [finding.line() for finding in findings]


def test_all_is_well_where_everything_answers(settings, capsys):
    assert doctor(argparse.Namespace(), settings()) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line[:3] for line in printed[:-2]] == ["ok "] * len(printed[:-2])
    assert printed[-2:] == ["", "All is well."]
    assert {line.split()[1] for line in printed[:-2]} >= {"python", "SECRET_KEY", "database", "schema", "broker"}


def test_anything_wrong_is_counted_and_the_exit_code_is_1(settings, capsys):
    broken = settings(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none", REDIS_URL="redis://127.0.0.1:1/0")
    assert doctor(argparse.Namespace(), broken) == 1
    printed = capsys.readouterr().out.splitlines()
    bad = [line for line in printed if line.startswith("BAD")]
    assert [line.split()[1] for line in bad] == ["database", "broker"]
    assert all("does not answer" in line for line in bad)
    assert printed[-1] == "2 to mend."


def test_the_development_secret_is_refused_in_production(settings):
    with pytest.raises(ValidationError) as refused:
        settings(TINKO_ENV="production")
    assert explain(refused.value) == ["SECRET_KEY must be set in production (openssl rand -hex 32)"]
    assert lines(secrets(settings(TINKO_ENV="production", SECRET_KEY="k" * 32))) == ["ok   SECRET_KEY         set"]


def test_an_unmigrated_database_is_told_how_to_mend(settings, empty_database_url):
    found = lines(servers.database(settings(DATABASE_URL=empty_database_url)))
    assert found[0].startswith("ok   database           PostgreSQL ")
    assert found[1].startswith("BAD  schema             at nothing, not at ")
    assert found[1].endswith("; run `tinko migrate`.")


def test_a_taken_port_names_its_setting(settings):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        taken = server.getsockname()[1]
        found = lines(ports(settings(TINKO_PORT=taken)))
    advice = "set TINKO_PORT to another port, or end what listens there."
    assert found[0] == f"BAD  TINKO_PORT         {taken} on 127.0.0.1 is taken; {advice}"
    assert found[1].startswith("ok   TINKO_SANDBOX_PORT ")


def test_without_addresses_the_embedded_servers_are_looked_for(settings):
    bare = settings(DATABASE_URL="", REDIS_URL="")
    assert lines([*servers.database(bare), *servers.redis_server(bare)]) == [
        "ok   database           embedded; starts with `tinko run` (DATABASE_URL is not set)",
        "ok   broker             embedded; starts with `tinko run` (REDIS_URL is not set)",
    ]


def test_an_elsewhere_sandbox_has_to_answer(settings):
    base = f"http://127.0.0.1:{free_port()}"
    assert lines(servers.sandbox(settings(SANDBOX_API_BASE=base))) == [
        f"BAD  sandbox            does not answer at {base}; check SANDBOX_API_BASE, or start it with `tinko sandbox`."
    ]


def test_the_command_line_explains_itself(capsys):
    with pytest.raises(SystemExit) as caught:
        run_command(["--help"])
    assert caught.value.code == 0
    assert "run everything on this machine, until Ctrl-C" in capsys.readouterr().out
