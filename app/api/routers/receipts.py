"""What providers report of messages, and what payers reply: signed by the provider, or with the operator's token."""

from html import escape
from typing import Annotated, Final
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse

from app.api.deps import Db, Now, Shared
from app.api.routers.psp_events import read_raw
from app.api.schemas.messages import MailReceiptIn
from app.api.schemas.psp_events import Received
from app.bootstrap import Container
from app.domain.notify.texts import layout
from app.services.notify import opt_outs, reports, signatures
from app.services.notify.receipts import record_receipt
from app.services.notify.reports import Wish

router = APIRouter(prefix="/v1/webhooks/messages", tags=["messages"])

Raw = Annotated[bytes, Depends(read_raw)]
_MOST_FIELDS: Final = 200


@router.post("/twilio", response_model=Received)
def receive_twilio(request: Request, body: Raw, db: Db, container: Shared, now: Now) -> Received:
    """Take a status callback of Twilio's, for SMS or WhatsApp; 401 unless Twilio signed it."""
    form = _signed_form(request, body, container)
    for receipt in reports.read_twilio(form, message_id=request.query_params.get("message_id")):
        record_receipt(db, room=container.mailroom, receipt=receipt, now=now)
    return Received()


@router.post("/twilio/inbound", response_class=Response, responses={200: {"content": {"application/xml": {}}}})
def receive_twilio_reply(request: Request, body: Raw, db: Db, container: Shared, now: Now) -> Response:
    """Take what a payer replied over Twilio: STOP, START and HELP; 401 unless Twilio signed it. Answers in TwiML."""
    reply = reports.read_twilio_reply(_signed_form(request, body, container))
    opt_outs.take_reply(db, crypto=container.crypto, reply=reply, now=now)
    words = ""
    if reply.wish is Wish.HELP and not reply.answered:
        language = opt_outs.language_of_replier(db, crypto=container.crypto, reply=reply)
        help_text = f"{layout(language).help} {container.mailroom.verify_url()}"
        words = f"<Message>{escape(help_text, quote=False)}</Message>"
    xml = f'<?xml version="1.0" encoding="UTF-8"?><Response>{words}</Response>'
    return Response(xml, media_type="application/xml")


@router.get("/meta", response_class=PlainTextResponse)
def confirm_meta(
    container: Shared,
    token: Annotated[str, Query(alias="hub.verify_token", max_length=500)] = "",
    challenge: Annotated[str, Query(alias="hub.challenge", max_length=200)] = "",
) -> PlainTextResponse:
    """Show Meta that this address is ours, when the operator registers it there."""
    signatures.check_token(token=container.settings.whatsapp_verify_token.get_secret_value(), given=token)
    return PlainTextResponse(challenge)


@router.post("/meta", response_model=Received)
def receive_meta(request: Request, body: Raw, db: Db, container: Shared, now: Now) -> Received:
    """Take statuses of WhatsApp messages, and replies to them; 401 unless Meta signed them."""
    secret = container.settings.whatsapp_app_secret.get_secret_value()
    signatures.check_meta(secret=secret, body=body, signature=request.headers.get("x-hub-signature-256", ""))
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Received()
    for receipt in reports.read_meta(content):
        record_receipt(db, room=container.mailroom, receipt=receipt, now=now)
    for reply in reports.read_meta_replies(content):
        opt_outs.take_reply(db, crypto=container.crypto, reply=reply, now=now)
    return Received()


@router.post("/email", response_model=Received)
def receive_mail_report(request: Request, body: MailReceiptIn, db: Db, container: Shared, now: Now) -> Received:
    """Take a report on a mail; 401 without the operator's MAIL_RECEIPT_TOKEN."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    signatures.check_token(token=container.settings.mail_receipt_token.get_secret_value(), given=given)
    receipt = reports.mail_receipt(message_id=body.message_id, kind=body.kind, permanent=body.permanent, code=body.code)
    record_receipt(db, room=container.mailroom, receipt=receipt, now=now)
    return Received()


def _signed_form(request: Request, body: bytes, container: Container) -> dict[str, str]:
    """Return the fields of a form that Twilio signed; raises `ReceiptUnsignedError`."""
    try:
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        fields = []
    form = dict(fields)
    query = f"?{request.url.query}" if request.url.query else ""
    signatures.check_twilio(
        token=container.settings.twilio_auth_token.get_secret_value(),
        url=f"{container.settings.public_base_url.rstrip('/')}{request.url.path}{query}",
        form=form,
        signature=request.headers.get("x-twilio-signature", ""),
    )
    return form
