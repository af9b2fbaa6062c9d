"""What providers report of messages: signed by them, or with the operator's token."""

from typing import Annotated
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import PlainTextResponse

from app.api.deps import Db, Now, Shared
from app.api.routers.psp_events import read_raw
from app.api.schemas.messages import MailReceiptIn
from app.api.schemas.psp_events import Received
from app.services.notify import receipts

router = APIRouter(prefix="/v1/webhooks/messages", tags=["messages"])

Raw = Annotated[bytes, Depends(read_raw)]


@router.post("/twilio", response_model=Received)
def receive_twilio(request: Request, body: Raw, db: Db, container: Shared, now: Now) -> Received:
    """Take a status callback of Twilio's; 401 unless Twilio signed it."""
    settings = container.settings
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    receipts.check_twilio(
        token=settings.twilio_auth_token.get_secret_value(),
        url=f"{settings.public_base_url.rstrip('/')}{request.url.path}",
        form=form,
        signature=request.headers.get("x-twilio-signature", ""),
    )
    for receipt in receipts.read_twilio(form):
        receipts.record_receipt(db, receipt=receipt, now=now)
    return Received()


@router.get("/meta", response_class=PlainTextResponse)
def confirm_meta(
    container: Shared,
    token: Annotated[str, Query(alias="hub.verify_token", max_length=500)] = "",
    challenge: Annotated[str, Query(alias="hub.challenge", max_length=200)] = "",
) -> PlainTextResponse:
    """Show Meta that this address is ours, when the operator registers it there."""
    receipts.check_token(token=container.settings.whatsapp_verify_token.get_secret_value(), given=token)
    return PlainTextResponse(challenge)


@router.post("/meta", response_model=Received)
def receive_meta(request: Request, body: Raw, db: Db, container: Shared, now: Now) -> Received:
    """Take statuses of WhatsApp messages; 401 unless Meta signed them."""
    secret = container.settings.whatsapp_app_secret.get_secret_value()
    receipts.check_meta(secret=secret, body=body, signature=request.headers.get("x-hub-signature-256", ""))
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Received()
    for receipt in receipts.read_meta(content):
        receipts.record_receipt(db, receipt=receipt, now=now)
    return Received()


@router.post("/email", response_model=Received)
def receive_mail_report(request: Request, body: MailReceiptIn, db: Db, container: Shared, now: Now) -> Received:
    """Take a report on a mail; 401 without the operator's MAIL_RECEIPT_TOKEN."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    receipts.check_token(token=container.settings.mail_receipt_token.get_secret_value(), given=given)
    receipt = receipts.mail_receipt(
        message_id=body.message_id, kind=body.kind, permanent=body.permanent, code=body.code
    )
    receipts.record_receipt(db, receipt=receipt, now=now)
    return Received()
