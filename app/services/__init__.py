"""Floor 3: use cases. Keyword-only functions with verb names; no HTTP, no Celery."""
