"""The sandbox's dashboard: books and switches of one account."""

import httpx
import pytest

from app.domain.errors import UnavailableError
from app.psp.provider import ProviderSettings
from app.psp.sandbox import SandboxConsole

KEY = "sbx_0123456789abcdef"


@pytest.fixture
def seen():
    return []


@pytest.fixture
def console_of(seen):
    consoles = []

    def build(reply):
        def answer(request):
            seen.append(request)
            return reply

        settings = ProviderSettings(api_base="http://psp.test", transport=httpx.MockTransport(answer))
        consoles.append(SandboxConsole(settings))
        return consoles[-1]

    yield build
    for console in consoles:
        console.close()


def test_charges_are_listed_page_by_page(console_of, seen):
    console = console_of(httpx.Response(200, json={"items": [{"id": "pay_1"}], "next_cursor": "7"}))
    page = console.charges(KEY, transaction_ref="order 1", limit=5, cursor="3")
    assert (page.items, page.next_cursor) == ([{"id": "pay_1"}], "7")
    assert str(seen[0].url) == "http://psp.test/v1/charges?limit=5&reference=order+1&cursor=3"
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"


def test_the_webhook_endpoint_is_set_with_its_switches(console_of, seen):
    console_of(httpx.Response(200, json={})).set_webhook(KEY, url="http://a.test/", secret="s3cret-x", double=True)
    assert (seen[0].method, seen[0].url.path) == ("PUT", "/v1/webhook_endpoint")
    assert b'"double":true' in seen[0].content


@pytest.mark.parametrize("key", ["", "sk_live_x", "sbx_short", "sbx_0123456789abcdef\n"])
def test_a_key_that_cannot_be_one_is_not_even_sent(console_of, seen, key):
    assert console_of(httpx.Response(200, json={"id": "acct_1"})).test(key) is False
    assert seen == []


def test_a_good_key_is_good(console_of):
    assert console_of(httpx.Response(200, json={"id": "acct_1"})).test(KEY) is True


@pytest.mark.parametrize(
    "reply", [httpx.Response(500), httpx.Response(200, text="<html>"), httpx.Response(200, json=[])]
)
def test_a_sandbox_that_does_not_answer_is_unavailable(console_of, reply):
    with pytest.raises(UnavailableError) as caught:
        console_of(reply).charges(KEY)
    assert caught.value.code == "sandbox_unavailable"


def test_a_sandbox_that_is_not_there_is_unavailable():
    console = SandboxConsole(ProviderSettings(api_base="http://127.0.0.1:1"))
    with pytest.raises(UnavailableError, match="unreachable"):
        console.charges(KEY)
    console.close()
