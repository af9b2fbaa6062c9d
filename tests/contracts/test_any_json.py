"""Whatever JSON a provider sends instead of what it documents, its adapter raises nothing of its own.

The true replies and webhooks of each simulator come with one value replaced by another of any type.
"""

import json
import random
from contextlib import suppress

import httpx
import pytest

from app.domain.payments.errors import CheckoutFailedError, WebhookUnreadableError
from app.domain.payments.port import Outcome, WebhookEvent
from app.infra.http import authorities
from tests.contracts.adapter_bench import AdapterBench
from tests.contracts.bench import NOW
from tests.contracts.test_psp_port import FAR_OFF, LONG_AGO, charge, checkout, refund

STRANGE = ([], {}, [[]], [{}], [None], {"id": []}, None, True, 0, -1, 10**30, 0.5, 1e300, "", "\0", "é" * 300, "x")
WORDS = ("payment.dispute.closed", "charge.dispute.created", "CUSTOMER.DISPUTE.CREATED", "dispute.resolved")
SECRET = "whsec_0123456789"
ROUNDS = 8


def places(node, path=()):
    """Return where every value of a document is, the whole of it included."""
    found = [path]
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, part in parts:
        found += places(part, (*path, key))
    return found


def changed(node, path, value):
    """Return a document with another value at that place."""
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = changed(node[path[0]], path[1:], value)
    return copy


class Garbler(httpx.HTTPTransport):
    """A network that replaces one value of each JSON reply, drawn anew; tokens of access come through."""

    def __init__(self, draw):
        super().__init__(verify=authorities())
        self.draw, self.done = draw, []

    def handle_request(self, request):
        response = super().handle_request(request)
        said = response.read()
        if not said or request.url.path.endswith("/oauth2/token"):
            return httpx.Response(response.status_code, content=said)
        document = json.loads(said)
        path, value = self.draw.choice(places(document)), self.draw.choice(STRANGE)
        self.done.append((request.url.path, path, value))
        status = self.draw.choice((response.status_code, response.status_code, 200, 400, 404, 429, 500))
        return httpx.Response(status, json=changed(document, path, value))


@pytest.fixture
def adapter_bench(bench):
    if not isinstance(bench, AdapterBench):
        pytest.skip("nothing is read here")
    return bench


def try_all(psp, known, attempt_id, token, span):
    """Use every verb; return what was said of payments."""
    page = psp.list_payments(since=span[0], until=span[1], cursor=None, limit=20)
    with suppress(CheckoutFailedError):
        psp.create_checkout(checkout())
    psp.refund(refund(known, minor=100))
    assert all(finding.detail for finding in psp.check())
    return [
        psp.create_payment(charge(token)),
        psp.retrieve_payment(psp_payment_id=known, attempt_id=None),
        psp.retrieve_payment(psp_payment_id=None, attempt_id=attempt_id),
        *page.items,
    ]


@pytest.mark.parametrize("meaning", ["ok", "insufficient_funds"])
def test_no_reply_is_an_error_and_success_needs_an_amount(adapter_bench, meaning):
    token = adapter_bench.tokens[meaning]
    span = getattr(adapter_bench, "list_span", (LONG_AGO, FAR_OFF))
    request = charge(token)
    known = adapter_bench.psp().create_payment(request).psp_payment_id
    for seed in range(ROUNDS):
        network = Garbler(random.Random(seed))
        psp = adapter_bench.psp_through(network)
        try:
            results = try_all(psp, known, request.attempt_id, token, span)
        except Exception as error:
            error.add_note(f"seed {seed}: {network.done}")
            raise
        for result in filter(None, results):
            assert result.outcome is not Outcome.SUCCEEDED or result.money is not None, (seed, network.done)
        assert network.done


def test_no_webhook_is_anything_but_an_event_or_unreadable(bench):
    signed = bench.webhook(secret=SECRET, at=NOW)
    psp, document = bench.psp(webhook_secrets=(SECRET,)), json.loads(signed.body)
    words = [path for path in places(document) if path and path[-1] in {"type", "event", "event_type"}]
    documents = [document, *(changed(document, path, word) for path in words for word in WORDS)]
    for each in documents:
        for path in places(each):
            for value in STRANGE:
                body = json.dumps(changed(each, path, value)).encode()
                try:
                    assert isinstance(psp.parse_webhook(headers=signed.headers, body=body), WebhookEvent)
                except WebhookUnreadableError:
                    continue
                except Exception as error:
                    error.add_note(body.decode())
                    raise
