"""Meta's Cloud API: `POST /{phone_number_id}/messages`, JSON in and out."""

from pathlib import Path
from typing import Any, Final

import httpx

from app.channels.codes import load_codes
from app.channels.provider import ReadyChannel, WhatsAppSettings
from app.channels.wire import post, refusal
from app.domain.notify.port import OutgoingMessage, SendOutcome, SendResult
from app.infra.http import build_client

CODES: Final = load_codes(Path(__file__).with_name("codes.csv"))
PARAMETERS: Final = ("merchant", "amount", "transaction_ref", "retry", "link_url", "code", "verify_url")
"""What fills `{{1}}` to `{{7}}` of an approved template, in this order."""
_EMPTY: Final = "-"


class WhatsAppChannel:
    """Sends messages; Meta has no idempotency keys, so a call without a reply is never repeated."""

    def __init__(self, settings: WhatsAppSettings, client: httpx.Client) -> None:
        self._settings = settings
        self._client = client
        self._headers = {"authorization": f"Bearer {settings.access_token}"}

    def send(self, message: OutgoingMessage) -> SendResult:
        """Post a message to Meta; the `wamid` is the provider's id."""
        body: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": message.recipient.removeprefix("+"),
            "biz_opaque_callback_data": message.message_id,
            **self._content(message),
        }
        reply = post(self._client, f"/{self._settings.phone_number_id}/messages", headers=self._headers, json=body)
        if isinstance(reply, SendResult):
            return reply
        if not reply.ok:
            error = reply.body.get("error")
            error = error if isinstance(error, dict) else {}
            code = error.get("code")
            detail = str(error.get("message") or "")
            return refusal(reply, code=None if code is None else str(code), detail=detail, codes=CODES)
        return _taken(reply.body.get("messages"))

    def _content(self, message: OutgoingMessage) -> dict[str, Any]:
        if not self._settings.template_prefix:
            return {"type": "text", "text": {"preview_url": False, "body": message.text}}
        # Parameters may hold neither line breaks nor runs of spaces, and may not be empty.
        values = [" ".join(message.values.get(name, "").split()) or _EMPTY for name in PARAMETERS]
        template = {
            "name": f"{self._settings.template_prefix}{message.event}",
            "language": {"code": message.locale.replace("-", "_")},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}],
        }
        return {"type": "template", "template": template}


def _taken(messages: Any) -> SendResult:
    first = messages[0] if isinstance(messages, list) and messages else None
    wamid = first.get("id") if isinstance(first, dict) else None
    if not isinstance(wamid, str):
        return SendResult(SendOutcome.UNKNOWN, error_code="malformed_reply", detail="No message id in Meta's reply.")
    return SendResult(SendOutcome.SENT, wamid)


def build(settings: WhatsAppSettings) -> ReadyChannel:
    """Build the channel with a client of its own."""
    client = build_client(base_url=settings.api_base, read_timeout=settings.read_timeout, transport=settings.transport)
    return ReadyChannel(WhatsAppChannel(settings, client), client.close)
