"""`tinko doctor`: one line each, and what to do."""

import argparse
import socket

import pytest
from pydantic import ValidationError

from app.cli.doctor import doctor, mail, servers
from app.cli.doctor.machine import ports, secrets
from app.cli.parser import run_command
from app.cli.settings_errors import explain
from app.infra.settings import Settings
from tests.fakes.smtp import Doorkeeper, postbox


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


def test_the_sink_of_a_run_needs_two_ports_only_if_they_were_asked_for(settings):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        taken = server.getsockname()[1]
        found = lines(mail.mail_ports(settings(TINKO_MAIL_PORT=taken, TINKO_SMTP_SINK_PORT=free_port())))
    assert found[0] == (
        f"BAD  TINKO_MAIL_PORT    {taken} on 127.0.0.1 is taken; set TINKO_MAIL_PORT to another port, or leave it out."
    )
    assert found[1].endswith("on 127.0.0.1 is free")
    assert mail.mail_ports(settings(SMTP_HOST="mail.example.com")) == []


def test_a_mail_server_is_asked_and_nothing_is_sent(settings):
    with postbox() as (box, port):
        given = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": port, "SMTP_SECURITY": "none"}
        assert lines(mail.mail_server(settings(**given))) == [
            f"ok   mail               127.0.0.1:{port} answers without encryption"
        ]
        (secured,) = lines(mail.mail_server(settings(**given | {"SMTP_SECURITY": "starttls"})))
    assert secured.startswith(f"BAD  mail               127.0.0.1:{port}: STARTTLS extension not supported by server.")
    assert secured.endswith("(starttls_missing). Check SMTP_HOST, SMTP_PORT and SMTP_SECURITY.")
    assert box.mails == []


def test_a_mail_server_that_is_away_is_named_with_what_to_check(settings):
    port = free_port()
    (found,) = lines(mail.mail_server(settings(SMTP_HOST="127.0.0.1", SMTP_PORT=port, SMTP_SECURITY="none")))
    assert found.startswith(f"BAD  mail               127.0.0.1:{port}: ")
    assert "(unreachable). Check SMTP_HOST, SMTP_PORT and SMTP_SECURITY." in found


def test_a_password_without_encryption_is_told_of(settings):
    keeper = Doorkeeper()
    with postbox(authenticator=keeper, auth_require_tls=False) as (_, port):
        given = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": port, "SMTP_SECURITY": "none"}
        login = {"SMTP_USERNAME": "tinko", "SMTP_PASSWORD": keeper.password}
        (found,) = lines(mail.mail_server(settings(**given, **login)))
    assert found.endswith("is told its password without encryption; set SMTP_SECURITY to starttls or tls.")
    assert keeper.password not in found


def test_without_a_mail_server_production_is_warned_and_a_run_brings_its_own(settings):
    (found,) = lines(mail.mail_server(settings()))
    assert found.startswith("ok   mail               starts with `tinko run`")
    production = settings(TINKO_ENV="production", SECRET_KEY="k" * 32)
    (found,) = lines(mail.mail_server(production))
    assert found.startswith("BAD  mail               SMTP_HOST is not set, so payers get no mail")


def test_in_production_mail_comes_from_an_address_of_the_operators(settings):
    with postbox() as (_, port):
        given = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": port, "SMTP_SECURITY": "none"}
        given |= {"TINKO_ENV": "production", "SECRET_KEY": "k" * 32}
        found = lines(mail.mail_server(settings(**given)))
        assert found[1].startswith("BAD  MAIL_FROM          not set")
        assert len(mail.mail_server(settings(**given, MAIL_FROM="pay@example.com"))) == 1


def test_half_an_account_at_a_provider_is_told_of(settings):
    assert mail.providers(settings()) == []
    (found,) = lines(mail.providers(settings(TWILIO_ACCOUNT_SID="AC1", TWILIO_SENDER="+15005550006")))
    assert found == "BAD  sms                TWILIO_ACCOUNT_SID is set, and TWILIO_AUTH_TOKEN is not; set it too."
    whole = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_SENDER": "+15005550006", "TWILIO_AUTH_TOKEN": "t"}
    assert lines(mail.providers(settings(**whole)))[0].startswith("ok   sms ")
