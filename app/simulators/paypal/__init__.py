"""PayPal to practise against: orders, captures, approval pages, subscriptions, truly signed webhooks."""

from app.simulators.paypal.skin import SKIN

__all__ = ["SKIN"]
