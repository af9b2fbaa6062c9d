"""Provider accounts, captured money and its books, and webhooks that came in."""
