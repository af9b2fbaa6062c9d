"""The console of development: messages appear in the log."""

from app.channels.console.channel import build

__all__ = ["build"]
