"""Whatever breaks on the way, a payer is charged once, and the outcome is found out."""

from datetime import UTC, datetime, timedelta
from itertools import combinations, product

import httpx
import pytest

from app.domain.ids import new_id
from app.domain.money import Money
from app.domain.payments.port import ChargeRequest, Credentials, Outcome, PaymentMethod
from app.psp import paypal
from app.psp.provider import ProviderSettings

LOST = "lost before it arrived"
MUTE = "done, and the answer lost"
BROKEN = "done, and answered with HTTP 500"


class Wire(httpx.BaseTransport):
    """The way to the simulator, with faults at some of its calls (from 0, access tokens not counted)."""

    def __init__(self):
        self._real = httpx.HTTPTransport()
        self.faults, self.calls = {}, 0

    def handle_request(self, request):
        if request.url.path == "/v1/oauth2/token":
            return self._real.handle_request(request)
        fault, self.calls = self.faults.get(self.calls), self.calls + 1
        if fault == LOST:
            raise httpx.ReadTimeout("lost", request=request)
        response = self._real.handle_request(request)
        if fault == MUTE:
            response.read()
            raise httpx.ReadError("mute", request=request)
        return httpx.Response(500) if fault == BROKEN else response

    def close(self):
        self._real.close()


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def psp(merchant, wire):
    adapters = paypal.provider(ProviderSettings(merchant.base_url, timedelta(seconds=10), wire))
    named = {"client_id": merchant.client_id, "client_secret": "secret_0123456789"}
    yield adapters.bind(Credentials("psp_1", "paypal", live=False, secrets=named))
    adapters.close()


def pursued(psp, request, *, forgets_ids):
    """Charge as the recovery does: look up what is unknown, send again what never arrived, until it is known."""
    result = psp.create_payment(request)
    for _ in range(12):
        if result is not None and result.outcome is Outcome.SUCCEEDED:
            return result
        if result is None or result.transient:
            result = psp.create_payment(request)
        else:
            assert result.outcome is Outcome.UNKNOWN or result.status is None
            known = None if forgets_ids else result.psp_payment_id
            result = psp.retrieve_payment(psp_payment_id=known, attempt_id=request.attempt_id)
    raise AssertionError("it was never found out")


def faults():
    single = [{place: kind} for place, kind in product(range(4), (LOST, MUTE, BROKEN))]
    for first, second in combinations(range(4), 2):
        single += [{first: one, second: other} for one, other in product((LOST, MUTE), repeat=2)]
    return single


@pytest.mark.parametrize("forgets_ids", [False, True])
def test_two_faults_anywhere_leave_one_charge(merchant, psp, wire, forgets_ids):
    for number, wire.faults in enumerate(faults()):
        wire.calls, reference = 0, f"order-{number}"
        attempt_id = new_id("att", now=datetime.now(UTC))  # noqa: TID251  (the age of an attempt counts)
        method = PaymentMethod(token="vault_sim_ok", type="card")
        result = pursued(psp, ChargeRequest(attempt_id, reference, Money(5000, "USD"), method), forgets_ids=forgets_ids)
        assert result.money == Money(5000, "USD")
        assert merchant.keeper.charges(reference) == [("captured", 0)], wire.faults
    assert len(merchant.keeper.charges()) == len(faults())
