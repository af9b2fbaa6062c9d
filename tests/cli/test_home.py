"""TINKO_HOME: one run at a time, and files that only their owner reads."""

import json
import os
import stat
import subprocess
import sys

import pytest

from app.cli.errors import CommandError
from app.cli.home import Home, RunState, write_private
from app.cli.run.announce import curl, welcome, write_demo
from app.cli.run.plan import Addresses
from app.services.identity.demo import DemoMerchant

ADDRESSES = Addresses(
    "http://127.0.0.1:8000", "http://127.0.0.1:8020", "postgresql://x", "unix:///x", "http://127.0.0.1:8025"
)
DEMO = DemoMerchant("org_1", "tk_test_1", "demo@tinko.example", "a password")


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    home.create()
    return home


def test_demo_json_holds_what_the_contract_says_and_only_its_owner_reads_it(home):
    write_demo(home, ADDRESSES, DEMO)
    assert stat.S_IMODE(home.demo.stat().st_mode) == 0o600
    assert json.loads(home.demo.read_text()) == {
        "base_url": "http://127.0.0.1:8000",
        "console_url": "http://127.0.0.1:8000/console",
        "mail_url": "http://127.0.0.1:8025",
        "organization_id": "org_1",
        "api_key": "tk_test_1",
        "email": "demo@tinko.example",
        "password": "a password",
    }


def test_the_welcome_names_the_places_and_a_curl_that_can_be_pasted(home):
    text = welcome(home, ADDRESSES, DEMO)
    assert curl(ADDRESSES, DEMO) in text
    assert "http://127.0.0.1:8020" in text
    assert "a password" not in text
    body = curl(ADDRESSES, DEMO).split("-d '")[1].removesuffix("'")
    assert json.loads(body)["payment_method"]["token"] == "pm_sandbox_recovers_on_3"


def test_the_secret_key_is_made_once_and_kept_private(home):
    first = home.secret_key()
    home.keep(demo_password="x")
    assert home.secret_key() == first
    assert len(first) == 64
    assert home.kept() == {"secret_key": first, "demo_password": "x"}
    assert stat.S_IMODE((home.path / "secrets.json").stat().st_mode) == 0o600


def test_a_stale_state_is_no_run(home):
    home.write_state(RunState(os.getpid(), "ready", "", "", ""))
    assert home.running() is None


def test_a_second_run_in_one_home_says_who_is_there(home):
    # " run" in the arguments is what a supervisor's command line looks like.
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()", "run"],
        stdin=subprocess.PIPE,
        pass_fds=[lock := home.lock()],
    )
    os.close(lock)
    home.write_state(RunState(holder.pid, "ready", "http://127.0.0.1:1", "", ""))
    with pytest.raises(CommandError) as caught:
        home.lock()
    assert str(caught.value) == (
        f"already running in {home.path} (process {holder.pid}). `tinko stop` ends it; or set TINKO_HOME."
    )
    holder.communicate()
    assert home.running() is None
    os.close(home.lock())


def test_what_a_killed_run_left_behind_is_waited_for(home):
    rest = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.3)"], pass_fds=[lock := home.lock()])
    os.close(lock)
    with pytest.raises(CommandError):
        home.lock(patience_seconds=0)
    os.close(home.lock(patience_seconds=10))
    rest.wait()


def test_a_home_that_cannot_be_made_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError) as caught:
        Home(tmp_path / "file" / "home").create()
    assert str(caught.value) == (
        f"cannot create {tmp_path}/file/home: Not a directory. Set TINKO_HOME to another folder."
    )


def test_private_files_replace_what_was_there(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, {"a": 1})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {"a": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["x.json"]
