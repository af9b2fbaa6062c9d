"""Who opens a link without being a payer."""

import pytest

from app.domain.links.lookers import only_looks

CHROME = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"user-agent": " "},
        {"user-agent": "WhatsApp/2.23.20.0"},
        {"user-agent": "facebookexternalhit/1.1"},
        {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"user-agent": "python-requests/2.32"},
        {"user-agent": "curl/8.0"},
        {"user-agent": "Mozilla/5.0 Mimecast"},
        {"user-agent": CHROME, "purpose": "prefetch"},
        {"user-agent": CHROME, "sec-purpose": "prefetch;prerender"},
        {"user-agent": CHROME, "x-moz": "prefetch"},
        {"user-agent": SAFARI, "x-purpose": "preview"},
    ],
)
def test_machines_only_look(headers):
    assert only_looks(headers) is True


@pytest.mark.parametrize(
    "agent", [CHROME, SAFARI, "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"]
)
def test_payers_browsers_are_not_taken_for_machines(agent):
    assert only_looks({"user-agent": agent, "accept": "text/html"}) is False
