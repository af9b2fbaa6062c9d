"""`tinko api`, `worker`, `beat`: the processes that a machine runs, with the flags they need, in one place."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from tempfile import mkdtemp
from typing import NoReturn

from app.infra.settings import Settings, child_environment

# Who runs everything on one machine as root knows it.
_AS_ROOT = ("-W", "ignore:You're running the worker with superuser privileges")
_CELERY = (*_AS_ROOT, "-m", "celery", "-A", "app.worker:celery", "--quiet")


QUEUES = "control,work"


def configure_api(parser: argparse.ArgumentParser) -> None:
    """Describe `tinko api`."""
    parser.set_defaults(command=_api)


def configure_worker(parser: argparse.ArgumentParser) -> None:
    """Describe `tinko worker`."""
    parser.add_argument("--queues", default=QUEUES, help="which queues to serve (default: %(default)s)")
    parser.add_argument("--concurrency", type=int, default=None, help="processes (default: WORKER_CONCURRENCY)")
    parser.add_argument("--metrics-port", type=int, default=None, help="default: WORKER_METRICS_PORT; 0 for none")
    parser.set_defaults(command=_worker)


def configure_beat(parser: argparse.ArgumentParser) -> None:
    """Describe `tinko beat`."""
    parser.set_defaults(command=_beat)


def api_arguments(settings: Settings) -> Sequence[str]:
    """Return Python's arguments for the API server."""
    address = ("--host", settings.host, "--port", str(settings.port))
    speed = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-server-header")
    end = ("--timeout-graceful-shutdown", "3", "--log-level", "warning")
    return ("-m", "uvicorn", "--factory", "app.main:create_app", *address, *speed, *end)


def worker_arguments(settings: Settings, *, queues: str = QUEUES, concurrency: int | None = None) -> Sequence[str]:
    """Return Python's arguments for a Celery worker that serves `queues` with `concurrency` processes."""
    name = ("--hostname", f"{queues.replace(',', '-')}@%h")
    size = ("--pool", "prefork", "--concurrency", str(concurrency or settings.worker_concurrency))
    quiet = ("--without-gossip", "--without-mingle", "--loglevel", settings.log_level)
    return (*_CELERY, "worker", "--queues", queues, *name, *size, *quiet)


def beat_arguments(settings: Settings) -> Sequence[str]:
    """Return Python's arguments for the scheduler; it keeps its table in memory, so it leaves no file behind."""
    return (*_CELERY, "beat", "--scheduler", "celery.beat:Scheduler", "--pidfile=", "--loglevel", settings.log_level)


def _api(_arguments: argparse.Namespace, settings: Settings) -> int:
    return _become(api_arguments(settings))


def _worker(arguments: argparse.Namespace, settings: Settings) -> int:
    port = settings.worker_metrics_port if arguments.metrics_port is None else arguments.metrics_port
    # Its processes add what they count up in a folder of this worker's own.
    counting = {"PROMETHEUS_MULTIPROC_DIR": mkdtemp(prefix="tinko-metrics-")} if port else {}
    environment = {"WORKER_METRICS_PORT": str(port), **counting}
    return _become(worker_arguments(settings, queues=arguments.queues, concurrency=arguments.concurrency), environment)


def _beat(_arguments: argparse.Namespace, settings: Settings) -> int:
    return _become(beat_arguments(settings))


def _become(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> NoReturn:
    told = child_environment(environment or {})
    os.execve(sys.executable, [sys.executable, *arguments], told)  # noqa: S606  (our own interpreter; no shell is involved)
