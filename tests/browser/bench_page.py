"""`make bench-page`: what the payer's page weighs, how soon it is seen on a cheap phone, and what axe-core finds.

The network is the preset "Slow 4G" of Chrome's developer tools and of Lighthouse's applied throttling: 562.5 ms for
each request, 1.44 Mbit/s down, 0.68 up; the processor is four times slower. Weights are bytes over the wire, headers
included, of all that the first view loads; the merchant's logo is as large as logos may be. Exit code 1 over budget.
Times are medians, and the machine's own load is in them: they are told beside it.
"""

import argparse
import base64
import os
import random
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, sync_playwright

from app.domain.branding.logos import MOST_BYTES
from app.infra.log import configure_logging
from app.infra.settings import Settings
from tests.browser.audit import violations
from tests.browser.provide import axe_source, launch_options
from tests.browser.stand import open_shop
from tests.browser.states import STATES, branded, ready
from tests.conftest import TEMPLATE, Servers, create_database, ensure_template
from tests.factories.identity import make_merchant
from tests.factories.pictures import png
from tests.fakes.clock import FakeClock
from tests.pages.bench_tokens import compare_tokens
from tests.pages.conftest import Till
from tests.simulators.sandbox_server import own_database, running_sandbox

MOST_WIRE_BYTES = 30_000
MOST_LCP_MS = 1_000
SLOW_4G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1.6 * 1024 * 1024 / 8 * 0.9,
    "uploadThroughput": 750 * 1024 / 8 * 0.9,
}
SLOWER = 4
PHONE = {"width": 360, "height": 740}
_LCP = """() => new Promise(done => {
    new PerformanceObserver(list => { const all = list.getEntries(); done(all[all.length - 1].startTime); })
        .observe({type: 'largest-contentful-paint', buffered: true});
    setTimeout(() => done(null), 3000);
})"""


@dataclass(frozen=True)
class View:
    """One first view: bytes over the wire, requests, milliseconds to the largest thing that is seen."""

    wire_bytes: int
    requests: int
    lcp_ms: float


def first_view(browser: Browser, url: str) -> View:
    """Open a page as nobody has before, on the slow phone."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, is_mobile=True)
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    sizes: list[float] = []
    cdp.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    cdp.send("Network.enable")
    cdp.send("Network.emulateNetworkConditions", SLOW_4G)
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(url, wait_until="networkidle")
    lcp = page.evaluate(_LCP)
    context.close()
    if lcp is None:
        raise AssertionError(f"nothing was painted: {url}")
    # An icon that is empty is a request of the browser's to itself.
    return View(round(sum(sizes)), sum(size > 0 for size in sizes), lcp)


def broken_rules(browser: Browser, axe: str, url: str) -> list[str]:
    """Return the rules that axe-core finds broken, light and dark."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(url)
    found: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [rule for rule, _ in violations(page, axe)]
    context.close()
    return found


def heaviest_logo() -> str:
    """Return a picture that cannot be packed, as large as logos may be."""
    side = 80
    rows = b"".join(b"\0" + random.Random(row).randbytes(side * 3) for row in range(side))
    data = png(side, side, pixels=rows)
    filling = MOST_BYTES - len(data)
    assert 0 <= filling < 1000
    return base64.b64encode(data).decode()


@contextmanager
def open_till() -> Iterator[tuple[str, Till, FakeClock]]:
    """Serve everything on throw-away servers."""
    servers, clock = Servers(), FakeClock()
    with ExitStack() as stack:
        stack.callback(servers.stop)
        folder = Path(tempfile.mkdtemp(prefix="tinko-bench-page-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres_url = servers.postgres_url()
        ensure_template(postgres_url)
        sandbox = stack.enter_context(own_database(postgres_url))
        settings = Settings(
            DATABASE_URL=create_database(postgres_url, "tinko_bench_page", template=TEMPLATE),
            REDIS_URL=servers.redis_url(),
            SECRET_KEY="a secret for the bench, longer than thirty-two",
            SANDBOX_API_BASE=stack.enter_context(running_sandbox(sandbox, webhook_threads=0)),
            TINKO_HOME=str(folder),
            LOG_LEVEL="ERROR",
        )
        configure_logging(settings)
        url, container = stack.enter_context(open_shop(settings, clock))
        client = stack.enter_context(httpx.Client(base_url=url, timeout=30))
        yield url, Till(container, client, make_merchant(container)), clock


def weigh(browser: Browser, url: str, till: Till, clock: FakeClock, *, runs: int) -> bool:
    """Print weight and time of the first view, plain and with the heaviest look; False over budget."""
    logo = heaviest_logo()
    cases: dict[str, Callable[[], str]] = {
        f"{name}, {language}": lambda make=make, language=language: f"{make()}?lang={language}"
        for name, make in (
            ("ready", lambda: ready(till, clock)),
            ("ready, colour and 20 kB logo", lambda: branded(till, clock, logo=logo)),
        )
        for language in ("en", "ta")
    }
    good = True
    print(f"{'first view':<40}{'requests':>10}{'bytes':>10}{'LCP ms':>10}{'(of all runs)':>20}")
    for name, make in cases.items():
        first_view(browser, url + make())  # the browser has seen the fonts of this machine before
        views = [first_view(browser, url + make()) for _ in range(runs)]
        wire, lcp = max(view.wire_bytes for view in views), statistics.median(view.lcp_ms for view in views)
        spread = f"{min(v.lcp_ms for v in views):.0f} to {max(v.lcp_ms for v in views):.0f}"
        print(f"{name:<40}{views[0].requests:>10}{wire:>10}{lcp:>10.0f}{spread:>20}")
        good = good and wire <= MOST_WIRE_BYTES and lcp <= MOST_LCP_MS
    print(f"{'budget':<40}{'':>10}{MOST_WIRE_BYTES:>10}{MOST_LCP_MS:>10}\n")
    return good


def look_at_states(browser: Browser, url: str, till: Till, clock: FakeClock) -> bool:
    """Print what axe-core finds in each state; False if it finds anything."""
    axe, broken = axe_source(), {}
    for state in STATES:
        found = broken_rules(browser, axe, url + state(till, clock))
        broken |= {state.__name__: found} if found else {}
        print(f"axe, light and dark: {state.__name__:<30}{', '.join(found) or 'nothing found'}")
    return not broken


def main() -> int:
    """Measure, print, and say by the exit code whether all is within budget."""
    parser = argparse.ArgumentParser(prog="make bench-page", description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="first views of each kind (default: %(default)s)")
    given: Any = parser.parse_args()
    with open_till() as (url, till, clock), sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        print(f"Chromium {browser.version}, Slow 4G (562.5 ms, 1.44 Mbit/s), processor {SLOWER} times slower; {load}\n")
        light = weigh(browser, url, till, clock, runs=given.runs)
        legible = look_at_states(browser, url, till, clock)
        browser.close()
        print()
        print(compare_tokens(till))
    print("\nWithin budget." if light and legible else "\nOVER BUDGET.")
    return 0 if light and legible else 1


if __name__ == "__main__":
    sys.exit(main())
