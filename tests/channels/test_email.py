"""Mail as it arrives, and what a server's refusals mean."""

from datetime import timedelta

import pytest

from app.channels.email import build
from app.channels.provider import SmtpSettings
from app.domain.notify.port import Effect, SendOutcome
from tests.factories.messages import message
from tests.fakes.smtp import postbox


@pytest.fixture
def box():
    with postbox() as (box, port):
        settings = SmtpSettings(
            "127.0.0.1", port, "Shop <pay@shop.test>", security="none", timeout=timedelta(seconds=5)
        )
        box.port = build(settings).port
        yield box


def test_a_mail_has_text_and_html_and_can_be_unsubscribed_from(box):
    result = box.port.send(message(subject="பணம் செலுத்த", text="வணக்கம்", html="<p>வணக்கம்</p>", locale="ta"))
    (mail,) = box.mails
    assert result.provider_id == mail["Message-ID"] == "<msg_01kahzk7mv0000000000000000@shop.test>"
    assert (mail["From"], mail["To"]) == ("Harbour Books <pay@shop.test>", "payer@example.com")
    assert mail["Subject"] == "பணம் செலுத்த"
    assert mail["List-Unsubscribe"] == "<https://pay.test/unsubscribe/1>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Content-Language"] == "ta"
    assert mail.get_content_type() == "multipart/alternative"
    assert mail.get_body(("plain",)).get_content().strip() == "வணக்கம்"
    assert mail.get_body(("html",)).get_content().strip() == "<p>வணக்கம்</p>"


def test_a_name_with_line_breaks_adds_no_header(box):
    box.port.send(message(sender_name="Harbour\r\nBcc: all@example.com", subject="Hi\nX-Evil: 1"))
    (mail,) = box.mails
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    assert mail["Subject"] == "Hi X-Evil: 1"


@pytest.mark.parametrize("recipient", ["no address", "", "a@b@c", "x@example.com\r\nRCPT TO:<y@example.com>"])
def test_what_is_no_address_is_dead_before_anybody_is_called(box, recipient):
    result = box.port.send(message(recipient=recipient))
    assert (result.outcome, result.effect) == (SendOutcome.PERMANENT, Effect.DEAD)
    assert box.mails == []


@pytest.mark.parametrize(
    ("rcpt", "data", "outcome", "code", "effect"),
    [
        ("550 5.1.1 no such user", None, SendOutcome.PERMANENT, "550", Effect.DEAD),
        ("550 5.7.1 policy", None, SendOutcome.PERMANENT, "550", Effect.NONE),
        ("552 5.2.2 mailbox full", None, SendOutcome.PERMANENT, "552", Effect.NONE),
        ("421 4.7.0 slow down", None, SendOutcome.TRANSIENT, "421", Effect.NONE),
        (None, "554 5.7.1 spam", SendOutcome.PERMANENT, "554", Effect.NONE),
        (None, "451 4.3.0 later", SendOutcome.TRANSIENT, "451", Effect.NONE),
    ],
)
def test_refusals_are_classified_once(box, rcpt, data, outcome, code, effect):
    box.rcpt_answer, box.data_answer = rcpt, data
    result = box.port.send(message())
    assert (result.outcome, result.error_code, result.effect) == (outcome, code, effect)


def test_a_connection_that_breaks_after_the_text_leaves_it_unknown(box):
    box.hang_up = True
    result = box.port.send(message())
    assert (result.outcome, result.error_code) == (SendOutcome.UNKNOWN, "no_reply")
