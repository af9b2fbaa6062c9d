"""What webhooks miss: walks through providers' payments, for ever (reconciling) or once (a backfill)."""

from app.services.reconcile.begin import begin_backfill, begin_reconciling, get_account_readings
from app.services.reconcile.walk import claim_walks, walk_on

__all__ = ["begin_backfill", "begin_reconciling", "claim_walks", "get_account_readings", "walk_on"]
