"""Why a payment failed and what may be done about it, from tables: `classify(FailureSignals(...))`."""

from app.domain.classification.classify import classify, marks_of
from app.domain.classification.lookup import method_of, scheme_of
from app.domain.classification.taxonomy import (
    AUTOMATIC,
    METHODS,
    Category,
    Classification,
    FailureSignals,
    Hardness,
    Recommendation,
    Retry,
)

__all__ = [
    "AUTOMATIC",
    "METHODS",
    "Category",
    "Classification",
    "FailureSignals",
    "Hardness",
    "Recommendation",
    "Retry",
    "classify",
    "marks_of",
    "method_of",
    "scheme_of",
]
