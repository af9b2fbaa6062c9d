"""Replies as Xendit documents them, and a transport that gives them in turn."""

from datetime import timedelta

import httpx

from app.domain.money import Money
from app.domain.payments.port import ChargeRequest, CheckoutRequest, PaymentMethod, RefundRequest
from app.psp import xendit
from app.psp.xendit.amounts import loads
from tests.fakes import answers

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


class Answers(answers.Answers):
    """Replies in turn; what was sent, read as exactly as it is written."""

    def body(self, place):
        return loads(self.seen[place].content)


def adapter(transport, *, secret_key="xnd_development_12345678", **account):
    """Lend the adapter; without a `secret_key`, the account has none."""
    secrets = {} if secret_key is None else {"secret_key": secret_key}
    return answers.adapter_of(xendit.provider, "xendit", transport, secrets=secrets, **account)
