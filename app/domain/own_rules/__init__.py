"""An organization's own rules on why payments fail: held against each failure in order, the first that fits decides.

They stand above the tables of `classification` and below its safety: see `judge`.
"""

from app.domain.own_rules.checks import MOST_RULES, REASONS, RuleInvalidError, checked
from app.domain.own_rules.failure import Failure, country_of
from app.domain.own_rules.judge import Applied, Judged, Kept, explain, judge
from app.domain.own_rules.rulebook import NO_RULES, Rulebook, rulebook_from_settings
from app.domain.own_rules.terms import Match, OwnRule, Then, rule_from_settings

__all__ = [
    "MOST_RULES",
    "NO_RULES",
    "REASONS",
    "Applied",
    "Failure",
    "Judged",
    "Kept",
    "Match",
    "OwnRule",
    "RuleInvalidError",
    "Rulebook",
    "Then",
    "checked",
    "country_of",
    "explain",
    "judge",
    "rule_from_settings",
    "rulebook_from_settings",
]
