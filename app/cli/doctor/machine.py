"""The doctor's look at this machine: nothing here needs a server."""

import platform
import sys
from collections.abc import Sequence

from app.cli.doctor.findings import Finding, bad, well
from app.cli.errors import CommandError
from app.cli.home import Home
from app.cli.run.plan import starts_sandbox
from app.cli.run.ports import is_free
from app.cli.run.readiness import answers_ok
from app.infra.settings import DEVELOPMENT_SECRET, Settings

_OLDEST = (3, 11)


def python(_settings: Settings) -> Sequence[Finding]:
    """Look at the interpreter."""
    version = platform.python_version()
    if sys.version_info < _OLDEST:
        return [bad("python", f"{version} is too old; install Python 3.11 or later and run `make setup`.")]
    return [well("python", f"{version} on {platform.system()} {platform.machine()}")]


def secrets(settings: Settings) -> Sequence[Finding]:
    """Look at SECRET_KEY; in production nothing starts without one."""
    if settings.secret_key.get_secret_value() == DEVELOPMENT_SECRET:
        return [well("SECRET_KEY", "not set; `tinko run` makes one of its own and keeps it in TINKO_HOME")]
    return [well("SECRET_KEY", "set")]


def home(settings: Settings) -> Sequence[Finding]:
    """Look at TINKO_HOME."""
    place = Home(settings.home)
    try:
        place.create()
    except CommandError as error:
        return [bad("TINKO_HOME", str(error))]
    running = place.running()
    if running is not None:
        return [well("TINKO_HOME", f"{place.path}; process {running.pid} runs here ({running.state})")]
    return [well("TINKO_HOME", f"{place.path} is writable")]


def ports(settings: Settings) -> Sequence[Finding]:
    """Look whether a run could listen; the ports of the run that lives in TINKO_HOME are its own."""
    if Home(settings.home).running() is not None:
        return [well("ports", "in use by the run in TINKO_HOME")]
    wanted = [("TINKO_PORT", settings.host, settings.port)]
    if starts_sandbox(settings):
        wanted.append(("TINKO_SANDBOX_PORT", "127.0.0.1", settings.sandbox_port))
    return [_port(settings, *each) for each in wanted]


def _port(settings: Settings, setting: str, host: str, port: int) -> Finding:
    if is_free(host, port):
        return well(setting, f"{port} on {host} is free")
    if settings.env == "production" and answers_ok(f"http://127.0.0.1:{port}/healthz"):
        return well(setting, f"{port} on {host} is served by Tinko")
    return bad(setting, f"{port} on {host} is taken; set {setting} to another port, or end what listens there.")
