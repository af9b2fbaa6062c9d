"""Makes sure that there is a Chromium for the page tests; `make test` runs this first.

One that is there is used: CHROMIUM_PATH, the usual names on the PATH, Playwright's own. Otherwise one is fetched, as
the distribution's package (as root, where there is apt) or by Playwright. If nothing works, one line says what to do.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APT = "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
PACKAGES = "chromium fonts-lohit-deva fonts-lohit-taml"
HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
)


def axe_source() -> str:
    """Return axe-core's source; it is fetched once, by the lock file beside this."""
    if not AXE.exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    return AXE.read_text(encoding="utf-8")


def launch_options() -> dict[str, Any]:
    """Return how this machine's browser is started."""
    args = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return {"executable_path": find_chromium(), "args": args}


def find_chromium() -> str | None:
    """Return the browser of this machine, or None."""
    named = os.environ.get("CHROMIUM_PATH")  # noqa: TID251  (where tests find their browser is no setting of Tinko's)
    return named or next((found for name in NAMES if (found := shutil.which(name))), None) or _playwrights_own()


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _fetch() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _try(["sh", "-c", f"{APT} {PACKAGES}"])
    if find_chromium() is None:
        _try([sys.executable, "-m", "playwright", "install", "chromium"])


def _try(command: list[str]) -> None:
    try:
        subprocess.run(command, check=False, timeout=300, stdout=sys.stderr)
    except subprocess.TimeoutExpired:
        print(f"{command[-1]}: no answer within five minutes", file=sys.stderr)


if __name__ == "__main__":
    if find_chromium() is None:
        _fetch()
    if find_chromium() is None:
        sys.exit(
            "No Chromium for the page tests: install one (Debian: apt-get install chromium), or set CHROMIUM_PATH."
        )
