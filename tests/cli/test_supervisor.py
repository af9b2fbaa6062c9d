"""The supervisor, with small programs as children."""

import io
import sys
import time

import pytest

from app.cli.errors import CommandError
from app.cli.run.console import Console
from app.cli.run.restarts import Restarts
from app.cli.run.services import ProgramService
from app.cli.run.supervisor import Supervisor
from app.infra.embedded.process import Program

IGNORE_TERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""


class Screen:
    """A supervisor and what it printed."""

    def __init__(self, **restarts):
        self.stream = io.StringIO()
        self.supervisor = Supervisor(Console(self.stream), new_restarts=lambda: Restarts(**restarts))

    def run(self, name, code, *, grace=2.0):
        program = Program(name, [sys.executable, "-c", code], grace_seconds=grace)
        self.supervisor.start(ProgramService(program, {}))

    def tick_until(self, text, *, times=1):
        deadline = time.monotonic() + 10
        while self.stream.getvalue().count(text) < times:
            assert time.monotonic() < deadline, self.stream.getvalue()
            self.supervisor.tick()

    @property
    def lines(self):
        return self.stream.getvalue().splitlines()


@pytest.fixture
def screen():
    screen = Screen(first_seconds=0.05, limit=3)
    yield screen
    screen.supervisor.close()


def test_each_line_says_whose_it_is(screen):
    screen.run("one", "print('hello', flush=True); import time; time.sleep(60)")
    screen.run("second", "import sys; print('wörld', file=sys.stderr, flush=True); import time; time.sleep(60)")
    screen.tick_until("hello")
    screen.tick_until("wörld")
    assert sorted(screen.lines) == ["one      | hello", "second   | wörld"]


def test_a_child_that_ends_is_started_again_and_said_so(screen):
    screen.run("child", "print('up', flush=True); raise SystemExit(3)")
    screen.tick_until("up", times=2)
    assert screen.lines[:3] == [
        "child    | up",
        "tinko    | child ended (exit code 3); starting it again in 0.05 s",
        "child    | up",
    ]


def test_a_crash_loop_ends_the_run_with_the_childs_last_words(screen):
    screen.run("child", "print('no such thing'); raise SystemExit(3)")
    with pytest.raises(CommandError) as caught:
        screen.tick_until("never", times=1)
    assert str(caught.value) == (
        "child keeps ending (exit code 3). Its last lines:\n    no such thing\n    no such thing\n    no such thing"
    )


def test_stop_ends_all_children_at_once_and_the_stubborn_after_their_grace(screen):
    screen.run("polite", "print('up', flush=True); import time; time.sleep(60)")
    screen.run("stubborn", IGNORE_TERM, grace=0.5)
    screen.run("second", IGNORE_TERM, grace=0.5)
    screen.tick_until("up", times=3)
    started = time.monotonic()
    screen.supervisor.stop()
    assert 0.5 <= time.monotonic() - started < 2


def test_what_children_say_while_they_stop_is_shown(screen):
    screen.run(
        "child",
        "import signal, time\n"
        "def bye(*_):\n    print('bye', flush=True)\n    raise SystemExit\n"
        "signal.signal(signal.SIGTERM, bye)\nprint('up', flush=True)\ntime.sleep(60)",
    )
    screen.tick_until("up")
    screen.supervisor.stop()
    assert screen.lines == ["child    | up", "child    | bye"]
