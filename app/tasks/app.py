"""The Celery application, built over a container that each process makes for itself."""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from celery import Celery

from app.bootstrap import Container
from app.infra.settings import Settings
from app.tasks import sweeps, work
from app.tasks.base import new_celery

GetContainer = Callable[[], Container]
Sweep = Callable[[Container, sweeps.Send], None]
Job = Callable[..., None]

SWEEPS: Final[Mapping[str, Sweep]] = {
    "sweep.attempts": sweeps.sweep_attempts,
    "sweep.messages": sweeps.sweep_messages,
    "sweep.notices": sweeps.sweep_notices,
    "sweep.outbox": sweeps.sweep_outbox,
    "sweep.clocks": sweeps.sweep_clocks,
    "sweep.windows": sweeps.sweep_windows,
    "sweep.readings": sweeps.sweep_readings,
    "sweep.rollups": sweeps.sweep_rollups,
    "housekeeping.tidy": sweeps.tidy_up,
}

WORK: Final[Mapping[str, Job]] = {
    "attempts.run": work.work_on_attempt,
    "messages.run": work.work_on_message,
    "outbox.handle": work.handle_message,
    "readings.walk": work.walk_reading,
    "clocks.pursue": sweeps.pursue_clock,
}


def build_celery(settings: Settings, get_container: GetContainer) -> Celery:
    """Return the application with all tasks.

    `get_container` is first called inside a task, so after the worker has forked: pools and
    sockets are never shared between processes.
    """
    celery = new_celery(settings)

    def send(task: str, messages: list[dict[str, Any]]) -> None:
        if not messages:
            return
        with celery.producer_pool.acquire(block=True) as producer:
            for kwargs in messages:
                celery.send_task(task, kwargs=kwargs, producer=producer)

    for name, sweep in SWEEPS.items():
        _add(celery, name, partial(_sweep, sweep, get_container, send))
    for name, job in WORK.items():
        _add(celery, name, partial(_work, job, get_container))
    return celery


def _sweep(run: Sweep, get_container: GetContainer, send: sweeps.Send, _: Mapping[str, Any]) -> None:
    run(get_container(), send)


def _work(run: Job, get_container: GetContainer, kwargs: Mapping[str, Any]) -> None:
    """Run a job without the arguments that this version does not know: a newer one may have sent the message."""
    known = inspect.signature(run).parameters
    run(get_container(), **{name: value for name, value in kwargs.items() if name in known})


def _add(celery: Celery, name: str, run: Callable[[Mapping[str, Any]], None]) -> None:
    def task(**kwargs: Any) -> None:
        run(kwargs)

    # Not shared: Celery would hand the task to every other application of the process too.
    celery.task(name=name, shared=False)(task)
