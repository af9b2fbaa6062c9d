"""What card schemes, NPCI, RBI, NACHA and SEPA forbid, as dated data, and the guard that holds charges to it."""

from app.domain.network_rules.codes import NeverRule, OnlyRule, WaitRule
from app.domain.network_rules.facts import Budget, ChargeFacts, History, Hold, Level, Made, Past
from app.domain.network_rules.guard import Slot, budgets, first_lawful, hold
from app.domain.network_rules.instrument import instrument_of
from app.domain.network_rules.packs import concerns_any, latest, source_of

__all__ = [
    "Budget",
    "ChargeFacts",
    "History",
    "Hold",
    "Level",
    "Made",
    "NeverRule",
    "OnlyRule",
    "Past",
    "Slot",
    "WaitRule",
    "budgets",
    "concerns_any",
    "first_lawful",
    "hold",
    "instrument_of",
    "latest",
    "source_of",
]
