"""Charges and refunds through a simulator under every loss of a request or a reply: money moves once."""

from itertools import product

from app.domain.money import Money
from app.domain.payments.port import ChargeRequest, Credentials, Outcome, PaymentMethod, RefundRequest
from app.psp.provider import ProviderSettings
from tests.fakes.bad_network import LOST, UNHEARD, BadNetwork
from tests.simulators.books_server import Keeper

SCRIPTS = list(product(["well", LOST, UNHEARD], repeat=3))


class AccountBehindLosses:
    """A merchant's account behind a bad network; `token` is a method that always works."""

    def __init__(self, provider, psp, base_url, *, secret_key, token, price):
        self.network = BadNetwork()
        self.adapters = provider(ProviderSettings(api_base=base_url, transport=self.network))
        self.psp = self.adapters.bind(Credentials("psp_1", psp, live=False, secrets={"secret_key": secret_key}))
        self.keeper = Keeper(base_url, secret_key)
        self._method, self._price = PaymentMethod(token=token), price

    def close(self):
        self.adapters.close()

    def charges_every_attempt_once(self, *, remembers):
        """Charge under each script. Without the provider's id, or with it once the first call went well."""
        scripts = [script for script in SCRIPTS if not remembers or script[0] == "well"]
        for number, script in enumerate(scripts):
            self.network.follow(script)
            result = self._settled(self._charge(number), remembers=remembers)
            assert (script, result.outcome, result.money) == (script, Outcome.SUCCEEDED, self._price)
        assert self.keeper.charges() == [("captured", 0)] * len(scripts)

    def gives_every_refund_once(self):
        """Refund under each script, again and again."""
        paid = [self.psp.create_payment(self._charge(number)).psp_payment_id for number in range(len(SCRIPTS))]
        part = Money(1000, self._price.currency)
        for number, script in enumerate(SCRIPTS):
            self.network.follow(script)
            given = [self.psp.refund(RefundRequest(f"ref_{number}", paid[number], part)) for _ in range(6)]
            assert (script, given[-1].outcome) == (script, Outcome.SUCCEEDED)
            assert len({result.psp_refund_id for result in given if result.psp_refund_id}) == 1
        assert self.keeper.charges() == [("captured", part.minor)] * len(SCRIPTS)

    def _charge(self, number):
        return ChargeRequest(f"att_{number}", f"order-{number}", self._price, self._method)

    def _settled(self, request, *, remembers):
        """Do as the engine does: charge, look up what is unknown, and charge again only what is certainly not there."""
        for _ in range(12):
            result = self.psp.create_payment(request)
            while result is not None and result.outcome is Outcome.UNKNOWN:
                known = result.psp_payment_id if remembers else None
                result = self.psp.retrieve_payment(psp_payment_id=known, attempt_id=request.attempt_id)
            if result is not None and result.outcome is not Outcome.ERROR:
                return result
            assert result is None or result.transient
        raise AssertionError("it never came to an end")
