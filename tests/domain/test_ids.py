"""Ids name their kind, sort by time, and cannot be guessed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import ids
from app.domain.ids import is_id, new_id

PREFIXES = sorted(value for name, value in vars(ids).items() if name.isupper() and not name.startswith("_"))
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

prefixes = st.sampled_from(PREFIXES)
moments = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001  (hypothesis wants naive bounds and adds the zone)
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001  (as above)
    timezones=st.just(UTC),
)


def test_no_two_kinds_share_a_prefix():
    assert len(PREFIXES) == len(set(PREFIXES)) == 28


@given(prefixes, moments)
def test_an_id_has_the_shape_of_its_kind_and_of_no_other(prefix, now):
    made = new_id(prefix, now=now)

    assert [kind for kind in PREFIXES if is_id(made, kind)] == [prefix]
    assert len(made) == len(prefix) + 27


@given(prefixes, moments, st.integers(min_value=2, max_value=10**10))
def test_an_id_made_later_sorts_later(prefix, now, milliseconds):
    if now > datetime(9999, 1, 1, tzinfo=UTC):
        now -= timedelta(days=365)
    later = now + timedelta(milliseconds=milliseconds)

    assert new_id(prefix, now=now) < new_id(prefix, now=later)


def test_ids_of_one_moment_differ():
    assert len({new_id("evt", now=NOW) for _ in range(5000)}) == 5000


def test_ids_of_one_moment_cannot_be_told_from_each_other():
    made = {new_id("evt", now=NOW) for _ in range(500)}

    assert {one[:13] for one in made} == {next(iter(made))[:13]}
    assert all(len({one[position] for one in made}) > 16 for position in range(20, 30))


@given(st.text(), prefixes)
def test_other_text_is_no_id(text, prefix):
    assert is_id(text, prefix) is False


@pytest.mark.parametrize(
    "spoil",
    [
        str.upper,
        lambda made: made[:-1],
        lambda made: made + "0",
        lambda made: made + "\n",
        lambda made: made.replace("_", "-"),
        lambda made: made[:-1] + "u",
        lambda made: "x" + made,
    ],
)
def test_a_spoiled_id_is_no_id(spoil):
    made = new_id(ids.EVENT, now=NOW)

    assert is_id(made, ids.EVENT) is True
    assert is_id(spoil(made), ids.EVENT) is False


def test_ids_of_one_millisecond_sort_as_they_were_made():
    made = [new_id("evt", now=NOW) for _ in range(1000)]

    assert made == sorted(set(made))


def test_each_millisecond_starts_anew():
    earlier = new_id("evt", now=NOW)
    later = new_id("evt", now=NOW + timedelta(milliseconds=1))

    assert earlier < later
    assert earlier[4:14] < later[4:14]


def test_what_was_drawn_ahead_is_not_used_after_a_fork():
    new_id("evt", now=NOW)
    maker = ids._thread.maker
    ahead = maker.drawn[maker.used :]
    ids._forget()  # what a forked child does first
    new_id("evt", now=NOW)

    assert len(ahead) > 8
    assert ahead not in maker.drawn
