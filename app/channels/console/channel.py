"""Prints messages; nothing leaves the machine."""

from app.channels.provider import ReadyChannel
from app.domain.notify.port import OutgoingMessage, SendOutcome, SendResult


class ConsoleChannel:
    """Stands in for any channel that is not set up while developing."""

    def send(self, message: OutgoingMessage) -> SendResult:
        """Print the message, with its recipient, and call it sent."""
        lines = (f"--- {message.channel} to {message.recipient}: {message.subject}", message.text, "---")
        print("\n".join(lines), flush=True)  # noqa: T201  (printing is what this channel is for)
        return SendResult(SendOutcome.SENT, f"console:{message.message_id}")


def build() -> ReadyChannel:
    """Build the channel; it holds nothing."""
    return ReadyChannel(ConsoleChannel(), lambda: None)
