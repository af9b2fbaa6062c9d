"""PayMongo's paths for intents, payments and refunds; pages and sources are beside."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse, Response

from app.simulators.books import payments, refunds
from app.simulators.books.core import InAccount, InBooks, JsonBody
from app.simulators.books.database import Row
from app.simulators.books.errors import invalid, not_found
from app.simulators.books.payments import Order
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Unit
from app.simulators.paymongo import pages, sources, views
from app.simulators.paymongo.bodies import amount_of, attributes_of, currency_of, metadata_of, text_of
from app.simulators.paymongo.words import is_live

router: Final = APIRouter()
router.include_router(pages.router)
router.include_router(sources.router)

Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)]
METHODS: Final = ("card", "gcash", "paymaya", "grab_pay", "qrph")
_LIST: Final = """
SELECT * FROM payments
WHERE account_id = %(account_id)s AND status = ANY (%(listed)s)
  AND (%(after)s::text IS NULL OR seq < (SELECT seq FROM payments WHERE id = %(after)s))
  AND (%(before)s::text IS NULL OR seq > (SELECT seq FROM payments WHERE id = %(before)s))
ORDER BY seq DESC LIMIT %(limit)s
"""


_LAST_METHOD: Final = """
SELECT token FROM payments
WHERE account_id = %(account_id)s AND customer = %(customer)s AND token IS NOT NULL ORDER BY seq DESC LIMIT 1
"""


@router.get("/v1/merchants/capabilities/payment_methods")
def capabilities(account: InAccount) -> Response:
    """Say what the account may offer."""
    del account  # every one may offer the same
    return JSONResponse(list(METHODS))


@router.post("/v1/payment_intents")
def create_intent(books: InBooks, account: InAccount, body: JsonBody, key: Key = None) -> Response:
    """Make an intent, which moves no money."""
    asked = attributes_of(body)
    data = {name: value for name, value in asked.items() if name in {"description", "payment_method_allowed"}}
    usage = asked.get("setup_future_usage")
    customer = usage.get("customer_id") if isinstance(usage, dict) else None
    order = Order(amount_of(asked), currency_of(asked), customer=customer, metadata=metadata_of(asked), data=data)

    def work(unit: Unit) -> Answer:
        return Answer(200, _shown_intent(unit, payments.create(unit, order)))

    return books.write(account, key, ["payment_intents", body], work)


@router.get("/v1/payment_intents/{intent_id}")
def read_intent(books: InBooks, account: InAccount, intent_id: str) -> Response:
    """Show an intent."""

    def work(unit: Unit) -> dict[str, Any]:
        return _shown_intent(unit, payments.look(unit, [payments.get(unit, intent_id)])[0])

    return books.read(account, work)


@router.post("/v1/payment_intents/{intent_id}/attach")
def attach(books: InBooks, account: InAccount, intent_id: str, body: JsonBody, key: Key = None) -> Response:
    """Attach a method, which charges it; a decline is an error, and the intent takes another method."""
    token = text_of(attributes_of(body), "payment_method")

    def work(unit: Unit) -> Answer:
        row = payments.attempt(unit, intent_id, token=token)
        if row["status"] != "declined":
            return Answer(200, _shown_intent(unit, row))
        code, message = views.decline_of(row)
        return Answer(400, {"errors": [{"code": "resource_failed_state", "detail": message, "sub_code": code}]})

    return books.write(account, key, ["attach", intent_id, body], work)


@router.get("/v1/payments")
def list_payments(
    books: InBooks,
    account: InAccount,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    after: str | None = None,
    before: str | None = None,
) -> Response:
    """List payments, the newest first; `after` leads on to older ones."""

    def work(unit: Unit) -> dict[str, Any]:
        places = {"after": after and _own_id(unit, after), "before": before and _own_id(unit, before)}
        rows = unit.rows(_LIST, listed=list(views.LISTED), limit=limit + 1, **places)
        shown = [_shown_payment(unit, row) for row in payments.look(unit, rows[:limit])]
        return {"data": shown, "has_more": len(rows) > limit}

    return books.read(account, work)


@router.get("/v1/payments/{payment_id}")
def read_payment(books: InBooks, account: InAccount, payment_id: str) -> Response:
    """Show a payment."""

    def work(unit: Unit) -> dict[str, Any]:
        row = payments.look(unit, [payments.get(unit, _own_id(unit, payment_id))])[0]
        if row["status"] not in views.LISTED:
            raise not_found("payment")
        return {"data": _shown_payment(unit, row)}

    return books.read(account, work)


@router.post("/v1/payments")
def charge_source(books: InBooks, account: InAccount, body: JsonBody, key: Key = None) -> Response:
    """Charge a source that its payer authorized, once."""
    asked = attributes_of(body)

    def work(unit: Unit) -> Answer:
        return Answer(200, {"data": _shown_payment(unit, sources.charge(unit, asked))})

    return books.write(account, key, ["payments", body], work)


@router.post("/v1/refunds")
def create_refund(books: InBooks, account: InAccount, body: JsonBody, key: Key = None) -> Response:
    """Give money back."""
    asked = attributes_of(body)
    amount, payment_id = amount_of(asked), text_of(asked, "payment_id")
    if asked.get("reason") not in {"duplicate", "fraudulent", "requested_by_customer", "others"}:
        raise invalid("reason is not one of the possible values.", param="reason")

    def work(unit: Unit) -> Answer:
        own_id = _own_id(unit, payment_id)
        notes = asked.get("notes")
        row = refunds.refund(unit, own_id, amount=amount, reference=notes, metadata=metadata_of(asked))
        return Answer(200, {"data": views.refund(row, payments.get(unit, own_id), live=is_live(account.name))})

    return books.write(account, key, ["refunds", body], work)


@router.get("/v1/customers/{customer_id}")
def read_customer(books: InBooks, account: InAccount, customer_id: str) -> Response:
    """Show a customer, whose default method is the one that was charged last."""

    def work(unit: Unit) -> dict[str, Any]:
        row = unit.row(_LAST_METHOD, customer=customer_id)
        if row is None:
            raise not_found("customer")
        shown = {"default_payment_method_id": row["token"], "livemode": is_live(account.name)}
        return {"data": {"id": customer_id, "type": "customer", "attributes": shown}}

    return books.read(account, work)


@router.get("/v1/webhooks")
def list_webhooks(books: InBooks, account: InAccount) -> Response:
    """List where webhooks go, as the simulator's keeper set it."""

    def work(unit: Unit) -> dict[str, Any]:
        row = unit.written("SELECT webhook_url FROM accounts WHERE id = %(account_id)s")
        names = ["payment.paid", "payment.failed", "payment.refunded", "checkout_session.payment.paid"]
        hook = {"url": row["webhook_url"], "events": names, "status": "enabled", "livemode": is_live(account.name)}
        return {"data": [{"id": "hook_1", "type": "webhook", "attributes": hook}] if row["webhook_url"] else []}

    return books.read(account, work)


def _own_id(unit: Unit, payment_id: str) -> str:
    """Return the books' id of a payment: of its intent, or its own if a source was charged."""
    if payments.find(unit, payment_id) is not None or not payment_id.startswith("pay_"):
        return payment_id
    return views.intent_id(payment_id)


def _shown_intent(unit: Unit, row: Row) -> dict[str, Any]:
    return {"data": views.intent(row, refunds.of_payment(unit, row["id"]), live=is_live(unit.account.name))}


def _shown_payment(unit: Unit, row: Row) -> dict[str, Any]:
    return views.payment(row, refunds.of_payment(unit, row["id"]), live=is_live(unit.account.name))
