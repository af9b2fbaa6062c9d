"""Payments through providers: the port, routing, the breaker, and how unknown outcomes are resolved."""
