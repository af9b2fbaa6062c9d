"""Finds a payment at Stripe: by whatever id a webhook may name, or by our attempt id.

A PaymentIntent is the payment; charges, invoices and sessions lead to theirs. By attempt id, Stripe's search
answers first; it lags by a minute, so the newest intents are listed too, as far back as search may lag. If neither
can say for sure that there is none, the answer is `unknown`. Nothing here makes or repeats a payment.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from app.domain.payments.port import Outcome, PaymentResult
from app.domain.payments.problems import Problem
from app.psp.lenient import dict_of, text_of
from app.psp.stripe import mapping, pages
from app.psp.stripe.calls import Calls
from app.psp.stripe.failures import failed_read
from app.psp.stripe.names import id_of
from app.psp.stripe.requests import KEY, PAGE
from app.psp.wire import Failure, Reply

_ID: Final = re.compile(r"(?:pi|ch|py|in|cs)_[A-Za-z0-9_]{1,250}")
_ATTEMPT: Final = re.compile(r"[A-Za-z0-9_.:-]{1,200}")  # what can stand in a search between quotes
_LAG: Final = timedelta(minutes=15)
_PAGES: Final = 10
_SESSION_PAGES: Final = 3
_PAGE_SIZE: Final = 100
_OK, _NOT_FOUND = 200, 404
_NO_SEARCH: Final = frozenset({400, 403, 404})
"""Search is not there for every account (not in India, nor for keys without the permission)."""

Item = Mapping[str, Any]


class Stopped(Exception):  # noqa: N818  (a way out of nested reads, no error)
    """A read failed on the way; `result` says how."""

    def __init__(self, reply: Reply | Failure) -> None:
        super().__init__()
        self.result = failed_read(reply)


class Lookup:
    """Reads of one account."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def by_id(self, psp_payment_id: str) -> PaymentResult | None:
        """Read a payment by its own id, or its charge's, invoice's or session's; None if Stripe knows none."""
        if not _ID.fullmatch(psp_payment_id):
            return None
        try:
            return self._readers()[psp_payment_id[:3]](psp_payment_id)
        except Stopped as stopped:
            return stopped.result

    def by_attempt(self, attempt_id: str) -> PaymentResult | None:
        """Find what an attempt made; None only if it certainly made nothing, `unknown` if that is not certain."""
        if not _ATTEMPT.fullmatch(attempt_id):
            return None
        try:
            return self._by_attempt(attempt_id)
        except Stopped as stopped:
            return stopped.result

    def session_of_key(self, key: str) -> Item | None:
        """Find the newest session that an idempotency key of ours made; None if it is not among the latest."""
        try:
            return next((one for one in self._sessions() if dict_of(one.get("metadata")).get(KEY) == key), None)
        except Stopped:
            return None

    def _readers(self) -> dict[str, Callable[[str], PaymentResult | None]]:
        return {
            "pi_": self._intent,
            "ch_": self._charge,
            "py_": self._charge,
            "in_": self._invoice,
            "cs_": self._session,
        }

    def _intent(self, intent_id: str) -> PaymentResult | None:
        intent = self._read(f"/v1/payment_intents/{intent_id}", ["latest_charge"])
        return self._judged(intent) if intent is not None else None

    def _judged(self, intent: Item) -> PaymentResult:
        """Read an intent with what only others know: whether its page is still open, whether Stripe retries it."""
        result, metadata = mapping.payment_of(intent), dict_of(intent.get("metadata"))
        if result.status in mapping.SETTLED or result.psp_payment_id is None:
            return result
        if metadata.get(PAGE):
            session = self._first("/v1/checkout/sessions", {"payment_intent": result.psp_payment_id})
            return pages.payment_of_session({**session, "payment_intent": intent}) if session else result
        if metadata.get("attempt_id") or not intent.get("customer"):
            return result
        asked = {"payment": {"type": "payment_intent", "payment_intent": result.psp_payment_id}}
        paid = self._first("/v1/invoice_payments", {**asked, "expand": ["data.invoice"]}, optional=True)
        return mapping.with_invoice(result, dict_of(dict_of(paid).get("invoice")))

    def _charge(self, charge_id: str) -> PaymentResult | None:
        charge = self._read(f"/v1/charges/{charge_id}", [])
        if charge is None:
            return None
        intent_id = id_of(charge.get("payment_intent"))
        return self._intent(intent_id) if intent_id else mapping.payment_of(mapping.intent_of_charge(charge))

    def _invoice(self, invoice_id: str) -> PaymentResult | None:
        invoice = self._read(f"/v1/invoices/{invoice_id}", ["payments"])
        if invoice is None:
            return None
        paid = dict_of(invoice.get("payments")).get("data")
        tried = [dict_of(dict_of(one).get("payment")) for one in (paid if isinstance(paid, list) else [])]
        intents = [id_of(one.get("payment_intent")) for one in tried]
        intent_id = next((one for one in reversed(intents) if one), None)
        intent = self._read(f"/v1/payment_intents/{intent_id}", ["latest_charge"]) if intent_id else None
        if intent is None:
            return mapping.payment_of_invoice(invoice)
        return mapping.with_invoice(mapping.payment_of(intent), invoice)

    def _session(self, session_id: str) -> PaymentResult | None:
        session = self._read(f"/v1/checkout/sessions/{session_id}", ["payment_intent.latest_charge"])
        return pages.payment_of_session(session) if session is not None else None

    def _by_attempt(self, attempt_id: str) -> PaymentResult | None:
        found, searched = self._searched(attempt_id)
        best = mapping.best_of(found)
        if best is not None and (best.status in mapping.SETTLED or not _of_page(best)):
            return best
        recent, complete = self._recent(attempt_id, searched=searched)
        best = mapping.best_of([*found, *recent])
        if best is None or best.status not in mapping.SETTLED:
            opened = [one for one in self._sessions() if _names(one, attempt_id)]
            read = [self._session(str(one.get("id"))) for one in opened]
            best = mapping.best_of([*found, *recent, *(one for one in read if one is not None)])
        if best is None and not complete:
            return PaymentResult(
                Outcome.UNKNOWN, error_code=Problem.PENDING, detail="too many payments lately to be sure of none"
            )
        return best

    def _searched(self, attempt_id: str) -> tuple[list[PaymentResult], bool]:
        """Ask Stripe's search; say also whether it could be asked."""
        query = f"metadata['attempt_id']:'{attempt_id}'"
        reply = self._calls.get("/v1/payment_intents/search", {"query": query, "limit": _PAGE_SIZE})
        if isinstance(reply, Reply) and reply.status in _NO_SEARCH:
            return [], False
        # What search shows may be stale: it names, and the intents themselves tell.
        ids = [str(one.get("id")) for one in _data(reply) if _names(one, attempt_id)]
        read = [self._intent(one) for one in ids]
        return [one for one in read if one is not None], True

    def _recent(self, attempt_id: str, *, searched: bool) -> tuple[list[PaymentResult], bool]:
        """List the newest intents; say also whether older ones need not be looked at."""
        found: list[PaymentResult] = []
        newest: datetime | None = None
        for number, items in enumerate(self._pages("/v1/payment_intents", ["data.latest_charge"])):
            found += [self._judged(one) for one in items if _names(one, attempt_id)]
            newest = newest or (mapping.created_of(items[0]) if items else None)
            oldest = mapping.created_of(items[-1]) if items else None
            if found or (searched and newest and oldest and newest - oldest > _LAG):
                return found, True
            if number + 1 == _PAGES:
                return found, False
        return found, True

    def _sessions(self) -> Iterator[Item]:
        for number, items in enumerate(self._pages("/v1/checkout/sessions", [])):
            yield from items
            if number + 1 == _SESSION_PAGES:
                return

    def _pages(self, path: str, expand: list[str]) -> Iterator[list[Item]]:
        cursor: str | None = None
        while True:
            params: dict[str, Any] = {"limit": _PAGE_SIZE}
            params |= {"expand": expand} if expand else {}
            params |= {"starting_after": cursor} if cursor else {}
            reply = self._calls.get(path, params)
            items = _data(reply)
            yield items
            cursor = text_of(items[-1].get("id")) if items else None
            if cursor is None or not isinstance(reply, Reply) or dict_of(reply.body).get("has_more") is not True:
                return

    def _first(self, path: str, params: Item, *, optional: bool = False) -> Item | None:
        reply = self._calls.get(path, {**params, "limit": 1})
        if optional and isinstance(reply, Reply) and reply.status in _NO_SEARCH:
            return None
        items = _data(reply)
        return items[0] if items else None

    def _read(self, path: str, expand: list[str]) -> Item | None:
        reply = self._calls.get(path, {"expand": expand} if expand else None)
        if isinstance(reply, Reply) and reply.status == _NOT_FOUND:
            return None
        if isinstance(reply, Failure) or reply.status != _OK:
            raise Stopped(reply)
        return dict_of(reply.body)


def _data(reply: Reply | Failure) -> list[Item]:
    if isinstance(reply, Failure) or reply.status != _OK:
        raise Stopped(reply)
    items = dict_of(reply.body).get("data")
    if not isinstance(items, list):
        raise Stopped(Failure(Outcome.UNKNOWN, Problem.MALFORMED_REPLY, detail="a list without data"))
    return [dict_of(one) for one in items]


def _names(item: Item, attempt_id: str) -> bool:
    return dict_of(item.get("metadata")).get("attempt_id") == attempt_id


def _of_page(result: PaymentResult) -> bool:
    return result.psp_payment_id is not None and result.psp_payment_id.startswith("cs_")
