"""Orders: made, changed, captured once. A `PayPal-Request-Id` gives the same order again, whatever the body says."""

import json
import secrets
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Request
from fastapi.responses import Response

from app.simulators.books import objects, payments, refunds
from app.simulators.books.core import Books, InAccount, InBooks, JsonBody, RawBody, Reply
from app.simulators.books.database import Row
from app.simulators.books.errors import BooksError, Refusal, invalid
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Account, Unit
from app.simulators.paypal.amounts import read as amount_read
from app.simulators.paypal.views import is_seen, order_status, order_view
from app.simulators.paypal.words import issue_of, unprocessable

router = APIRouter(prefix="/v2/checkout/orders")

KIND: Final = "order"
REFUSES: Final = "pm_sim_code_instrument_declined"
"""What pays an order whose payer chose to be refused."""
_CREATED: Final = 201
_NO_CONTENT: Final = 204
_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPRSTUVWXY"
RequestId = Annotated[str | None, Header(alias="PayPal-Request-Id", max_length=108)]
Id = Annotated[str, Path(pattern=r"^[A-Z0-9]{1,36}$")]


def new_id(length: int = 17) -> str:
    """Return an id as PayPal's orders, captures and refunds have."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


@router.post("")
def create(request: Request, books: InBooks, account: InAccount, body: JsonBody, key: RequestId = None) -> Response:
    """Make an order; with a payment source that can pay at once, capture it too."""
    source = _source_of(body)
    vaulted = _token_of(source)
    if vaulted and not key:
        raise BooksError(Refusal.INVALID, "A PayPal-Request-Id is required.", param="PAYPAL_REQUEST_ID_REQUIRED")

    def work(unit: Unit) -> Answer:
        data = {"unit": _unit_of(body), "status": "PAYER_ACTION_REQUIRED" if source and not vaulted else "CREATED"}
        order = objects.put(unit, KIND, new_id(), {**data, "context": _context_of(source)})
        if vaulted:
            return _capture(unit, order, source, page_of(books, request, order["id"]))
        return Answer(_CREATED, shown(unit, order, page=page_of(books, request, order["id"])))

    # The request id alone decides: what PayPal documents says nothing of the body.
    return _latest(books, request, account, books.write(account, key, "orders", work))


@router.get("/{order_id}")
def read(request: Request, books: InBooks, account: InAccount, order_id: Id) -> Response:
    """Show an order."""
    page = page_of(books, request, order_id)
    return books.read(account, lambda unit: shown(unit, objects.get(unit, KIND, order_id), page=page))


@router.patch("/{order_id}")
def change(books: InBooks, account: InAccount, order_id: Id, body: RawBody) -> Response:
    """Replace the purchase unit of an order that nobody paid, or one of its fields."""
    operation = _operation(body)
    with books.unit(account) as unit:
        order = objects.get(unit, KIND, order_id)
        if order_status(order, payments.of_parent(unit, order_id)) not in {"CREATED", "APPROVED"}:
            raise BooksError(Refusal.WRONG_STATE, "The order is complete.", param="ORDER_ALREADY_COMPLETED")
        objects.put(unit, KIND, order_id, {"unit": _replaced(order["data"]["unit"], operation)})
    return Response(status_code=_NO_CONTENT)


@router.post("/{order_id}/capture")
def capture(
    request: Request, books: InBooks, account: InAccount, order_id: Id, body: JsonBody, key: RequestId = None
) -> Response:
    """Capture an order, once: with a payment source, or as the payer approved it."""
    page = page_of(books, request, order_id)

    def work(unit: Unit) -> Answer:
        unit.rows("SELECT pg_advisory_xact_lock(hashtextextended(%(lock)s, 0))", lock=f"order:{order_id}")
        return _capture(unit, objects.get(unit, KIND, order_id), _source_of(body), page)

    return _latest(books, request, account, books.write(account, key, f"capture:{order_id}", work))


def shown(unit: Unit, order: Row, *, page: str) -> dict[str, Any]:
    """Show an order as it is now; counts as a read of a pending capture."""
    rows = payments.look(unit, payments.of_parent(unit, order["id"]))
    given_back = [(refund, row) for row in rows for refund in refunds.of_payment(unit, row["id"])]
    return order_view(order, rows, given_back, page=page)


def page_of(books: Books, request: Request, order_id: str) -> str:
    """Return where the payer approves an order."""
    return f"{books.base_url(request)}/checkoutnow/{order_id}"


def _latest(books: Books, request: Request, account: Account, reply: Reply) -> Response:
    """Answer a repeated request with the order as it is now; what was refused is refused again as it was."""
    if "idempotent-replayed" not in reply.headers or reply.status_code != _CREATED:
        return reply
    return read(request, books, account, json.loads(bytes(reply.body))["id"])


def _capture(unit: Unit, order: Row, source: Mapping[str, Any], page: str) -> Answer:
    earlier = payments.of_parent(unit, order["id"])
    if any(map(is_seen, earlier)):
        return unprocessable("ORDER_ALREADY_CAPTURED", "Order already captured.")
    token = _token_of(source) or order["data"].get("pays_with")
    if token is None:
        return unprocessable("ORDER_NOT_APPROVED", "Payer has not yet approved the Order for payment.")
    wanted = order["data"]["unit"]
    if _is_paid_invoice(unit, wanted.get("invoice_id")):
        return unprocessable("DUPLICATE_INVOICE_ID", "Duplicate Invoice ID detected.")
    row = payments.charge(unit, _payment_of(order, str(token)))
    if source:
        order = objects.put(unit, KIND, order["id"], {"source": _told_source(source)})
    if row["status"] == "requires_action":
        return unprocessable("PAYER_ACTION_REQUIRED", "Payer needs to authenticate.")
    if not is_seen(row):
        return unprocessable(issue_of(row["decline"] or ""), "The payment source was refused.")
    return Answer(_CREATED, shown(unit, order, page=page))


def _payment_of(order: Row, token: str) -> payments.Order:
    wanted = order["data"]["unit"]
    amount, currency = amount_read(wanted["amount"])
    reference = wanted.get("reference_id")
    names = {name: wanted[name] for name in ("custom_id", "invoice_id") if wanted.get(name)}
    return payments.Order(
        amount,
        currency,
        token=token,
        reference=reference if reference not in {None, "default"} else names.get("custom_id"),
        parent=order["id"],
        metadata={"attempt_id": names["invoice_id"]} if "invoice_id" in names else {},
        data=names,
    )


def _is_paid_invoice(unit: Unit, invoice_id: str | None) -> bool:
    statement = """
    SELECT 1 AS found FROM payments WHERE account_id = %(account_id)s AND data->>'invoice_id' = %(invoice_id)s
      AND status IN ('captured', 'pending', 'refunded') LIMIT 1
    """
    return bool(invoice_id) and unit.row(statement, invoice_id=invoice_id) is not None


def _unit_of(body: Mapping[str, Any]) -> dict[str, Any]:
    units = body.get("purchase_units")
    if body.get("intent") != "CAPTURE" or not isinstance(units, list) or len(units) != 1:
        raise invalid("One purchase unit, with the intent CAPTURE.", param="INVALID_PARAMETER_VALUE")
    wanted = dict(units[0])
    amount_read(wanted.get("amount"))
    for name, longest in (("custom_id", 127), ("invoice_id", 127), ("reference_id", 256)):
        if len(str(wanted.get(name) or "")) > longest:
            raise invalid(f"{name} is too long.", param="INVALID_STRING_MAX_LENGTH")
    return {"reference_id": "default", **wanted}


def _operation(body: bytes) -> Mapping[str, Any]:
    try:
        operations = json.loads(body)
    except ValueError:
        operations = None
    operation = operations[0] if isinstance(operations, list) and len(operations) == 1 else None
    if not isinstance(operation, dict) or operation.get("op") != "replace":
        raise invalid("One replacement at a time.", param="INVALID_PATCH_OPERATION")
    return operation


def _replaced(wanted: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Any]:
    place = f"/purchase_units/@reference_id=='{wanted['reference_id']}'"
    value = operation.get("value")
    if operation.get("path") == place and isinstance(value, dict):
        amount_read(value.get("amount"))
        return dict(value)
    if operation.get("path") == f"{place}/custom_id" and isinstance(value, str):
        return {**wanted, "custom_id": value}
    raise invalid("Only the purchase unit, or its custom_id.", param="INVALID_PATCH_OPERATION")


def _source_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    source = body.get("payment_source")
    return source if isinstance(source, dict) else {}


def _token_of(source: Mapping[str, Any]) -> str | None:
    for kind in ("card", "paypal", "token"):
        details = source.get(kind)
        if isinstance(details, dict) and (found := details.get("vault_id") or details.get("id")):
            return str(found)
    return None


def _context_of(source: Mapping[str, Any]) -> dict[str, Any]:
    wallet = source.get("paypal")
    context = wallet.get("experience_context") if isinstance(wallet, dict) else None
    return {name: str(context[name]) for name in ("return_url", "cancel_url") if name in context} if context else {}


def _told_source(source: Mapping[str, Any]) -> dict[str, Any]:
    kind = next(iter(source))
    vault = {"attributes": {"vault": {"id": _token_of(source), "customer": {"id": "cust_sim"}}}}
    if kind == "card":
        return {"card": {"last_digits": "1111", "brand": "VISA", "type": "CREDIT", **vault}}
    return {"paypal": {"email_address": "payer@example.com", "account_id": "SIMPAYER00001", **vault}}
