"""Looks payments up by each id that Xendit may name, and by our attempt."""

from collections.abc import Mapping
from typing import Any, Final

from app.domain.money import Money
from app.domain.payments.port import Outcome, PaymentResult
from app.psp.lenient import dict_of, list_of, text_of
from app.psp.verdicts import MALFORMED, without_verdict
from app.psp.wire import Failure, Reply
from app.psp.xendit import payments, refunds
from app.psp.xendit.api import INVOICES, REQUESTS, XenditApi, is_invoice, is_payment, is_request
from app.psp.xendit.failures import failed_read

_Object = Mapping[str, Any]
_HTTP_OK, _HTTP_NOT_FOUND = 200, 404
_REQUESTS_V2: Final = "/payment_requests"
_MOST: Final = 10


class Reader:
    """One account's payments. Once a read of what is beside a payment broke, it is not tried for the others."""

    def __init__(self, api: XenditApi) -> None:
        self._api = api
        self._reads_beside = True

    def by_id(self, own_id: str) -> PaymentResult | None:
        """Read what an id names; None if Xendit knows no such thing."""
        if is_request(own_id):
            found = self._request(own_id)
            return found if found is None or isinstance(found, PaymentResult) else self.settled_request(found)
        if is_payment(own_id):
            return self._by_payment(own_id)
        if is_invoice(own_id):
            found = self._fetch(f"{INVOICES}/{own_id}")
            return found if found is None or isinstance(found, PaymentResult) else self.settled_invoice(found)
        return None

    def by_attempt(self, attempt_id: str) -> PaymentResult | None:
        """Read what bears our attempt's id: the charge, else the page that was paid, else the latest page."""
        charged = self.request_of(attempt_id)
        if isinstance(charged, PaymentResult):
            return charged
        pages = self.pages_of(attempt_id)
        if isinstance(pages, PaymentResult):
            return pages
        paid = next((page for page in pages if _is_paid(page)), None)
        if charged is not None and paid is None:
            return self.settled_request(charged)
        # A charge that took the money counts before a page that did too: the attempt is its own.
        if charged is not None and payments.of_request(charged).outcome is Outcome.SUCCEEDED:
            return self.settled_request(charged)
        page = paid or next(iter(pages), None)
        return self.settled_invoice(page) if page is not None else None

    def request_of(self, attempt_id: str) -> _Object | PaymentResult | None:
        """Find our charge by its `reference_id`; None if Xendit lists none."""
        found = self._list(REQUESTS, {"reference_id": attempt_id, "limit": _MOST}, inside=True)
        if isinstance(found, PaymentResult):
            return found
        ours = [raw for raw in found if raw.get("reference_id") == attempt_id and payments.request_id_of(raw)]
        paid = [raw for raw in ours if payments.of_request(raw).outcome is Outcome.SUCCEEDED]
        return next(iter(paid or ours), None)

    def pages_of(self, attempt_id: str) -> list[_Object] | PaymentResult:
        """List our pages by their `external_id`."""
        found = self._list(INVOICES, {"external_id": attempt_id, "limit": _MOST}, inside=False)
        if isinstance(found, PaymentResult):
            return found
        return [raw for raw in found if raw.get("external_id") == attempt_id and text_of(raw.get("id"))]

    def settled_request(self, raw: _Object) -> PaymentResult:
        """Read a payment request; of a failed one the networks' codes too, of a paid one what went back."""
        result = payments.of_request(raw)
        if result.outcome is Outcome.DECLINED:
            return payments.of_request(raw, payment=self.details_of(raw))
        if result.outcome is Outcome.SUCCEEDED and result.psp_payment_id:
            return payments.of_request(raw, refunded=self._refunded(result.psp_payment_id, result.money))
        return result

    def settled_invoice(self, raw: _Object) -> PaymentResult:
        """Read an invoice; of a paid one what went back too."""
        result = payments.of_invoice(raw)
        if result.outcome is Outcome.SUCCEEDED and result.psp_payment_id:
            return payments.of_invoice(raw, refunded=self._refunded(result.psp_payment_id, result.money))
        return result

    def details_of(self, raw: _Object) -> _Object | None:
        """Read the payment that a payment request made; None if there is none, or it cannot be read."""
        payment_id = payments.latest_payment_id(raw)
        if payment_id is None or not is_payment(payment_id) or not self._reads_beside:
            return None
        found = self._fetch(f"/v3/payments/{payment_id}")
        self._reads_beside = not isinstance(found, PaymentResult)
        return None if isinstance(found, PaymentResult) else found

    def request_id_of_payment(self, payment_id: str) -> str | PaymentResult | None:
        """Return the payment request that a payment was made by."""
        found = self._fetch(f"/v3/payments/{payment_id}")
        return found if found is None or isinstance(found, PaymentResult) else text_of(found.get("payment_request_id"))

    def _by_payment(self, payment_id: str) -> PaymentResult | None:
        found = self._fetch(f"/v3/payments/{payment_id}")
        if found is None or isinstance(found, PaymentResult):
            return found
        request_id = text_of(found.get("payment_request_id"))
        if found.get("type") == payments.REUSABLE or request_id is None:
            return payments.of_payment(found)
        return self.by_id(request_id)

    def _request(self, own_id: str) -> _Object | PaymentResult | None:
        found = self._fetch(f"{REQUESTS}/{own_id}")
        return self._fetch(f"{_REQUESTS_V2}/{own_id}") if found is None else found

    def _refunded(self, own_id: str, money: Money | None) -> Money | None:
        listed = refunds.refunds_of(self._api, own_id) if self._reads_beside else None
        self._reads_beside = listed is not None
        return refunds.total_of(listed, money.currency) if listed is not None and money is not None else None

    def _fetch(self, path: str) -> _Object | PaymentResult | None:
        reply = self._api.get(path)
        if isinstance(reply, Reply) and reply.status == _HTTP_NOT_FOUND:
            return None
        if isinstance(reply, Failure) or reply.status != _HTTP_OK:
            return failed_read(reply)
        return dict_of(reply.body)

    def _list(self, path: str, params: Mapping[str, str | int], *, inside: bool) -> list[_Object] | PaymentResult:
        """Read a list, which is the whole reply or `inside` its `data`."""
        reply = self._api.get(path, params)
        if isinstance(reply, Failure) or reply.status != _HTTP_OK:
            return failed_read(reply)
        items = dict_of(reply.body).get("data") if inside else reply.body
        return [dict_of(item) for item in list_of(items)] if isinstance(items, list) else without_verdict(MALFORMED)


def _is_paid(page: _Object) -> bool:
    return payments.of_invoice(page).outcome is Outcome.SUCCEEDED
