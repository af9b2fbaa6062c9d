"""Floor 5: Celery. The beat table, sweeps, the outbox relay and its handlers."""
