"""The state machines, as data."""

import itertools

import pytest

from app.domain.recovery.states import (
    ATTEMPT_TRANSITIONS,
    IN_FLIGHT,
    RECOVERY_TRANSITIONS,
    AttemptStatus,
    IllegalTransitionError,
    RecoveryStatus,
    check_attempt,
    check_recovery,
)

ENDED = frozenset(AttemptStatus) - IN_FLIGHT - {AttemptStatus.SCHEDULED}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(RecoveryStatus, RecoveryStatus)))
def test_a_recovery_goes_only_where_the_table_says(before, after):
    if after in RECOVERY_TRANSITIONS[before]:
        check_recovery(before, after)
        return
    with pytest.raises(IllegalTransitionError) as refused:
        check_recovery(before, after)
    assert refused.value.detail == f"A recovery that is {before} cannot become {after}."


@pytest.mark.parametrize(("before", "after"), list(itertools.product(AttemptStatus, AttemptStatus)))
def test_an_attempt_goes_only_where_the_table_says(before, after):
    if after in ATTEMPT_TRANSITIONS[before]:
        check_attempt(before, after)
        return
    with pytest.raises(IllegalTransitionError) as refused:
        check_attempt(before, after)
    assert (refused.value.code, refused.value.detail) == (
        "illegal_transition",
        f"An attempt that is {before} cannot become {after}.",
    )


def test_the_tables_know_every_state():
    assert set(RECOVERY_TRANSITIONS) == set(RecoveryStatus)
    assert set(ATTEMPT_TRANSITIONS) == set(AttemptStatus)


def test_money_that_came_back_is_final():
    assert RECOVERY_TRANSITIONS[RecoveryStatus.RECOVERED] == frozenset()
    assert ATTEMPT_TRANSITIONS[AttemptStatus.SUCCEEDED] == frozenset()


def test_money_counts_whatever_was_believed_before():
    assert all(AttemptStatus.SUCCEEDED in ATTEMPT_TRANSITIONS[s] for s in AttemptStatus if s != AttemptStatus.SUCCEEDED)
    assert all(
        RecoveryStatus.RECOVERED in RECOVERY_TRANSITIONS[s] for s in RecoveryStatus if s != RecoveryStatus.RECOVERED
    )


def test_an_attempt_that_has_ended_is_never_charged_again():
    for status in ENDED:
        assert ATTEMPT_TRANSITIONS[status] <= {AttemptStatus.SUCCEEDED}
