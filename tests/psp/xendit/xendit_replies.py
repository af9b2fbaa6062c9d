"""Replies as Xendit documents them, and a transport that gives them in turn."""

from contextlib import contextmanager
from datetime import timedelta

import httpx

from app.domain.money import Money
from app.domain.payments.port import ChargeRequest, CheckoutRequest, Credentials, PaymentMethod, RefundRequest
from app.psp import xendit
from app.psp.provider import ProviderSettings
from app.psp.xendit.amounts import loads

PRICE = Money(15_000_050, "IDR")  # Rp150,000.50: the currency has decimals on paper
CHARGE = ChargeRequest("att_1", "order-1", PRICE, PaymentMethod(token="pt-1"))
PAGE = CheckoutRequest("att_1", "order-1", PRICE, "https://a.test", "https://b.test", timedelta(minutes=5), key="chk_1")
REFUND = RefundRequest("ref_1", "pr-1", PRICE)
INVOICE_ID = "579c8d61f23fa4ca35e52da4"
MADE = "2026-05-02T14:52:10.000Z"
OURS = {"attempt_id": "att_1", "transaction_ref": "order-1"}


def token(**changes):
    return {"payment_token_id": "pt-1", "channel_code": "CARDS", "country": "ID", "status": "ACTIVE", **changes}


def request(status="SUCCEEDED", **changes):
    return {
        "payment_request_id": "pr-1",
        "reference_id": "att_1",
        "latest_payment_id": "py-1",
        "type": "PAY",
        "country": "ID",
        "currency": "IDR",
        "request_amount": 150_000.5,
        "channel_code": "CARDS",
        "channel_properties": {
            "card_details": {
                "type": "CREDIT",
                "network": "VISA",
                "country": "ID",
                "fingerprint": "fp-1",
                "masked_card_number": "2222XXXXXXXX8888",
                "cardholder_email": "john@example.com",
                "cardholder_first_name": "John",
            }
        },
        "payment_token_id": "pt-1",
        "customer_id": "cust-1",
        "status": status,
        "metadata": OURS,
        "created": MADE,
        **changes,
    }


def payment(status="FAILED", *, network=None, **changes):
    details = {"authorization_data": network} if network else None
    told = {"payment_id": "py-1", "status": status, "payment_details": details, "failure_code": "CARD_DECLINED"}
    return {**request(status), **told, **changes}


def invoice(status="PENDING", **changes):
    return {
        "id": INVOICE_ID,
        "external_id": "att_1",
        "status": status,
        "amount": 150_000.5,
        "currency": "IDR",
        "invoice_url": f"https://checkout.xendit.co/web/{INVOICE_ID}",
        "expiry_date": "2026-05-02T15:22:10.000Z",
        "payer_email": "john@example.com",
        "metadata": {**OURS, "checkout_key": "chk_1"},
        "created": MADE,
        **changes,
    }


def refund(status="SUCCEEDED", amount=150_000.5, **changes):
    told = {"id": "rfd-1", "payment_request_id": "pr-1", "reference_id": "ref_1", "currency": "IDR"}
    return {**told, "amount": amount, "status": status, **changes}


def ok(body):
    return httpx.Response(200, json=body)


def listing(*items, has_more=False):
    return httpx.Response(200, json={"data": list(items), "has_more": has_more})


def pages(*items):
    return httpx.Response(200, json=list(items))


def error(status, code, message="No.", **rest):
    return httpx.Response(status, json={"error_code": code, "message": message}, **rest)


def lost():
    return httpx.ReadTimeout("no reply")


NONE = listing()
NO_PAGES = pages()
NOT_FOUND = error(404, "DATA_NOT_FOUND")


class Answers(httpx.MockTransport):
    """Gives these replies in turn (raises those that are exceptions), and notes what it was asked."""

    def __init__(self, *replies):
        self.waiting, self.seen = list(replies), []
        super().__init__(self._answer)

    def _answer(self, request):
        self.seen.append(request)
        reply = self.waiting.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def asked(self):
        return [f"{request.method} {request.url.path}" for request in self.seen]

    def body(self, place):
        return loads(self.seen[place].content)


@contextmanager
def adapter(transport, *, live=False, secret_key="xnd_development_12345678", webhook_secrets=()):
    adapters = xendit.provider(
        ProviderSettings(api_base="http://psp.test", read_timeout=timedelta(seconds=2), transport=transport)
    )
    secrets = {} if secret_key is None else {"secret_key": secret_key}
    yield adapters.bind(Credentials("psp_1", "xendit", live=live, secrets=secrets, webhook_secrets=webhook_secrets))
    adapters.close()
