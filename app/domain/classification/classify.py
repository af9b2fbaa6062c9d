"""Decides why a payment failed from everything that was said about it.

All rows that match are gathered in the order that the fact tables ask for: network advice, the provider's
telling code, the network's code, generic answers, and the message if no code told anything. The row
that speaks most firmly against a retry decides (hard and never, hard, never); among equals the more
telling one; among those the earlier. A wrapper such as `card_declined` is dropped where the same
gateway gave another code, which is Razorpay's and Stripe's order. Whatever row decides, three things
stick from any row that matched: that money may have moved, that it was paid already, and what a
network forbids or demands.
"""

from dataclasses import replace
from functools import cache, lru_cache
from typing import Final

from app.domain.classification.lookup import Shelf, brand_of, method_of, shelf_of
from app.domain.classification.messages import message_row
from app.domain.classification.networks import advice_number, advice_row, combined_row, network_row
from app.domain.classification.tables import UNKNOWN, Row, Vagueness
from app.domain.classification.taxonomy import Classification, FailureSignals, Recommendation, Retry

_ADVICE, _TELLING, _NETWORK, _OTHER, _MESSAGE = range(5)
_DAY: Final = 86400
_NETWORKS: Final = frozenset({"visa", "mastercard", "npci_upi"})
_RETURNS: Final = ("generic:ACH_", "generic:SEPA_")

_Hit = tuple[int, Row]


def classify(signals: FailureSignals) -> Classification:
    """Return why a payment failed and what may be done; never raises, and the same facts give the same answer."""
    shelf, method = shelf_of(signals.gateway), method_of(signals.method)
    hits: list[_Hit] = []
    if signals.network_advice_code or signals.network_decline_code:
        hits += _network_hits(signals, shelf, method)
    words, prose = _word_hits(signals, shelf, method)
    hits += words
    if all(row.vagueness >= Vagueness.WRAPPER for _, row in hits):
        hits += _message_hits(signals.message, prose)
    if not hits:
        return _answer(UNKNOWN, method)
    return _answer(hits[0][1], method) if len(hits) == 1 else _merged(tuple(hits), method)


def marks_of(signals: FailureSignals) -> frozenset[str]:
    """Return the networks' codes among what was said, as `table:code`; network rules are held against them."""
    shelf, method = shelf_of(signals.gateway), method_of(signals.method)
    said = [*_network_hits(signals, shelf, method), *_word_hits(signals, shelf, method)[0]]
    marks = {row.rule for _, row in said if row.table in _NETWORKS or row.rule.startswith(_RETURNS)}
    if brand_of(signals.brand) is None:
        marks |= {f"visa:{row.code}" for _, row in said if row.table == "iso8583" and row.forbidden_by}
    return frozenset(marks)


def _network_hits(signals: FailureSignals, shelf: Shelf, method: str | None) -> list[_Hit]:
    brand, code, advice = brand_of(signals.brand), signals.network_decline_code, signals.network_advice_code
    hits: list[tuple[int, Row | None]] = []
    if advice and shelf.advice_is_true:
        number = advice_number(advice)
        if code and (combined := combined_row(code, number, brand)):
            return [(_ADVICE, combined)]
        hits += [(_ADVICE, advice_row(number, brand)), (_ADVICE, shelf.advice(number, brand))]
    if code:
        hits.append((_NETWORK, network_row(code.strip().zfill(2), brand, method) or shelf.word(code, method)))
    return [(level, row) for level, row in hits if row]


def _word_hits(signals: FailureSignals, shelf: Shelf, method: str | None) -> tuple[list[_Hit], list[str]]:
    """Return the rows for `reason` and `code`, and those of the two that are prose rather than unknown codes."""
    hits: list[_Hit] = []
    prose: list[str] = []
    for word in (signals.reason, signals.code):
        if not word:
            continue
        if row := shelf.word(word, method):
            telling = row.table == shelf.provider and row.vagueness is Vagueness.SPECIFIC
            hits.append((_TELLING if telling else _OTHER, row))
        elif row := network_row(word, brand_of(signals.brand), method):
            hits.append((_NETWORK, row))
        elif " " in word.strip():
            prose.append(word)
    told = [hit for hit in hits if hit[1].vagueness < Vagueness.WRAPPER]
    return told or hits, prose


def _message_hits(message: str | None, prose: list[str]) -> list[_Hit]:
    for text in (message, *prose):
        if text and (row := message_row(text)):
            return [(_MESSAGE, row)]
    return []


@lru_cache(maxsize=8192)
def _merged(hits: tuple[_Hit, ...], method: str | None) -> Classification:
    """Let the firmest row decide, and keep what sticks of the others."""
    _, best = min(hits, key=lambda hit: (-hit[1].strength, hit[1].vagueness, hit[0]))
    rows = [row for _, row in hits if row is not best]
    answer = _answer(best, method)
    if waiting := max((row for row in rows if row.required_wait), key=lambda row: row.required_wait or 0, default=None):
        answer = _made_to_wait(answer, waiting)
    if forbidden := next((row.forbidden_by for row in rows if row.forbidden_by), None):
        answer = replace(answer, network_rule=answer.network_rule or forbidden)
    if not best.money_may_have_moved and (moving := next((row for row in rows if row.money_may_have_moved), None)):
        answer = _checked_first(answer, moving)
    if any(row.stop_recovery for _, row in hits):
        stop = Recommendation.STOP
        answer = replace(answer, stop_recovery=True, retry=Retry.NEVER, recommendation=stop, alternatives=())
    return answer


def _made_to_wait(answer: Classification, row: Row) -> Classification:
    wait = row.required_wait or 0
    if wait <= (answer.required_wait_seconds or 0):
        return answer
    later = answer.retry is Retry.RETRY_SOON and wait >= _DAY
    return replace(
        answer,
        retry=Retry.RETRY_LATER if later else answer.retry,
        recommendation=Recommendation.RETRY_LATER if later else answer.recommendation,
        cooldown_seconds=max(wait, answer.cooldown_seconds or 0),
        required_wait_seconds=wait,
        required_wait_rule=row.wait_rule,
    )


def _checked_first(answer: Classification, row: Row) -> Classification:
    """Ask for the status before anything else: whatever else is true, money may have moved."""
    never = answer.retry is Retry.NEVER
    return replace(
        answer,
        retry=answer.retry if never else Retry.POLL_STATUS,
        recommendation=Recommendation.POLL_STATUS,
        alternatives=(),
        cooldown_seconds=answer.cooldown_seconds if never else row.wait,
        money_may_have_moved=True,
    )


@cache
def _answer(row: Row, method: str | None) -> Classification:
    """Return what one row says; there are no more answers than rows times methods, so all are kept."""
    return Classification(
        category=row.category,
        reason=row.reason,
        hardness=row.hardness,
        retry=row.retry,
        recommendation=row.recommendation,
        alternatives=tuple(offer for offer in row.offers if offer != method or row.same_kind_may_work),
        cooldown_seconds=row.wait,
        required_wait_seconds=row.required_wait,
        required_wait_rule=row.wait_rule,
        money_may_have_moved=row.money_may_have_moved,
        stop_recovery=row.stop_recovery,
        rule=row.rule,
        title=row.title,
        known=row is not UNKNOWN,
        unchecked=row.unchecked,
        network_rule=row.forbidden_by,
    )
