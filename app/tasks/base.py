"""How Celery runs here: at least once, one message at a time, with the log's context bound to the task."""

import logging
from datetime import timedelta
from typing import Any, Final

import structlog
from celery import Celery
from celery.signals import setup_logging, task_failure, task_postrun, task_prerun

from app.infra.broker_url import broker_url
from app.infra.log import configure_logging, start_sentry
from app.infra.settings import Settings
from app.tasks.beat import beat_schedule
from app.tasks.metrics import count_tasks

CONTROL: Final = "control"
WORK: Final = "work"
_log = structlog.get_logger(__name__)


def new_celery(settings: Settings) -> Celery:
    """Return a Celery application without tasks.

    Sweeps and work wait in queues of their own, so that a backlog of charges never stops the sweeps.
    A sweep that nobody ran in time is worth nothing: it expires.
    """
    celery = Celery("tinko", broker=broker_url(settings.redis_url.get_secret_value() or "redis://127.0.0.1:6379/0"))
    celery.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_default_queue=WORK,
        task_routes={f"{name}.*": {"queue": CONTROL} for name in ("sweep", "housekeeping")},
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_concurrency=settings.worker_concurrency,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": settings.broker_visibility_seconds,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
        },
        beat_scheduler="celery.beat:Scheduler",
        beat_max_loop_interval=settings.sweep_interval_seconds,
        beat_schedule=beat_schedule(timedelta(seconds=settings.sweep_interval_seconds)),
        timezone="UTC",
    )
    _connect_signals(settings)
    count_tasks(settings)
    return celery


def _connect_signals(settings: Settings) -> None:
    def set_up_logging(**_: Any) -> None:
        configure_logging(settings)
        # Celery tells of every message twice; services tell what they did.
        for chatty in ("celery.app.trace", "celery.worker.strategy"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        start_sentry(settings)

    setup_logging.connect(set_up_logging, weak=False)
    task_prerun.connect(_bind_context, weak=False)
    task_postrun.connect(_clear_context, weak=False)
    task_failure.connect(_log_failure, weak=False)


def _bind_context(task_id: str, task: Any, kwargs: dict[str, Any] | None = None, **_: Any) -> None:
    ids = {name: value for name, value in (kwargs or {}).items() if name.endswith("_id")}
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id, **ids)


def _clear_context(**_: Any) -> None:
    structlog.contextvars.clear_contextvars()


def _log_failure(exception: BaseException, **_: Any) -> None:
    _log.error("task_failed", error=type(exception).__name__, exc_info=exception)
