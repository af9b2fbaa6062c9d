"""The API dies while the console is open, and comes back."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from app.infra.settings import child_environment
from tests.browser.console.desk import Desk
from tests.browser.console.stand import Console
from tests.fakes.caller import ask

ROOT = Path(__file__).parents[3]
DOWN = re.compile("Tinko can.t be reached; trying again. What you typed stays here.")
BACK = "Tinko is back. Everything is up to date again."
# The console's own waits, up to the longest between two questions, and a start on a busy machine.
PATIENCE_MS = 30_000


class Api:
    """The API in a process of its own, always on the same port."""

    def __init__(self, settings) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = str(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        names = ("database_url", "redis_url", "secret_key")
        self.settings = {name.upper(): getattr(settings, name).get_secret_value() for name in names}
        self.settings |= {"CONSOLE_DIR": settings.console_dir, "LOG_LEVEL": "ERROR"}
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "--factory", "app.main:create_app", "--port", self.port]
        environment = child_environment(self.settings)
        self.process = subprocess.Popen([*command, "--log-level", "critical"], cwd=ROOT, env=environment)
        ends = time.monotonic() + 30
        while not self.answers():
            assert time.monotonic() < ends, "the API did not start"
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            return ask("GET", f"{self.url}/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def api(console) -> Iterator[Api]:
    made = Api(console.container.settings)
    made.start()
    yield made
    made.kill()


def test_the_api_dies_and_comes_back_while_somebody_works(console, merchant, api, browser):
    console.fail(merchant, "before-1")
    desk = Desk(browser, Console(api.url, console.container), merchant.owner, (), {})
    desk.go("/recoveries")
    desk.sees("before-1")

    api.kill()
    search = desk.page.get_by_label("Search recoveries")
    search.fill("after-")
    desk.sees(DOWN)
    expect(search).to_have_value("after-")
    console.fail(merchant, "after-1")
    api.start()
    expect(desk.page.get_by_text(BACK)).to_be_visible(timeout=PATIENCE_MS)
    desk.sees("after-1")
    expect(search).to_have_value("after-")
    expect(desk.page.get_by_text(DOWN)).to_have_count(0)
    # The page is the one that was there: nobody was signed out, nothing was loaded anew by hand.
    desk.heading("Recoveries")
    desk.close()
