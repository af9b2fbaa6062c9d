"""Messages that are ready to leave."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.domain.notify.port import Channel, OutgoingMessage

MESSAGE = OutgoingMessage(
    message_id="msg_01kahzk7mv0000000000000000",
    channel=Channel.EMAIL,
    event="payment_failed_action_needed",
    locale="en",
    recipient="payer@example.com",
    subject="Your payment did not go through",
    text="Please pay at https://pay.test/x\nCode 1234",
    html="<p>Please pay</p>",
    sender_name="Harbour Books",
    unsubscribe_url="https://pay.test/unsubscribe/1",
    values={
        "merchant": "Harbour Books",
        "amount": "₹50.00",
        "transaction_ref": "order-1",
        "retry": "We will\n not try again.",
        "link_url": "https://pay.test/x",
        "code": "1234",
        "verify_url": "https://pay.test/verify",
    },
    sent_at=datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
)
RECIPIENTS = {Channel.EMAIL: "payer@example.com", Channel.SMS: "+919876543210", Channel.WHATSAPP: "+919876543210"}


def message(channel: Channel = Channel.EMAIL, **changes: Any) -> OutgoingMessage:
    """Return a message for that channel."""
    return replace(MESSAGE, channel=channel, **{"recipient": RECIPIENTS[channel], **changes})
