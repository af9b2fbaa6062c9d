"""What an organization's failures and recoveries add up to, read from rollups; and the rollups' upkeep."""

from app.services.analytics.attention import Attention, get_attention
from app.services.analytics.read import (
    Group,
    Kpis,
    Point,
    Question,
    cohorts,
    distribution,
    funnels,
    income,
    kpis,
    question_of,
    times,
    timeseries,
)

__all__ = [
    "Attention",
    "Group",
    "Kpis",
    "Point",
    "Question",
    "cohorts",
    "distribution",
    "funnels",
    "get_attention",
    "income",
    "kpis",
    "question_of",
    "times",
    "timeseries",
]
