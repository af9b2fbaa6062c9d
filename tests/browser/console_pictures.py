"""Takes a picture of every page of the console, light and dark, on a phone and a desk, for people to look at.

    python -m tests.browser.console_pictures --out FOLDER [--recoveries N] [--language hi] [--only NAME]

It starts a Tinko of its own on throw-away servers, with a made-up history, and ends it.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as BrowserError

from app.infra.clock import SystemClock
from app.infra.embedded.postgres import EmbeddedPostgres
from app.infra.embedded.valkey import EmbeddedValkey
from app.infra.settings import Settings
from tests.browser.console.pages import open_doors, places, wait_until_drawn
from tests.browser.console.stand import Console, furnish, open_console
from tests.browser.provide import launch_options
from tests.conftest import upgrade, with_database
from tests.factories.identity import Merchant
from tests.simulators.sandbox_server import own_database, running_sandbox

SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
SCHEMES = ("light", "dark")
SETTLE_MS = 600


@contextmanager
def tinko() -> Iterator[Console]:
    """Start a Tinko that serves the console."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tinko-pictures-")))
        folder.chmod(0o711)  # as root, PostgreSQL runs as nobody and has to reach its own folder
        postgres, valkey = EmbeddedPostgres(folder / "pg", durable=False), EmbeddedValkey(folder / "vk", durable=False)
        for server in (postgres, valkey):
            stack.callback(server.stop)
            server.start()
        sandbox = stack.enter_context(own_database(postgres.url("postgres")))
        sandbox_url = stack.enter_context(running_sandbox(sandbox, webhook_threads=0))
        database_url = with_database(postgres.url("postgres"), "postgres")
        upgrade(database_url)
        settings = Settings(
            DATABASE_URL=database_url,
            REDIS_URL=valkey.url(),
            SECRET_KEY="a secret for pictures, longer than thirty-two",
            LOG_LEVEL="ERROR",
            RATE_LIMIT_AUTH_PER_MINUTE=1000,
        )
        yield stack.enter_context(open_console(settings, sandbox_url=sandbox_url))


def take(browser: Browser, console: Console, merchant: Merchant, wish: argparse.Namespace) -> int:
    """Take the pictures; return how many pages did not draw."""
    broken = 0
    inside, outside = places(console, merchant), open_doors(console, merchant)
    for size in SIZES:
        for scheme in SCHEMES:
            for signed_in, pages in ((True, inside), (False, outside)):
                context = browser.new_context(**_looks(size, scheme, wish.language))
                if signed_in:
                    console.sign_in(context, merchant.owner)
                for name, url in pages.items():
                    if not wish.only or name in wish.only:
                        broken += not _picture(context, url, wish.out / f"{name}-{size}-{scheme}.png")
                context.close()
    return broken


def _looks(size: str, scheme: str, language: str) -> dict[str, Any]:
    phone = {"device_scale_factor": 2, "is_mobile": True, "has_touch": True} if size == "phone" else {}
    return {"viewport": SIZES[size], "color_scheme": scheme, "locale": language, "reduced_motion": "reduce", **phone}


def _picture(context: Any, url: str, target: Path) -> bool:
    page, complaints = context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text.splitlines()[0]) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error).splitlines()[0]))
    drawn = True
    try:
        page.goto(url)
        wait_until_drawn(page)
        page.wait_for_timeout(SETTLE_MS)
    except (BrowserError, AssertionError) as error:
        drawn = False
        complaints.append(str(error).splitlines()[0])
    page.screenshot(path=target, full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        complaints.append(f"scrolls sideways by {wide} pixels")
    page.close()
    for complaint in complaints:
        print(f"{target.stem}: {complaint}", file=sys.stderr)
    return drawn


def main() -> int:
    """Do what the module says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="a folder for the pictures")
    parser.add_argument("--recoveries", type=int, default=600, help="how long a history (default: 600)")
    parser.add_argument("--language", default="en", help="en, hi, ta or fil (default: en)")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="that page alone; may be repeated")
    wish = parser.parse_args()
    wish.out.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with tinko() as console:
        merchant = furnish(console, recoveries=wish.recoveries, now=SystemClock().now())
        print(f"{wish.recoveries} recoveries after {time.monotonic() - begun:.0f} s", flush=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(**launch_options())
            broken = take(browser, console, merchant, wish)
            browser.close()
    print(f"{wish.out} after {time.monotonic() - begun:.0f} s")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
