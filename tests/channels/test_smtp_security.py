"""Mail over TLS, STARTTLS and after a login, against a real server with certificates that are made here."""

from datetime import timedelta

import pytest

from app.channels.email import build
from app.channels.email.connect import NotConnectedError, connect, leave
from app.channels.provider import SmtpSettings
from app.domain.notify.port import Effect, SendOutcome
from tests.factories.messages import message
from tests.fakes.certificates import make_certificates
from tests.fakes.smtp import Doorkeeper, free_port, postbox

LOGIN = {"username": "tinko", "password": "open sesame"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def context(certificates):
    return certificates[0]


@pytest.fixture
def settings(certificates):
    def settings(port, security, **more):
        given = {"ca_file": str(certificates[1]), "timeout": timedelta(seconds=5), **more}
        return SmtpSettings("127.0.0.1", port, "Shop <pay@shop.test>", security=security, **given)

    return settings


@pytest.fixture
def closed(context):
    """A server that takes mail over STARTTLS, from whoever logs in."""
    with postbox(
        tls_context=context, require_starttls=True, auth_required=True, authenticator=Doorkeeper()
    ) as box_and_port:
        yield box_and_port


def outcome_of(settings):
    result = build(settings).port.send(message())
    return result.outcome, result.error_code, result.detail or ""


def test_mail_goes_out_over_tls_from_the_first_byte(context, settings):
    with postbox(ssl_context=context) as (box, port):
        assert outcome_of(settings(port, "tls"))[0] is SendOutcome.SENT
    assert [mail["To"] for mail in box.mails] == ["payer@example.com"]


def test_mail_goes_out_after_starttls_and_a_login(closed, settings):
    box, port = closed
    assert outcome_of(settings(port, "starttls", **LOGIN))[0] is SendOutcome.SENT
    assert [mail["To"] for mail in box.mails] == ["payer@example.com"]


def test_a_wrong_password_is_the_operators_to_mend_so_the_mail_waits(closed, settings):
    box, port = closed
    outcome, code, detail = outcome_of(settings(port, "starttls", username="tinko", password="guess"))
    assert (outcome, code) == (SendOutcome.TRANSIENT, "535")
    assert f"127.0.0.1:{port} refuses SMTP_USERNAME and SMTP_PASSWORD" in detail
    assert "guess" not in detail
    assert box.mails == []


def test_a_server_that_wants_a_login_first_leaves_the_mail_waiting_and_the_address_alive(closed, settings):
    box, port = closed
    result = build(settings(port, "starttls")).port.send(message())
    assert (result.outcome, result.error_code, result.effect) == (SendOutcome.TRANSIENT, "530", Effect.NONE)
    assert box.mails == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_no_mail_and_no_password_go_to_a_server_whose_certificate_is_not_trusted(context, settings, security):
    how = {"ssl_context": context} if security == "tls" else {"tls_context": context}
    keeper = Doorkeeper()
    with postbox(**how, authenticator=keeper) as (box, port):
        outcome, code, detail = outcome_of(settings(port, security, ca_file="", **LOGIN))
    assert (outcome, code) == (SendOutcome.TRANSIENT, "tls_untrusted")
    assert "SMTP_CA_FILE" in detail
    assert box.mails == []


def test_a_certificate_for_another_address_is_not_trusted(tmp_path, settings):
    elsewhere, ca_file = make_certificates(tmp_path, address="127.0.0.9")
    with postbox(ssl_context=elsewhere) as (box, port):
        outcome, code, detail = outcome_of(settings(port, "tls", ca_file=str(ca_file)))
    assert (outcome, code) == (SendOutcome.TRANSIENT, "tls_untrusted")
    assert "IP address mismatch" in detail
    assert box.mails == []


def test_a_server_without_starttls_gets_neither_mail_nor_password(settings):
    with postbox(authenticator=Doorkeeper(), auth_require_tls=False) as (box, port):
        outcome, code, _ = outcome_of(settings(port, "starttls", **LOGIN))
    assert (outcome, code) == (SendOutcome.TRANSIENT, "starttls_missing")
    assert box.mails == []


def test_a_server_that_knows_no_logins_says_so(settings):
    with postbox() as (box, port):
        outcome, code, _ = outcome_of(settings(port, "none", **LOGIN))
    assert (outcome, code) == (SendOutcome.TRANSIENT, "login_missing")
    assert box.mails == []


def test_plain_smtp_where_tls_is_expected_says_what_to_set(settings):
    with postbox() as (box, port):
        outcome, code, detail = outcome_of(settings(port, "tls"))
    assert (outcome, code) == (SendOutcome.TRANSIENT, "tls_failed")
    assert "SMTP_SECURITY is tls for 465, starttls for 587" in detail
    assert box.mails == []


def test_nobody_there_is_told_with_the_address(settings):
    port = free_port()
    with pytest.raises(NotConnectedError) as refused:
        connect(settings(port, "none"))
    assert refused.value.code == "unreachable"
    assert refused.value.detail.startswith(f"127.0.0.1:{port}: ")


def test_a_connection_can_be_ended_when_the_server_has_gone(settings):
    with postbox() as (_, port):
        server = connect(settings(port, "none"))
    leave(server)
    leave(server)


@pytest.mark.parametrize(
    ("recipient", "on_the_wire"),
    [("payer@bücher.example", "payer@xn--bcher-kva.example"), ("payer@example.com", "payer@example.com")],
)
def test_domains_in_any_script_are_written_to_as_servers_know_them(settings, recipient, on_the_wire):
    with postbox() as (box, port):
        assert build(settings(port, "none")).port.send(message(recipient=recipient)).outcome is SendOutcome.SENT
    assert box.mails[0]["To"] == on_the_wire


def test_a_name_that_few_servers_take_is_left_to_another_channel(settings):
    with postbox() as (box, port):
        result = build(settings(port, "none")).port.send(message(recipient="zoë@example.com"))
    assert (result.outcome, result.error_code, result.effect) == (
        SendOutcome.PERMANENT,
        "address_not_ascii",
        Effect.NONE,
    )
    assert box.mails == []
