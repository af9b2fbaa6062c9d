"""Twilio's Messages resource, for SMS and WhatsApp: `POST /2010-04-01/Accounts/{sid}/Messages.json`, JSON out."""

import base64
from pathlib import Path
from typing import Final

import httpx

from app.channels.codes import load_codes
from app.channels.provider import ReadyChannel, TwilioSettings
from app.channels.wire import post, refusal
from app.domain.notify.port import OutgoingMessage, SendOutcome, SendResult
from app.infra.http import build_client

CODES: Final = load_codes(Path(__file__).with_name("codes.csv"))
_SERVICE_PREFIX: Final = "MG"
_WHATSAPP: Final = "whatsapp:"


class TwilioChannel:
    """Sends texts; Twilio has no idempotency keys, so a call without a reply is never repeated."""

    def __init__(self, settings: TwilioSettings, client: httpx.Client) -> None:
        self._settings = settings
        self._client = client
        pair = f"{settings.account_sid}:{settings.auth_token}"
        self._headers = {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def send(self, message: OutgoingMessage) -> SendResult:
        """Create a message at Twilio; its `sid` is the provider's id."""
        settings = self._settings
        sender = "MessagingServiceSid" if settings.sender.startswith(_SERVICE_PREFIX) else "From"
        over = _WHATSAPP if settings.whatsapp else ""
        number = settings.sender if sender == "MessagingServiceSid" else f"{over}{settings.sender}"
        form = {"To": f"{over}{message.recipient}", sender: number, "Body": message.text}
        if settings.status_url:
            # Our own id comes back with each report, also with one that overtakes this call's answer.
            form["StatusCallback"] = f"{settings.status_url}?message_id={message.message_id}"
        path = f"/2010-04-01/Accounts/{settings.account_sid}/Messages.json"
        reply = post(self._client, path, headers=self._headers, form=form)
        if isinstance(reply, SendResult):
            return reply
        if not reply.ok:
            code = reply.body.get("code")
            detail = str(reply.body.get("message") or "")
            return refusal(reply, code=None if code is None else str(code), detail=detail, codes=CODES)
        sid = reply.body.get("sid")
        if not isinstance(sid, str):
            return SendResult(SendOutcome.UNKNOWN, error_code="malformed_reply", detail="No sid in Twilio's reply.")
        return SendResult(SendOutcome.SENT, sid)


def build(settings: TwilioSettings) -> ReadyChannel:
    """Build the channel with a client of its own."""
    client = build_client(base_url=settings.api_base, read_timeout=settings.read_timeout, transport=settings.transport)
    return ReadyChannel(TwilioChannel(settings, client), client.close)
