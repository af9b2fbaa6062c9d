"""Failure reports in: understood, stored, and their first step planned, in one transaction."""

from app.services.ingest.at_once import AtOnce
from app.services.ingest.group import record_group
from app.services.ingest.incoming import Incoming, Outcome, Recorded

__all__ = ["AtOnce", "Incoming", "Outcome", "Recorded", "record_group"]
