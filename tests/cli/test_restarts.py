"""When a child that ended is started again."""

from app.cli.run.restarts import Restarts


def test_the_wait_doubles_with_each_quick_end_up_to_the_longest():
    restarts = Restarts(first_seconds=1, longest_seconds=3, limit=10)
    assert [restarts.after_exit(code=1, lived_seconds=0) for _ in range(4)] == [1, 2, 3, 3]


def test_a_crash_loop_is_given_up():
    restarts = Restarts(limit=3)
    assert [restarts.after_exit(code=1, lived_seconds=0) for _ in range(3)] == [0.5, 1.0, None]


def test_a_healthy_life_forgives_the_crashes_before_it():
    restarts = Restarts(limit=2, healthy_seconds=20)
    assert restarts.after_exit(code=1, lived_seconds=1) == 0.5
    assert restarts.after_exit(code=1, lived_seconds=20) == 0.5
    assert restarts.after_exit(code=1, lived_seconds=1) == 0.5


def test_being_killed_from_outside_is_never_a_crash_loop():
    restarts = Restarts(limit=2)
    assert {restarts.after_exit(code=137, lived_seconds=0) for _ in range(20)} == {0.5}
