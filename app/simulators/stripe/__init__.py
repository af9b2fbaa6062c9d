"""A Stripe to practise against: enough of its API for the official SDK. Tokens and limits: docs/psp/stripe.md."""

from app.simulators.stripe.skin import SKIN, sign

__all__ = ["SKIN", "sign"]
