"""The Celery application, built over a container that each process makes for itself."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

from celery import Celery

from app.bootstrap import Container
from app.infra.settings import Settings
from app.tasks import sweeps, work
from app.tasks.base import new_celery

SWEEPS: Final[Mapping[str, Callable[[Container, sweeps.Send], None]]] = {
    "sweep.attempts": sweeps.sweep_attempts,
    "sweep.outbox": sweeps.sweep_outbox,
    "sweep.clocks": sweeps.sweep_clocks,
    "sweep.windows": sweeps.sweep_windows,
    "housekeeping.tidy": sweeps.tidy_up,
}

WORK: Final[Mapping[str, Callable[..., None]]] = {
    "attempts.run": work.work_on_attempt,
    "outbox.handle": work.handle_message,
    "clocks.pursue": sweeps.pursue_clock,
}


def build_celery(settings: Settings, get_container: Callable[[], Container]) -> Celery:
    """Return the application with all tasks.

    `get_container` is first called inside a task, so after the worker has forked: pools and
    sockets are never shared between processes.
    """
    celery = new_celery(settings)

    def send(task: str, messages: list[dict[str, Any]]) -> None:
        with celery.producer_pool.acquire(block=True) as producer:
            for kwargs in messages:
                celery.send_task(task, kwargs=kwargs, producer=producer)

    for name, sweep in SWEEPS.items():
        _add(celery, name, lambda sweep=sweep, **_: sweep(get_container(), send))
    for name, job in WORK.items():
        _add(celery, name, lambda job=job, **kwargs: job(get_container(), **_known(job, kwargs)))
    return celery


def _known(job: Callable[..., None], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out arguments that this version does not know: a newer one may have sent the message."""
    return {name: value for name, value in kwargs.items() if name in inspect.signature(job).parameters}


def _add(celery: Celery, name: str, run: Callable[..., None]) -> None:
    celery.task(name=name)(run)
