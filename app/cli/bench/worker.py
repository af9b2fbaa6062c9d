"""The worker that is measured: Tinko's own Celery application, and beside its tasks one that does nothing."""

from importlib import import_module
from typing import Final

from celery import Celery

NOOP: Final = "bench.noop"


def _noop(**_: object) -> None:
    """Do nothing, so that what Celery itself costs can be seen."""


# By name, because the command line and the tasks are siblings, and siblings do not import each other.
celery: Celery = import_module("app.worker").celery
celery.task(name=NOOP, shared=False)(_noop)
