"""Stripe, through its official SDK. What to create there and what is used for what: docs/psp/stripe.md."""

from app.psp.stripe.adapter import provider

__all__ = ["provider"]
