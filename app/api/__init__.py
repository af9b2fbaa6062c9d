"""Floor 5: the HTTP API."""
