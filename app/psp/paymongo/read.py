"""Looks payments up by each id that PayMongo may name."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from app.domain.payments.port import Outcome, PaymentResult, RefundResult
from app.domain.payments.problems import Problem
from app.psp.lenient import text_of, unix_time
from app.psp.paymongo import payments, search
from app.psp.paymongo.api import PaymongoApi, path_of
from app.psp.paymongo.facts import attributes_of, customer_off_session, facts_of, payments_of, references_of
from app.psp.paymongo.failures import failed_read, failure_of
from app.psp.wire import Failure, Reply

_Resource = Mapping[str, Any]
_HTTP_OK, _HTTP_NOT_FOUND = 200, 404
_READABLE: Final = frozenset({"pi", "pay", "cs", "src", "link"})
_SLACK: Final = timedelta(hours=1)
_NOT_OURS: Final = RefundResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail="not a payment of PayMongo's")
_UNPAID: Final = RefundResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail="nothing was captured")


class Reader:
    """One account's payments."""

    def __init__(self, api: PaymongoApi, *, live: bool) -> None:
        self._api = api
        self._live = live

    def by_id(self, resource_id: str) -> PaymentResult | None:
        """Read what an id names; None if PayMongo knows no such thing, or it is an intent of ours left untried."""
        kind = resource_id.partition("_")[0]
        found = self._fetch(resource_id) if kind in _READABLE else None
        if found is None or isinstance(found, PaymentResult):
            return found
        if kind == "pi":
            ours = references_of(attributes_of(found))[1] is not None
            return None if ours and payments.is_untried(found) else self._of_intent(found)
        if kind == "pay":
            return self.settled(found)
        return self._of_source(found) if kind == "src" else self._of_page(found)

    def by_attempt(self, attempt_id: str) -> PaymentResult | None:
        """Read the payment that bears our attempt's id; None if it is certain that there is none."""
        found = search.by_attempt(self._api, attempt_id, live=self._live)
        return found if found is None or isinstance(found, PaymentResult) else self.settled(found)

    def settled(self, payment: _Resource) -> PaymentResult:
        """Read a payment; one that took no money by its intent, which another try may have paid since."""
        intent_id = payments.intent_id_of(payment)
        if intent_id is None or payments.paid_of([payment]) is not None:
            return payments.of_payment(payment)
        found = self._fetch(intent_id)
        if isinstance(found, PaymentResult):
            return found
        return payments.of_payment(payment) if found is None else self._of_intent(found)

    def paid_payment(self, resource_id: str) -> _Resource | RefundResult:
        """Return the payment that took the money, by any id; or why there is nothing to give back."""
        path = path_of(resource_id)
        if path is None or resource_id.partition("_")[0] not in _READABLE:
            return _NOT_OURS
        reply = self._api.get(path)
        if isinstance(reply, Failure) or reply.status != _HTTP_OK:
            failure = failure_of(reply)
            # Nothing was asked for yet, so whatever went wrong, no money moved.
            return RefundResult(
                Outcome.ERROR,
                error_code=failure.problem,
                detail=failure.detail,
                transient=failure.transient or failure.outcome is Outcome.UNKNOWN,
            )
        found = payments.resource_of(reply.body)
        listed = [found] if resource_id.startswith("pay_") else payments_of(attributes_of(found))
        paid = payments.paid_of(listed)
        return paid if paid is not None and text_of(paid.get("id")) else _UNPAID

    def _of_intent(self, intent: _Resource) -> PaymentResult:
        """Read an intent; of a merchant's declined one also the method that may be charged without its payer."""
        result, customer_id = payments.of_intent(intent), customer_off_session(attributes_of(intent))
        if payments.is_try_on_page(intent):
            return payments.of_try_on_page(result)
        facts = result.facts
        if result.outcome is not Outcome.DECLINED or facts is None or facts.attempt_id or customer_id is None:
            return result
        customer = self._fetch(customer_id)
        known = attributes_of(customer) if not isinstance(customer, PaymentResult) else {}
        saved = replace(facts.method, token=text_of(known.get("default_payment_method_id")))
        return replace(result, facts=replace(facts, method=saved))

    def _of_page(self, page: _Resource) -> PaymentResult:
        paid = payments.paid_of(payments_of(attributes_of(page)))
        if paid is None:
            return payments.of_page(page)
        result = self.settled(paid)
        page_id, attributes = text_of(page.get("id")), attributes_of(page)
        others = tuple(i for i in (page_id, text_of(paid.get("id"))) if i and i != result.psp_payment_id)
        paid_attributes = attributes_of(paid)
        return replace(result, facts=facts_of(paid_attributes, paid, owner=attributes, other_ids=others))

    def _of_source(self, source: _Resource) -> PaymentResult:
        attributes = attributes_of(source)
        if attributes.get("status") != "paid":
            return payments.of_source(source)
        made = unix_time(attributes.get("created_at"))
        since = made - _SLACK if made is not None else None
        found = search.by_source(self._api, str(source.get("id")), since=since)
        if found is None:
            return payments.of_source(source)
        return found if isinstance(found, PaymentResult) else payments.of_payment(found)

    def _fetch(self, resource_id: str) -> _Resource | PaymentResult | None:
        path = path_of(resource_id)
        if path is None:
            return None
        reply = self._api.get(path)
        if isinstance(reply, Reply) and reply.status == _HTTP_NOT_FOUND:
            return None
        if isinstance(reply, Failure) or reply.status != _HTTP_OK:
            return failed_read(reply)
        return payments.resource_of(reply.body)
