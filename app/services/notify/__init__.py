"""Messages to payers: planned, claimed, sent, recorded; their texts, and what providers report of them."""
