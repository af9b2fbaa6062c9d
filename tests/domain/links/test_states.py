"""In which state a link is, and what the payer is shown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.links.errors import LinkGoneError
from app.domain.links.states import LinkFacts, LinkState, Situation, refuse_gone, situation_of, state_of
from app.domain.recovery.states import AttemptStatus, RecoveryStatus

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
GOOD = LinkFacts(NOW + timedelta(minutes=1), None, None, None, RecoveryStatus.OPEN, None)
WORN = replace(GOOD, used_at=NOW, revoked_at=NOW, superseded_at=NOW, expires_at=NOW)


@pytest.mark.parametrize(
    ("facts", "situation", "state"),
    [
        (GOOD, "ready", "valid"),
        (replace(GOOD, in_flight=AttemptStatus.AWAITING_PAYER), "checkout_open", "valid"),
        (replace(GOOD, in_flight=AttemptStatus.AWAITING_PAYER, page_outdated=True), "amount_changed", "valid"),
        (replace(GOOD, in_flight=AttemptStatus.EXECUTING, page_outdated=True), "being_retried", "valid"),
        (replace(GOOD, in_flight=AttemptStatus.EXECUTING), "being_retried", "valid"),
        (replace(GOOD, in_flight=AttemptStatus.UNKNOWN), "being_retried", "valid"),
        (replace(GOOD, expires_at=NOW), "expired", "expired"),
        (replace(GOOD, superseded_at=NOW, expires_at=NOW), "superseded", "superseded"),
        (replace(GOOD, revoked_at=NOW, superseded_at=NOW), "revoked", "revoked"),
        (replace(GOOD, recovery=RecoveryStatus.CANCELLED), "cancelled", "revoked"),
        (replace(GOOD, recovery=RecoveryStatus.EXHAUSTED), "ended", "expired"),
        (replace(GOOD, recovery=RecoveryStatus.RECOVERED), "paid", "used"),
        (replace(WORN, recovery=RecoveryStatus.RECOVERED), "used", "used"),
    ],
)
def test_the_first_situation_that_fits_is_shown(facts, situation, state):
    assert situation_of(facts, now=NOW) == situation
    assert state_of(Situation(situation)) == state


@pytest.mark.parametrize("situation", Situation)
def test_only_a_valid_link_is_let_through(situation):
    state = state_of(situation)
    if state is LinkState.VALID:
        refuse_gone(situation)
        return
    with pytest.raises(LinkGoneError) as gone:
        refuse_gone(situation)
    assert gone.value.code == f"link_{state}"
