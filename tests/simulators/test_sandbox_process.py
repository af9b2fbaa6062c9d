"""The sandbox as a process of its own: it starts on an empty database, ends when told, and forgets nothing."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.infra.http import build_client
from app.psp.provider import ProviderSettings
from app.psp.sandbox import SandboxConsole

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from app.simulators.sandbox import serve
serve(host="127.0.0.1", port=int(sys.argv[1]), database_url=sys.argv[2], stall_seconds=30)
"""


@contextmanager
def process(database_url):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(port), database_url], cwd=ROOT) as child:
        try:
            with build_client(base_url=f"http://127.0.0.1:{port}") as client:
                deadline = time.monotonic() + 30
                while True:
                    assert child.poll() is None
                    assert time.monotonic() < deadline
                    try:
                        if client.get("/healthz").json() == {"ok": True}:
                            break
                    except OSError:
                        pass
                    except Exception as error:
                        if type(error).__module__ != "httpx":
                            raise
                    time.sleep(0.05)
                yield child, client, f"http://127.0.0.1:{port}"
        finally:
            child.kill()


@pytest.mark.timeout(120)
def test_it_ends_when_told_and_a_killed_one_forgets_nothing(empty_database_url):
    key = "sbx_0123456789abcdef"
    headers = {"authorization": f"Bearer {key}", "idempotency-key": "k1"}
    body = {"reference": "order-1", "amount": 5000, "currency": "INR", "method_token": "pm_sandbox_ok"}
    with process(empty_database_url) as (child, client, _):
        first = client.post("/v1/payments", json=body, headers=headers)
        assert first.status_code == 201
        child.kill()
        child.wait(timeout=5)
    with process(empty_database_url) as (child, client, base_url):
        again = client.post("/v1/payments", json=body, headers=headers)
        assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
        console = SandboxConsole(ProviderSettings(api_base=base_url))
        assert [charge["status"] for charge in console.charges(key).items] == ["captured"]
        console.close()
        begun = time.monotonic()
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=10) in {0, -signal.SIGTERM}
        assert time.monotonic() - begun < 8
