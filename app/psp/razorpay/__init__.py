"""Razorpay: orders, recurring payments with tokens, payment links, refunds, webhooks."""

from app.psp.razorpay.adapter import provider

__all__ = ["provider"]
