"""A believable history for a test organization, so that a dashboard has something to show."""

from app.services.seed.history import LiveOrganizationError, Seeded, SeedWish, has_history, seed_history

__all__ = ["LiveOrganizationError", "SeedWish", "Seeded", "has_history", "seed_history"]
