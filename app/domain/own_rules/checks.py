"""What a rule may say: each part within its bounds, and the whole in agreement with itself."""

from collections.abc import Iterable
from typing import Final

from app.domain.classification import METHODS, Hardness, Recommendation
from app.domain.classification.tables import ROWS
from app.domain.errors import FieldError, InvalidError
from app.domain.money import EXPONENTS
from app.domain.own_rules.judge import RETRY_OF, UNATTENDED
from app.domain.own_rules.terms import Match, OwnRule, Then

MOST_RULES: Final = 200
LONGEST_WORD: Final = 200
LEAST_MESSAGE: Final = 3
MOST_STARS: Final = 10
LONGEST_COOLDOWN: Final = 90 * 86400
REASONS: Final = tuple(sorted({row.reason for row in ROWS.values()}))
"""The groups that analysts count by; a rule chooses one of them."""

_WORDS: Final = (
    "gateway",
    "failure_code",
    "failure_reason",
    "network_decline_code",
    "network_advice_code",
    "message_contains",
    "message_like",
)
_COUNTRY_LETTERS: Final = 2


class RuleInvalidError(InvalidError):
    """The rule is out of bounds or contradicts itself; names each field."""

    default_code = "rule_invalid"


def checked(rule: OwnRule) -> OwnRule:
    """Return the rule; raises `RuleInvalidError` unless it is valid as a whole."""
    problems = (*_match_problems(rule.match), *_then_problems(rule.then))
    if problems:
        raise RuleInvalidError("The rule is not valid.", errors=problems)
    return rule


def _match_problems(match: Match) -> Iterable[FieldError]:
    if match == Match():
        yield FieldError("/match", "must name at least one condition")
    for name in _WORDS:
        word = getattr(match, name)
        if word is not None and not 1 <= len(word.strip()) <= LONGEST_WORD:
            yield FieldError(f"/match/{name}", f"must be 1 to {LONGEST_WORD} characters")
    for name in ("message_contains", "message_like"):
        text = getattr(match, name)
        if text is not None and len(text.replace("*", "").strip()) < LEAST_MESSAGE:
            yield FieldError(f"/match/{name}", f"must have at least {LEAST_MESSAGE} characters other than *")
    if (match.message_like or "").count("*") > MOST_STARS:
        yield FieldError("/match/message_like", f"may have at most {MOST_STARS} *")
    yield from _money_problems(match)
    if match.payment_method_type not in {None, *METHODS}:
        yield FieldError("/match/payment_method_type", f"must be one of {', '.join(METHODS)}")
    country = match.country
    if country is not None and not (len(country) == _COUNTRY_LETTERS and country.isascii() and country.isalpha()):
        yield FieldError("/match/country", "must be a country's two letters (ISO 3166-1)")


def _money_problems(match: Match) -> Iterable[FieldError]:
    least, most, currency = match.min_amount, match.max_amount, match.currency
    if currency is not None and currency not in EXPONENTS:
        yield FieldError("/match/currency", "is not an ISO 4217 currency code")
    if currency is None and (least is not None or most is not None):
        yield FieldError("/match/currency", "is needed with an amount: minor units differ between currencies")
    for name, amount in (("min_amount", least), ("max_amount", most)):
        if amount is not None and amount < 0:
            yield FieldError(f"/match/{name}", "must not be negative")
    if least is not None and most is not None and most < least:
        yield FieldError("/match/max_amount", f"must be at least min_amount, {least}")


def _then_problems(then: Then) -> Iterable[FieldError]:
    if then.reason not in {None, *REASONS}:
        yield FieldError("/then/reason", f"must be one of {', '.join(REASONS)}")
    hard = then.hardness is Hardness.HARD
    if hard and then.retry in UNATTENDED:
        yield FieldError("/then/retry", "what is hard is never retried: use payer_action or never, or leave it out")
    yield from _recommendation_problems(then)
    cooldown = then.cooldown_seconds
    if cooldown is not None and not 0 <= cooldown <= LONGEST_COOLDOWN:
        yield FieldError("/then/cooldown_seconds", f"must be from 0 to {LONGEST_COOLDOWN:,}")


def _recommendation_problems(then: Then) -> Iterable[FieldError]:
    recommendation = then.recommendation
    if recommendation is None:
        return
    if recommendation is Recommendation.STOP:
        yield FieldError("/then/recommendation", "stop is said of what is paid already, which no rule can know")
        return
    meant = RETRY_OF.get(recommendation)
    if then.hardness is Hardness.HARD and meant is not None:
        yield FieldError("/then/recommendation", "what is hard is never retried: ask the payer")
    elif then.retry is not None and (meant or then.retry) is not then.retry:
        yield FieldError("/then/recommendation", f"contradicts the retry {then.retry}")
    elif then.retry in UNATTENDED and meant is None:
        yield FieldError("/then/recommendation", f"contradicts the retry {then.retry}, which needs no payer")
