"""PayPal: orders, vaulted charges, refunds, subscriptions' failures, signed webhooks."""

from app.psp.paypal.adapter import provider

__all__ = ["provider"]
