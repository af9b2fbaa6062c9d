"""`tinko run` as people use it: everything starts, comes back after accidents, and goes without a trace."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from app.infra.settings import child_environment

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the process table of Linux")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Tinko:
    """The command line in a home of its own."""

    def __init__(self, home):
        self.home = home
        self.settings = {"TINKO_HOME": str(home), "TINKO_PORT": free_port(), "TINKO_SANDBOX_PORT": free_port()}
        self.settings |= {"DATABASE_URL": "", "REDIS_URL": "", "WORKER_CONCURRENCY": "1", "DEMO_HISTORY": "0"}

    def __call__(self, *arguments, **settings):
        return subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            cwd=ROOT,
            env=child_environment({**self.settings, **settings}),
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def read(self, name):
        return json.loads((self.home / name).read_text())

    def log(self):
        return (self.home / "run.log").read_text()


@pytest.fixture
def tinko(tmp_path):
    tinko = Tinko(tmp_path)
    yield tinko
    tinko("stop")


def parents():
    """Return the parent of every living process."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if state != "Z":
                found[int(entry.name)] = int(parent)
    return found


def descendants(pid):
    family, table = {pid}, parents()
    while more := {child for child, parent in table.items() if parent in family} - family:
        family |= more
    return family - {pid}


def command_line(pid):
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def wait_until(condition, *, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def get(url):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as reply:
        return reply.status


def test_a_run_starts_survives_accidents_and_leaves_no_orphan(tinko):
    started = tinko("run", "--detach")
    assert (started.returncode, started.stderr) == (0, "")
    demo, run = tinko.read("demo.json"), tinko.read("run.json")
    assert stat.S_IMODE((tinko.home / "demo.json").stat().st_mode) == 0o600
    assert demo["base_url"] == f"http://127.0.0.1:{tinko.settings['TINKO_PORT']}"
    assert get(f"{demo['base_url']}/health/ready") == 200
    assert "curl -sS" in tinko.log()

    again = tinko("run")
    assert again.returncode == 1
    assert again.stderr.startswith(f"tinko: already running in {tinko.home} (process {run['pid']}).")

    (worker,) = [pid for pid in descendants(run["pid"]) if "--queues work" in command_line(pid)][:1]
    main_worker = os.getpgid(worker)
    os.kill(main_worker, signal.SIGKILL)
    wait_until(lambda: "worker ended (exit code 137); starting it again" in tinko.log())
    wait_until(lambda: main_worker not in parents())

    family = descendants(run["pid"])
    assert len(family) > 10
    os.kill(run["pid"], signal.SIGKILL)
    wait_until(lambda: not family & parents().keys(), seconds=10)

    assert tinko("run", "--detach").returncode == 0
    assert tinko.read("demo.json") == demo
    pid = tinko.read("run.json")["pid"]
    family = descendants(pid) | {pid}
    asked = time.monotonic()
    assert tinko("stop").stdout == "Stopped.\n"
    assert time.monotonic() - asked < 10
    assert not family & parents().keys()
    assert not (tinko.home / "demo.json").exists()
    assert tinko("stop").stdout == f"Nothing runs in {tinko.home}.\n"


def test_a_run_in_the_background_that_fails_says_why(tinko):
    failed = tinko(
        "run", "--detach", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none", REDIS_URL="redis://127.0.0.1:1"
    )
    assert failed.returncode == 1
    assert "the database does not answer" in failed.stderr
