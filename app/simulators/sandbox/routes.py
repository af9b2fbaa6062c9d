"""The sandbox's HTTP API. Every call has an API key; every call that creates has an idempotency key."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime
from starlette.concurrency import run_in_threadpool

from app.simulators.sandbox import accounts, checkout, listing, payments, refunds
from app.simulators.sandbox.bodies import ID_PATTERN, CheckoutBody, PaymentBody, RefundBody, WebhookEndpointBody
from app.simulators.sandbox.context import Context
from app.simulators.sandbox.idempotency import Answer
from app.simulators.sandbox.views import charge_view, payment_view

router = APIRouter(prefix="/v1")

_KEY: Final = r"^[\x21-\x7e]{1,255}$"
_TEXT: Final = r"^[^\x00-\x1f\x7f]{1,255}$"


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def _account(context: Annotated[Context, Depends(_context)], authorization: Annotated[str, Header()] = "") -> int:
    return accounts.authenticate(context.database, authorization)


def _page(
    limit: Annotated[int, Query(ge=1, le=listing.MAX_LIMIT)] = 25,
    cursor: Annotated[str | None, Query()] = None,
    created_from: Annotated[AwareDatetime | None, Query()] = None,
    created_to: Annotated[AwareDatetime | None, Query()] = None,
) -> listing.Page:
    return listing.Page(limit=limit, cursor=cursor, created_from=created_from, created_to=created_to)


InContext = Annotated[Context, Depends(_context)]
Account = Annotated[int, Depends(_account)]
Key = Annotated[str, Header(alias="Idempotency-Key", pattern=_KEY)]
InPage = Annotated[listing.Page, Depends(_page)]
Id = Annotated[str, Path(pattern=ID_PATTERN)]
Text = Annotated[str | None, Query(pattern=_TEXT)]


def _reply(context: Context, answer: Answer) -> JSONResponse:
    context.sender.wake()
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else None
    return JSONResponse(answer.body, status_code=answer.status, headers=headers)


@router.post("/payments", status_code=201)
async def create_payment(context: InContext, account: Account, key: Key, body: PaymentBody) -> JSONResponse:
    """Charge a saved method. 402 with the payment if it is declined."""
    order = payments.ChargeOrder(
        reference=body.reference,
        amount=body.amount,
        currency=body.currency,
        token=body.method_token,
        attempt_id=body.metadata.attempt_id,
    )
    answer = await run_in_threadpool(payments.charge, context.database, account, key, order)
    reply = _reply(context, answer)
    if answer.stalls:
        # The books are closed and no connection is held: only this caller waits.
        await asyncio.sleep(context.stall_seconds)
    return reply


@router.get("/payments")
def list_payments(
    context: InContext, account: Account, page: InPage, reference: Text = None, idempotency_key: Text = None
) -> dict[str, Any]:
    """List payments, oldest first."""
    if idempotency_key is not None:
        payments.settle_by_key(context.database, account, idempotency_key)
    return listing.payments(
        context.database, account, page, reference=reference, idempotency_key=idempotency_key, view=payment_view
    )


@router.get("/charges")
def list_charges(context: InContext, account: Account, page: InPage, reference: Text = None) -> dict[str, Any]:
    """List the books: every charge that was seen, declined ones too."""
    return listing.payments(context.database, account, page, reference=reference, view=charge_view)


@router.get("/payments/{payment_id}")
def read_payment(context: InContext, account: Account, payment_id: Id) -> dict[str, Any]:
    """Read one payment."""
    return payments.read(context.database, account, payment_id)


@router.post("/payments/{payment_id}/refunds", status_code=201)
def create_refund(context: InContext, account: Account, payment_id: Id, key: Key, body: RefundBody) -> JSONResponse:
    """Give money back."""
    order = refunds.RefundOrder(payment_id=payment_id, amount=body.amount, currency=body.currency)
    return _reply(context, refunds.refund(context.database, account, key, order))


@router.post("/checkout_sessions", status_code=201)
def create_checkout_session(
    request: Request, context: InContext, account: Account, key: Key, body: CheckoutBody
) -> JSONResponse:
    """Open a hosted payment page."""
    order = checkout.SessionOrder(
        reference=body.reference,
        amount=body.amount,
        currency=body.currency,
        success_url=body.success_url,
        cancel_url=body.cancel_url,
        expires_in_seconds=body.expires_in_seconds,
        attempt_id=body.metadata.attempt_id,
    )
    base_url = context.base_url_for(request)
    return _reply(context, checkout.create(context.database, account, key, order, base_url=base_url))


@router.get("/checkout_sessions")
def list_checkout_sessions(
    request: Request, context: InContext, account: Account, idempotency_key: Annotated[str, Query(pattern=_TEXT)]
) -> dict[str, Any]:
    """Find the session of an idempotency key."""
    return checkout.by_key(context.database, account, idempotency_key, base_url=context.base_url_for(request))


@router.get("/checkout_sessions/{session_id}")
def read_checkout_session(request: Request, context: InContext, account: Account, session_id: Id) -> dict[str, Any]:
    """Read one session, with the payment that completed it."""
    return checkout.read(context.database, account, session_id, base_url=context.base_url_for(request))


@router.put("/webhook_endpoint")
def put_webhook_endpoint(context: InContext, account: Account, body: WebhookEndpointBody) -> WebhookEndpointBody:
    """Say where this account's webhooks go."""
    endpoint = accounts.WebhookEndpoint(
        url=body.url,
        secret=body.secret,
        delay_seconds=body.delay_seconds,
        doubles=body.double,
        reorders=body.reorder,
        drops=body.drop,
    )
    accounts.set_webhook_endpoint(context.database, account, endpoint)
    return body


@router.get("/account")
def read_account(account: Account) -> dict[str, Any]:
    """Tell whether the key is an account's: any well-formed key is."""
    return {"id": f"acct_{account}", "object": "account"}
