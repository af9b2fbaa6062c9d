"""A program on a leash never outlives its holder."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.infra.embedded.process import LeashedProcess, Program

ROOT = Path(__file__).parents[2]
IGNORE_TERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""
EXIT_9_ON_INT = """
import signal, time
signal.signal(signal.SIGINT, lambda *_: exit(9))
print("up", flush=True)
time.sleep(60)
"""
PARENT = """
import subprocess, sys
sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
child = subprocess.Popen(sleeper, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(child.pid, flush=True)
child.wait()
"""
PARENT_OF_ONE = [sys.executable, "-c", PARENT]
HOLDER = """
import subprocess, sys, time
from app.infra.embedded.process import LeashedProcess, Program
held = LeashedProcess.start(Program("held", sys.argv[1:], grace_seconds=0.2), output=subprocess.PIPE)
print(held.output.readline().decode(), flush=True)
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    if Path("/proc/self/stat").exists():
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            return False
    state = subprocess.run(["ps", "-p", str(pid), "-o", "stat="], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def wait_until_gone(pid: int, *, seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.02)


def start(argv, **options):
    return LeashedProcess.start(Program("test", argv, **options), output=subprocess.PIPE)


def test_the_exit_code_is_the_programs_own():
    process = start([sys.executable, "-c", "raise SystemExit(7)"])
    assert process.wait(timeout_seconds=10) == 7


def test_a_program_that_cannot_start_says_why():
    process = start(["/does/not/exist"])
    assert process.output.read() == b"cannot start /does/not/exist: [Errno 2] No such file or directory\n"
    assert process.wait(timeout_seconds=10) == 126


def test_stop_sends_the_programs_own_signal():
    process = start([sys.executable, "-c", EXIT_9_ON_INT], stop_signal=signal.SIGINT)
    assert process.output.readline() == b"up\n"
    assert process.stop() == 9


def test_who_ignores_the_signal_is_killed_after_the_grace():
    process = start([sys.executable, "-c", IGNORE_TERM], grace_seconds=0.2)
    assert process.output.readline() == b"up\n"
    started = time.monotonic()
    assert process.stop() == 137
    assert 0.2 <= time.monotonic() - started < 3


def test_what_the_program_started_goes_with_it_when_it_is_killed():
    process = start(PARENT_OF_ONE)
    grandchild = int(process.output.readline())
    os.kill(os.getpgid(grandchild), signal.SIGKILL)
    assert process.wait(timeout_seconds=5) == 137
    wait_until_gone(grandchild)


def test_kill_9_of_the_holder_leaves_nothing():
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, *PARENT_OF_ONE], stdout=subprocess.PIPE, cwd=ROOT)
    grandchild = int(holder.stdout.readline())
    child = os.getpgid(grandchild)
    holder.kill()
    holder.wait()
    holder.stdout.close()
    wait_until_gone(child)
    wait_until_gone(grandchild)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_kill_9_of_the_leash_ends_the_program_too():
    process = start([sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"])
    pid = int(process.output.readline())
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(timeout_seconds=5) == -9
    assert process.exit_code() == 137
    wait_until_gone(pid)


def test_a_leash_knows_its_own_program():
    process = start(PARENT_OF_ONE)
    assert process.owns(os.getpgid(int(process.output.readline()))) is True
    assert process.owns(os.getpid()) is False
    process.stop()


def test_secrets_reach_the_program_by_its_environment_and_not_by_its_arguments():
    process = LeashedProcess.start(
        Program("test", [sys.executable, "-c", "import os; print(os.environ['TINKO_TEST_ONLY'])"]),
        output=subprocess.PIPE,
        environment={"TINKO_TEST_ONLY": "hush"},
    )
    assert process.output.read() == b"hush\n"
    assert process.wait(timeout_seconds=5) == 0
