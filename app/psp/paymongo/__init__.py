"""PayMongo: payment intents, hosted checkout sessions, GCash sources and links, over its HTTP API v1."""

from app.psp.paymongo.adapter import provider

__all__ = ["provider"]
