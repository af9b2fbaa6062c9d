"""What the outbox's topics lead to, one module per capability."""
