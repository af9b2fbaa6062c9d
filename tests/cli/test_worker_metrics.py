"""A worker's metrics, as Prometheus reads them: what all its processes counted, from one address."""

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import redis

from app.infra.settings import child_environment
from app.tasks.app import build_celery
from app.tasks.base import CONTROL, WORK

ROOT = Path(__file__).parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def worker(settings, tmp_path):
    """A worker of its own; what waited for it is gone afterwards."""
    port, broker = free_port(), settings.redis_url.get_secret_value()
    told = {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "REDIS_URL": broker,
        "TINKO_HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
    }
    arguments = ["-m", "app", "worker", "--concurrency=2", f"--metrics-port={port}"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=child_environment(told), stderr=log)
    try:
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        with redis.Redis.from_url(broker) as client:
            client.delete(CONTROL, WORK)


def page_with(port, wanted):
    deadline, page = time.monotonic() + 60, ""
    while time.monotonic() < deadline:
        try:
            page = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
        except (urllib.error.URLError, ConnectionError):
            page = ""
        if wanted in page:
            return page
        time.sleep(0.1)
    raise AssertionError(page)


def test_what_the_processes_of_a_worker_count_is_added_up_at_one_address(settings, worker):
    celery = build_celery(settings, lambda: None)
    for _ in range(6):
        celery.send_task("sweep.windows", queue=CONTROL)

    page = page_with(worker, 'tinko_tasks_total{state="success",task="sweep.windows"} 6.0')
    assert 'tinko_task_seconds_count{task="sweep.windows"} 6.0' in page
    assert "pid=" not in page
