"""The sandbox PSP: a provider with books of its own, magic tokens and unruly webhooks."""

from app.simulators.sandbox.app import create_app
from app.simulators.sandbox.server import serve

__all__ = ["create_app", "serve"]
