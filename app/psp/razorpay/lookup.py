"""Reading payments by whatever name Razorpay gives them: payment, order, payment link, invoice, subscription."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from app.domain.payments.port import Outcome, PaymentResult
from app.psp.lenient import dict_of, int_of
from app.psp.razorpay.api import Api, Told
from app.psp.razorpay.failures import failed_read, is_good, is_unknown_id
from app.psp.razorpay.links import link_of, links_of, paid_by
from app.psp.razorpay.mapping import REF_NOTES, deciding, ended_unpaid, payment_of
from app.psp.razorpay.values import Raw, items_of, note, text_of, time_of
from app.psp.verdicts import MALFORMED
from app.psp.wire import Failure

ID: Final = re.compile(r"(pay|order|plink|inv|sub)_[A-Za-z0-9]{1,40}")
_MOST: Final = 100
_WITH_CARD: Final = {"expand[]": "card"}
_NEXT_DAY: Final = timedelta(days=1)
_Reader = Callable[[str], PaymentResult | None]


class ReadFailedError(Exception):
    """A step of a look-up brought nothing; `reply` says why. Never leaves this folder."""

    def __init__(self, reply: Told | Failure) -> None:
        super().__init__("a read failed")
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Orders:
    """An attempt's orders, and Razorpay's time when it listed them."""

    items: list[Raw]
    at: datetime | None


class Lookup:
    """An account's look-ups."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def by_id(self, psp_id: str) -> PaymentResult | None:
        """Read the payment that an id of Razorpay's names; None if there is none."""
        match = ID.fullmatch(psp_id)
        if match is None:
            return None
        readers: dict[str, _Reader] = {
            "pay": self.payment,
            "order": self._of_order,
            "plink": self._of_link_id,
            "inv": self._of_invoice_id,
            "sub": self._of_subscription,
        }
        try:
            return readers[match[1]](psp_id)
        except ReadFailedError as failed:
            return failed_read(failed.reply)

    def by_attempt(self, attempt_id: str) -> PaymentResult | None:
        """Read the payment of an attempt: of its order, by the receipt, else of the link opened under its id."""
        try:
            orders = self.orders_of(attempt_id).items
            payments = [payment for order in orders for payment in self.payments_of(str(order["id"]))]
            found = deciding(payments)
            if found is None or ended_unpaid(found):
                # A link's order has the link's reference for a receipt; a payer who failed may try again.
                link = self.link_of_reference(attempt_id)
                if link is not None:
                    return self._of_link(link)
            notes = next((order["notes"] for order in orders if order.get("notes")), None)
            return None if found is None else payment_of(found, notes=notes)
        except ReadFailedError as failed:
            return failed_read(failed.reply)

    def orders_of(self, receipt: str) -> Orders:
        """Return the orders with exactly this receipt; raises `ReadFailedError`."""
        reply = self._api.call(lambda sdk: sdk.order.all({"receipt": receipt, "count": _MOST}))
        items = [each for each in self._items(reply) if each.get("receipt") == receipt and text_of(each.get("id"))]
        return Orders(items, at=reply.at if isinstance(reply, Told) else None)

    def payments_of(self, order_id: str) -> list[Raw]:
        """Return an order's payments; raises `ReadFailedError`."""
        return self._items(self._api.call(lambda sdk: sdk.order.payments(order_id, _WITH_CARD)))

    def link_of_reference(self, reference_id: str) -> Raw | None:
        """Return the payment link of a reference, if there is one; raises `ReadFailedError`."""
        reply = self._api.call(lambda sdk: sdk.payment_link.all({"reference_id": reference_id}))
        if not is_good(reply):
            raise ReadFailedError(reply)
        links = links_of(reply, reference_id)
        if links is None:
            raise ReadFailedError(replace(MALFORMED, detail="a listing without payment links"))
        return links[0] if links else None

    def payment(self, payment_id: str, *, notes: object = None) -> PaymentResult | None:
        """Read a payment by its own id; `notes` are those of what it belongs to."""
        raw = self._one(self._api.call(lambda sdk: sdk.payment.fetch(payment_id, _WITH_CARD)))
        return None if raw is None else self.completed(raw, notes)

    def _of_order(self, order_id: str) -> PaymentResult | None:
        reply = self._api.call(lambda sdk: sdk.order.payments(order_id, _WITH_CARD))
        if is_unknown_id(reply):
            return None
        found = deciding(self._items(reply))
        return None if found is None else self.completed(found, None)

    def _of_link_id(self, link_id: str) -> PaymentResult | None:
        link = self._one(self._api.call(lambda sdk: sdk.payment_link.fetch(link_id)))
        return None if link is None else self._of_link(link)

    def _of_link(self, link: Raw) -> PaymentResult | None:
        payment_id = paid_by(link)
        if payment_id is not None:
            return self.payment(payment_id, notes=link.get("notes"))
        ended = link_of(link)
        order_id = text_of(link.get("order_id"))
        if ended.outcome is not Outcome.DECLINED or order_id is None:
            return ended
        # What the payer began in time may still come through after the link's end.
        late = deciding(self.payments_of(order_id))
        return ended if late is None or ended_unpaid(late) else self.completed(late, link.get("notes"))

    def _of_invoice_id(self, invoice_id: str) -> PaymentResult | None:
        invoice = self._one(self._api.call(lambda sdk: sdk.invoice.fetch(invoice_id)))
        return None if invoice is None else self._of_invoice(invoice)

    def _of_subscription(self, subscription_id: str) -> PaymentResult | None:
        reply = self._api.call(lambda sdk: sdk.invoice.all({"subscription_id": subscription_id, "count": _MOST}))
        if is_unknown_id(reply):
            return None
        invoices = [one for one in self._items(reply) if one.get("subscription_id") == subscription_id]
        newest = max(invoices, key=lambda one: int_of(one.get("created_at")) or 0, default=None)
        return None if newest is None else self._of_invoice(newest)

    def _of_invoice(self, invoice: Raw) -> PaymentResult | None:
        order_id, payment_id = text_of(invoice.get("order_id")), text_of(invoice.get("payment_id"))
        payments = self.payments_of(order_id) if order_id else []
        found = deciding(payments)
        if found is None:
            return self.payment(payment_id, notes=invoice.get("notes")) if payment_id else None
        return payment_of(found, notes=invoice.get("notes"), native_retry_at=self._native_retry(found, invoice))

    def completed(self, raw: Raw, notes: object) -> PaymentResult:
        """Read a payment with what only its order and its invoice tell; raises `ReadFailedError`."""
        notes = notes or self._order_notes(raw)
        invoice_id = text_of(raw.get("invoice_id"))
        retry_at = None
        if invoice_id and raw.get("status") == "failed":
            invoice = self._one(self._api.call(lambda sdk: sdk.invoice.fetch(invoice_id)))
            retry_at = self._native_retry(raw, invoice or {})
        return payment_of(raw, notes=notes, native_retry_at=retry_at)

    def _order_notes(self, raw: Raw) -> object:
        order_id = text_of(raw.get("order_id"))
        if order_id is None or note(raw.get("notes"), *REF_NOTES):
            return None
        order = self._one(self._api.call(lambda sdk: sdk.order.fetch(order_id)))
        return (order or {}).get("notes")

    def _native_retry(self, payment: Raw, invoice: Raw) -> datetime | None:
        """Return when Razorpay charges again by itself: while the invoice's subscription is pending, the next day."""
        subscription_id = text_of(invoice.get("subscription_id"))
        if subscription_id is None or payment.get("status") != "failed":
            return None
        subscription = self._one(self._api.call(lambda sdk: sdk.subscription.fetch(subscription_id)))
        if subscription is None or subscription.get("status") != "pending":
            return None
        failed_at, charge_at = time_of(payment.get("created_at")), time_of(subscription.get("charge_at"))
        if charge_at and (failed_at is None or charge_at > failed_at):
            return charge_at
        return failed_at + _NEXT_DAY if failed_at else None

    def _one(self, reply: Told | Failure) -> Raw | None:
        if is_unknown_id(reply):
            return None
        if isinstance(reply, Failure) or not is_good(reply):
            raise ReadFailedError(reply)
        body = dict_of(reply.body)
        if text_of(body.get("id")) is None:
            raise ReadFailedError(replace(MALFORMED, detail="an object without id"))
        return body

    def _items(self, reply: Told | Failure) -> list[Raw]:
        if isinstance(reply, Failure) or not is_good(reply):
            raise ReadFailedError(reply)
        items = items_of(reply.body)
        if items is None:
            raise ReadFailedError(replace(MALFORMED, detail="a listing without items"))
        return items
