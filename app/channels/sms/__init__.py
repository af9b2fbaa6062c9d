"""SMS through Twilio's REST API."""

from app.channels.sms.channel import build

__all__ = ["build"]
