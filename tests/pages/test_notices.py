"""Is this message real, and please stop: both pages as HTML, through a real server."""

import re
from datetime import UTC

import pytest
from sqlalchemy import select

from app.db.models import OptOut
from app.pages.notices import MOST_TRIES

FORM = '<input class="code" id="code" name="code"'


def heading(answer):
    return re.search(r"<h1[^>]*>(.*?)</h1>", answer.text)[1]


@pytest.fixture(autouse=True)
def nobody_has_tried_yet(container):
    container.redis.flushdb()


def opted_out(container, organization_id):
    with container.database.begin() as session:
        return session.scalars(select(OptOut).where(OptOut.organization_id == organization_id)).all()


def test_a_code_tells_a_real_message_and_nothing_of_its_reader(client, till, container):
    sent = till.mail()
    asked = client.get("/verify")
    assert (asked.status_code, heading(asked), FORM in asked.text) == (200, "Is this message real?", True)
    code = sent.message.code
    answer = client.post("/verify", data={"code": f" {code[:4]}-{code[4:].lower()} "})
    assert (answer.status_code, heading(answer)) == (200, "This message is real")
    sent_on = f"{sent.message.started_at.astimezone(UTC):%B} {sent.message.started_at.astimezone(UTC):%-d, %Y}"
    assert f"Harbour Books sent it on {sent_on} by email." in answer.text
    assert f"begins with {container.settings.public_base_url}/pay/." in answer.text
    for secret in ("payer", "invoice", "1,234.50", "example.com/", code):
        assert secret not in answer.text.replace(container.settings.public_base_url, "")
    assert FORM not in answer.text


@pytest.mark.parametrize("code", ["BBBB-BBBB", "", "<script>", "x" * 2000, "\0"])
def test_another_code_is_not_ours_and_may_be_typed_again(client, code):
    answer = client.post("/verify", data={"code": code})
    assert (answer.status_code, heading(answer)) == (404, "We sent no message with this code")
    assert FORM in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize("body", [b"\xff\x00", b"code=%ff%fe", b"&" * 900, b"a=1&" * 200, b"c" * 50_000])
def test_a_form_of_any_bytes_is_answered(client, body):
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/verify", content=body, headers=headers).status_code == 404


def test_codes_are_not_guessed(client, till):
    code = till.mail().message.code
    for _ in range(MOST_TRIES):
        assert client.post("/verify", data={"code": "BBBB-BBBB"}).status_code == 404
    answer = client.post("/verify", data={"code": code})
    assert (answer.status_code, "Too many codes were tried" in answer.text) == (429, True)
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert "is real" not in heading(answer) + answer.text.split("</h1>")[1]


@pytest.mark.parametrize(
    ("lang", "accepted", "said"),
    [
        (None, "", "Is this message real?"),
        ("hi", "ta", "क्या यह संदेश असली है?"),
        (None, "ta", "இந்தச் செய்தி உண்மையானதா?"),
        ("fil", "", "Totoo ba ang mensaheng ito?"),
    ],
)
def test_the_pages_speak_the_readers_language(client, lang, accepted, said):
    query = {"lang": lang} if lang else {}
    answer = client.get("/verify", params=query, headers={"accept-language": accepted})
    assert heading(answer) == said
    assert 'hreflang="fil"' in answer.text or lang == "fil"


@pytest.mark.parametrize("path", ["/verify", "/unsubscribe/nothing"])
def test_the_pages_are_strict_and_kept_by_nobody(client, path):
    answer = client.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("; form-action 'self'")
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert "<script" not in answer.text


def test_only_a_post_unsubscribes(client, till, container, merchant):
    sent = till.mail()
    asked = client.get(sent.unsubscribe_path)
    assert (asked.status_code, heading(asked)) == (200, "Stop these messages?")
    assert "Harbour Books will not write to this address" in asked.text
    assert client.head(sent.unsubscribe_path).status_code in {200, 405}
    assert opted_out(container, merchant.id) == []
    done = client.post(sent.unsubscribe_path, data={"List-Unsubscribe": "One-Click"})
    assert (done.status_code, heading(done)) == (200, "You will get no more messages")
    (row,) = opted_out(container, merchant.id)
    assert row.recipient_hash == sent.message.recipient_hash
    again = client.post(sent.unsubscribe_path)
    assert (again.status_code, len(opted_out(container, merchant.id))) == (200, 1)


def test_the_page_to_stop_speaks_the_language_of_the_message(client, till):
    sent = till.mail(customer={"email": "payer@example.com", "locale": "hi-IN", "country": "IN"})
    assert heading(client.get(sent.unsubscribe_path)) == "ये संदेश बंद करें?"
    assert heading(client.get(f"{sent.unsubscribe_path}?lang=en")) == "Stop these messages?"


@pytest.mark.parametrize("broken", ["/unsubscribe/nonsense", "/unsubscribe/msg_1.", "{path}0"])
def test_a_link_that_is_not_complete_stops_nothing(client, till, container, merchant, broken):
    path = broken.format(path=till.mail().unsubscribe_path)
    for answer in (client.get(path), client.post(path)):
        assert (answer.status_code, heading(answer)) == (404, "This link is not complete")
    assert opted_out(container, merchant.id) == []
