"""What hangs on payments: charges, refunds, invoices; and customers and webhook endpoints."""

import secrets
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from app.simulators.books import accounts, listing, objects, payments, refunds
from app.simulators.books.core import InAccount, InBooks
from app.simulators.books.database import Row
from app.simulators.books.errors import invalid, not_found
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Unit
from app.simulators.stripe import forms, papers, views
from app.simulators.stripe.params import Form, Id, Key, Query, window
from app.simulators.stripe.views import listed

router = APIRouter()


@router.get("/charges")
def list_charges(books: InBooks, account: InAccount, query: Query) -> Response:
    """List the latest charges of payments, the newest first."""

    def work(unit: Unit) -> dict[str, Any]:
        page = listing.rows_of(unit, "payments", window(unit, "payments", query))
        items = [views.charge_view(row) for row in page.rows if views.charge_id(row)]
        return listed(items, url="/v1/charges", more=page.more)

    return books.read(account, work)


@router.get("/charges/{charge_id}")
def read_charge(books: InBooks, account: InAccount, charge_id: Id) -> Response:
    """Read the latest charge of a payment."""
    return books.read(account, lambda unit: views.charge_view(_paid(unit, views.payment_of_charge(charge_id))))


@router.post("/refunds")
def create_refund(books: InBooks, account: InAccount, form: Form, key: Key = None) -> Response:
    """Give money back."""
    charge, intent = form.get("charge"), form.get("payment_intent")
    payment_id = views.payment_of_charge(str(charge)) if charge else str(intent)

    def work(unit: Unit) -> Answer:
        amount = forms.integer(form, "amount") if "amount" in form else None
        row = refunds.refund(unit, payment_id, amount=amount, metadata=forms.metadata(form))
        return Answer(200, views.refund_view(row, payments.get(unit, payment_id)["currency"]))

    return books.write(account, key, ["POST refunds", form], work)


@router.get("/refunds")
def list_refunds(books: InBooks, account: InAccount, query: Query) -> Response:
    """List the refunds of a payment."""
    payment_id = str(query.get("payment_intent"))

    def work(unit: Unit) -> dict[str, Any]:
        row = payments.find(unit, payment_id)
        rows = refunds.of_payment(unit, payment_id) if row else []
        items = [views.refund_view(one, row["currency"]) for one in rows] if row else []
        return listed(items, url="/v1/refunds", more=False)

    return books.read(account, work)


@router.get("/invoices")
def list_invoices(books: InBooks, account: InAccount, query: Query) -> Response:
    """List invoices: the latest payments that have one."""

    def work(unit: Unit) -> dict[str, Any]:
        page = listing.rows_of(unit, "payments", window(unit, "payments", query))
        items = [papers.invoice_view(row) for row in page.rows if views.invoice_id(row)]
        return listed(items, url="/v1/invoices", more=page.more)

    return books.read(account, work)


@router.get("/invoices/{invoice_id}")
def read_invoice(books: InBooks, account: InAccount, invoice_id: Id, query: Query) -> Response:
    """Read the invoice that a payment pays."""

    def work(unit: Unit) -> dict[str, Any]:
        row = _paid(unit, views.payment_of_invoice(invoice_id))
        if views.invoice_id(row) is None:
            raise not_found("invoice")
        return papers.invoice_view(row, expand_payments=forms.expands(query, "payments"))

    return books.read(account, work)


@router.get("/invoice_payments")
def list_invoice_payments(books: InBooks, account: InAccount, query: Query) -> Response:
    """Find the invoice of a payment."""
    wanted = forms.fields(query, "payment").get("payment_intent")

    def work(unit: Unit) -> dict[str, Any]:
        row = payments.find(unit, str(wanted))
        expand = forms.expands(query, "data.invoice")
        found = [row] if row is not None and views.invoice_id(row) else []
        items = [papers.invoice_payment_view(one, expand_invoice=expand) for one in found]
        return listed(items, url="/v1/invoice_payments", more=False)

    return books.read(account, work)


@router.post("/customers")
def create_customer(books: InBooks, account: InAccount, form: Form, key: Key = None) -> Response:
    """Make a customer."""

    def work(unit: Unit) -> Answer:
        own_id = f"cus_{secrets.token_hex(7)}"
        told = {name: form.get(name) for name in ("email", "name", "phone")}
        data = {"object": "customer", "id": own_id, "metadata": forms.metadata(form), **told}
        return Answer(200, objects.put(unit, "customer", own_id, data)["data"])

    return books.write(account, key, ["POST customers", form], work)


@router.get("/customers/{customer_id}")
def read_customer(books: InBooks, account: InAccount, customer_id: Id) -> Response:
    """Read a customer."""
    return books.read(account, lambda unit: objects.get(unit, "customer", customer_id)["data"])


@router.post("/webhook_endpoints")
def create_webhook_endpoint(books: InBooks, account: InAccount, form: Form, key: Key = None) -> Response:
    """Register where webhooks go; the answer is the only one that shows the secret. The last one registered is used."""
    url, secret = str(form.get("url")), f"whsec_{secrets.token_hex(16)}"
    if not url.startswith(("http://", "https://")):
        raise invalid("Invalid URL.", param="url")
    accounts.set_webhook_endpoint(books.database, account, accounts.WebhookEndpoint(url=url, secret=secret))

    def work(unit: Unit) -> Answer:
        own_id = f"we_{secrets.token_hex(12)}"
        data = {
            "object": "webhook_endpoint",
            "id": own_id,
            "enabled_events": form.get("enabled_events") or ["*"],
            "status": "enabled",
            "url": url,
        }
        objects.put(unit, "webhook_endpoint", own_id, data)
        return Answer(200, {**data, "secret": secret})

    return books.write(account, key, ["POST webhook_endpoints", form], work)


@router.get("/webhook_endpoints")
def list_webhook_endpoints(books: InBooks, account: InAccount) -> Response:
    """List where webhooks go."""

    def work(unit: Unit) -> dict[str, Any]:
        page = listing.rows_of(unit, "objects", listing.Window(limit=100), kind="webhook_endpoint")
        return listed([row["data"] for row in page.rows], url="/v1/webhook_endpoints", more=page.more)

    return books.read(account, work)


def _paid(unit: Unit, payment_id: str) -> Row:
    return payments.look(unit, [payments.get(unit, payment_id)])[0]
