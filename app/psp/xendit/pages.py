"""Xendit's hosted pages are invoices: the page that an attempt has already, or a new one."""

from collections.abc import Mapping
from typing import Any, Final

from app.domain.payments.port import Checkout, CheckoutRequest, PaymentResult
from app.psp import hosted
from app.psp.hosted import no_checkout
from app.psp.lenient import dict_of, iso_time, text_of
from app.psp.verdicts import MALFORMED
from app.psp.wire import Failure
from app.psp.xendit import bodies
from app.psp.xendit.amounts import money_of
from app.psp.xendit.api import INVOICES, XenditApi
from app.psp.xendit.failures import failure_of
from app.psp.xendit.read import Reader

_MADE: Final = frozenset({200, 201})
_NO_PAGE: Final = "Xendit did not open a payment page."


def open_page(api: XenditApi, reader: Reader, request: CheckoutRequest) -> Checkout:
    """Return the attempt's open page of this key, else a new one; raises `CheckoutFailedError`."""
    earlier = reader.pages_of(request.attempt_id)
    if isinstance(earlier, PaymentResult):
        raise no_checkout(_NO_PAGE, earlier)
    for invoice in earlier:
        if _is_the_one(invoice, request):
            return _page_of(invoice)
    reply = api.post(INVOICES, bodies.page_body(request), key=request.idempotency_key)
    if isinstance(reply, Failure) or reply.status not in _MADE:
        raise no_checkout(_NO_PAGE, failure_of(reply))
    return _page_of(dict_of(reply.body))


def _is_the_one(invoice: Mapping[str, Any], request: CheckoutRequest) -> bool:
    key = dict_of(invoice.get("metadata")).get(bodies.PAGE_KEY)
    money = money_of(invoice.get("amount"), invoice.get("currency"))
    return invoice.get("status") == "PENDING" and key == request.idempotency_key and money == request.money


def _page_of(invoice: Mapping[str, Any]) -> Checkout:
    expires_at = iso_time(invoice.get("expiry_date"))
    page = hosted.checkout_of(text_of(invoice.get("id")), text_of(invoice.get("invoice_url")), expires_at)
    if page is None:
        raise no_checkout(_NO_PAGE, MALFORMED)
    return page
