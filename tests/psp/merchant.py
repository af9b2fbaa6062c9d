"""A merchant's account at a simulator: its keeper, its own integration by Basic authentication, and Tinko's adapter."""

from datetime import timedelta

import httpx

from app.domain.payments.port import ChargeRequest, Credentials, PaymentMethod
from app.psp.provider import ProviderSettings
from tests.fakes.caller import ask
from tests.simulators.books_server import Keeper


class Merchant:
    """`secret` is what its webhooks are trusted by, `now` when they come, and `price` what its charges are of."""

    def __init__(self, provider, psp, base_url, receiver, *, secret_key, secret, now, price, live=False, seconds=10.0):
        self.base_url, self.receiver, self.secret_key = base_url, receiver, secret_key
        self._now, self._price = now, price
        self.keeper = Keeper(base_url, secret_key)
        self.keeper.webhooks_to(receiver.url, secret=secret)
        self.adapters = provider(ProviderSettings(api_base=base_url, read_timeout=timedelta(seconds=seconds)))
        self.psp = self.adapters.bind(
            Credentials("psp_1", psp, live=live, secrets={"secret_key": secret_key}, webhook_secrets=(secret,))
        )

    def send(self, method, path, body=None, *, headers=None):
        """Call the API as the merchant's own integration does."""
        return ask(
            method,
            self.base_url + path,
            headers=headers,
            json=body,
            auth=httpx.BasicAuth(self.secret_key, ""),
        )

    def events(self, count):
        """The webhooks that came, verified and read."""
        read = []
        for came in self.receiver.wait_for(count):
            self.psp.verify_webhook(headers=came.headers, body=came.body, now=self._now)
            read.append(self.psp.parse_webhook(headers=came.headers, body=came.body))
        return read

    def read(self, event):
        """The payment that a webhook names, as the services read it."""
        return self.psp.retrieve_payment(psp_payment_id=event.psp_payment_id, attempt_id=event.attempt_id)

    def charge(self, token, attempt_id, *, reference="order-1"):
        return self.psp.create_payment(ChargeRequest(attempt_id, reference, self._price, PaymentMethod(token=token)))
