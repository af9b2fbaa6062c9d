"""Nothing that is written down for later, or ticks, goes nowhere."""

from datetime import timedelta

import pytest

from app.services.outbox import Topic
from app.tasks.app import SWEEPS, WORK
from app.tasks.base import CONTROL, new_celery
from app.tasks.beat import beat_schedule
from app.tasks.topics import HANDLERS


def test_every_topic_of_the_outbox_has_a_handler():
    assert set(HANDLERS) == set(Topic)


def test_everything_that_beats_is_a_task_and_every_sweep_beats():
    schedule = beat_schedule(timedelta(seconds=1))
    assert {entry["task"] for entry in schedule.values()} == set(SWEEPS)


def test_names_of_tasks_are_dotted_and_used_once():
    names = [*SWEEPS, *WORK]
    assert all(len(name.split(".")) == 2 for name in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", sorted(SWEEPS))
def test_sweeps_wait_in_a_queue_of_their_own(settings, name):
    routes = new_celery(settings).conf.task_routes
    assert routes[f"{name.split('.')[0]}.*"] == {"queue": CONTROL}


@pytest.mark.parametrize("name", sorted(WORK))
def test_work_never_waits_among_the_sweeps(settings, name):
    assert f"{name.split('.')[0]}.*" not in new_celery(settings).conf.task_routes
