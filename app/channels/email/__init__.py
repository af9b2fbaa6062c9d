"""Email over SMTP."""

from app.channels.email.channel import build

__all__ = ["build"]
