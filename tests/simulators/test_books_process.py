"""`tinko sandbox --as …`: a provider's simulator as a process of its own, on an empty database."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import httpx
import pytest

from app.simulators import SKINS
from app.simulators.books import Skin
from tests.fakes.caller import ask

ROOT = Path(__file__).parents[2]
KEY = "sk_test_0123456789abcdef"
PARAMS = {"amount": "5000", "currency": "inr", "payment_method": "pm_sim_ok", "confirm": "true"}


@contextmanager
def process(database_url, home):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "app", "sandbox", "--as", "stripe", "--port", str(port)]
    environment = {"DATABASE_URL": database_url, "TINKO_HOME": str(home)}
    with subprocess.Popen(command, cwd=ROOT, env=environment) as child:
        try:
            deadline = time.monotonic() + 60
            while True:
                assert child.poll() is None
                assert time.monotonic() < deadline
                try:
                    ask("GET", f"http://127.0.0.1:{port}/_simulator/healthz").raise_for_status()
                    break
                except httpx.HTTPError:
                    time.sleep(0.05)
            yield child, f"http://127.0.0.1:{port}"
        finally:
            child.kill()


def pay(base_url):
    headers = {"authorization": f"Bearer {KEY}", "idempotency-key": "k1"}
    return ask("POST", f"{base_url}/v1/payment_intents", data=PARAMS, headers=headers)


@pytest.mark.timeout(180)
def test_a_killed_one_forgets_nothing_and_the_next_ends_when_told(empty_database_url, tmp_path):
    with process(empty_database_url, tmp_path) as (child, base_url):
        first = pay(base_url)
        assert (first.status_code, first.json()["status"]) == (200, "succeeded")
        child.kill()
        child.wait(timeout=5)
    with process(empty_database_url, tmp_path) as (child, base_url):
        again = pay(base_url)
        assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=10) in {0, -signal.SIGTERM}


@pytest.mark.parametrize("name", sorted(SKINS))
def test_every_name_leads_to_a_skin_of_that_name_with_a_port_of_its_own(name):
    module, _, attribute = SKINS[name].skin.partition(":")
    skin = getattr(import_module(module), attribute)
    assert isinstance(skin, Skin)
    assert skin.name == name
    assert [entry.port for entry in SKINS.values()].count(SKINS[name].port) == 1
