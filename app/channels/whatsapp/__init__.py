"""WhatsApp through Meta's Cloud API."""

from app.channels.whatsapp.channel import build

__all__ = ["build"]
