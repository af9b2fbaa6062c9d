"""What would leave this machine for payers: an SMTP sink, Twilio's and Meta's doors, and a page to read it."""

from app.simulators.mailbox.server import serve

__all__ = ["serve"]
