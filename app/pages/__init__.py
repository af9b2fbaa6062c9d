"""The payer's hosted pages: server-rendered, no script, four languages."""
