"""Record a group of failure reports in one transaction: one report is a group of one."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.queries.ingest import Answered, Known, Merchant, load_answered, load_known, load_merchants, lock_known
from app.domain.errors import InvalidError, NotFoundError, TinkoError
from app.services.ingest.draft import Draft, RacedError
from app.services.ingest.incoming import ANSWER_STATUS, Incoming, Outcome, Recorded, answer_row
from app.services.ingest.understand import understand

__all__ = ["RacedError", "record_failures"]


class KeyReusedError(InvalidError):
    """The idempotency key came with another body before."""

    default_code = "idempotency_key_reused"


def record_failures(
    session: Session, *, items: Sequence[Incoming], now: datetime, retention: timedelta
) -> list[Outcome]:
    """Record reports, in their order; the answer of each, or the reason why it was refused.

    `now` is the machine's time: each organization's clock is read in the same transaction. A refused
    report leaves no trace and harms no other. Raises `RacedError` when the group must be recorded
    again from the start, because another process wrote the same transaction or key meanwhile.
    """
    refs = [(item.organization_id, item.report.transaction_ref, item.report.psp_payment_id) for item in items]
    merchants = load_merchants(session, ids={item.organization_id for item in items}, refs=set(refs))
    known = load_known(session, ids=[each for merchant in merchants.values() for each in merchant.locked])
    keyed = {(item.organization_id, item.key) for item in items if item.key}
    answered = load_answered(session, keys=sorted(keyed), now=now)
    outcomes: dict[int, Outcome] = {}
    for number, wave in enumerate(_waves(items)):
        if number:
            known = lock_known(session, refs=[refs[index] for index in wave])
        fresh = []
        for index in wave:
            item = items[index]
            earlier = answered.get((item.organization_id, item.key)) if item.key else None
            if earlier:
                outcomes[index] = _again(item, earlier)
            else:
                fresh.append(index)
        recorded = _record_wave(session, items, fresh, merchants, known, now=now, retention=retention)
        for index, outcome in recorded.items():
            outcomes[index] = outcome
            item = items[index]
            if item.key and isinstance(outcome, Recorded):
                answered[item.organization_id, item.key] = Answered(
                    item.organization_id, item.key, item.fingerprint, ANSWER_STATUS, outcome.body, sealed=False
                )
    return [outcomes[index] for index in range(len(items))]


def _waves(items: Sequence[Incoming]) -> list[list[int]]:
    """Split a group so that no wave names a transaction or a key twice; waves keep the order of arrival."""
    waves: list[list[int]] = []
    next_wave: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for index, item in enumerate(items):
        marks = [("ref", item.organization_id, item.report.transaction_ref)]
        if item.key:
            marks.append(("key", item.organization_id, item.key))
        wave = max(next_wave[mark] for mark in marks)
        for mark in marks:
            next_wave[mark] = wave + 1
        if wave == len(waves):
            waves.append([])
        waves[wave].append(index)
    return waves


def _record_wave(
    session: Session,
    items: Sequence[Incoming],
    indexes: Sequence[int],
    merchants: dict[str, Merchant],
    known: dict[tuple[str, str], Known],
    *,
    now: datetime,
    retention: timedelta,
) -> dict[int, Outcome]:
    draft = Draft()
    outcomes: dict[int, Outcome] = {}
    named = {(ref[0], name): ref for ref, each in known.items() for name in each.names}
    for index in indexes:
        item = items[index]
        try:
            merchant = merchants.get(item.organization_id)
            if merchant is None:
                raise NotFoundError("This organization has no active policy.", code="no_active_policy")
            body = understand(draft, item.report, merchant, _take(known, named, item), now=now + merchant.clock_offset)
        except TinkoError as refusal:
            outcomes[index] = refusal
            continue
        outcomes[index] = Recorded(body, replayed=False)
        if item.key:
            draft.answers.append(answer_row(item, body, expires_at=now + retention))
    draft.write(session)
    return outcomes


def _take(
    known: dict[tuple[str, str], Known], named: dict[tuple[str, str], tuple[str, str]], item: Incoming
) -> Known | None:
    """Return how an item's transaction stands: by its reference, else the one that its provider told of first.

    That one takes the merchant's reference, so no other report of the wave may have it.
    """
    organization_id, report = item.organization_id, item.report
    found = known.get((organization_id, report.transaction_ref))
    if found is not None or report.psp_payment_id is None:
        return found
    told = named.get((organization_id, report.psp_payment_id))
    return known.pop(told, None) if told is not None else None


def _again(item: Incoming, earlier: Answered) -> Outcome:
    if earlier.sealed or earlier.fingerprint != item.fingerprint:
        return KeyReusedError(f"The Idempotency-Key {item.key!r} was used with another request before.")
    return Recorded(earlier.body, replayed=True)
