"""Xendit: payment requests with saved payment tokens (v3), hosted invoices (v2) and refunds."""

from app.psp.xendit.adapter import provider

__all__ = ["provider"]
