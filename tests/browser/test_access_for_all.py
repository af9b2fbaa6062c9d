"""Every state of the pages, in every language, light and dark, on a phone and a desk: axe-core finds nothing."""

import os
from pathlib import Path

import pytest

from tests.browser.audit import scrolls_sideways, violations
from tests.browser.states import STATES, branded, changed, path, ready

SIZES = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 900}}
SHOTS = os.environ.get("TINKO_SCREENSHOTS")  # noqa: TID251  (where to put pictures for people to look at)


@pytest.fixture
def window(browser):
    context = browser.new_context(viewport=SIZES["phone"])
    yield context.new_page()
    context.close()


def look(window, axe, url, *, name, size="phone", schemes=("light", "dark"), open_day=False):
    """Load a page once, and look at it in each scheme."""
    window.set_viewport_size(SIZES[size])
    window.goto(url)
    if open_day:
        window.locator("summary").click()
    for scheme in schemes:
        window.emulate_media(color_scheme=scheme)
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            window.screenshot(path=f"{SHOTS}/{name}-{size}-{scheme}.png", full_page=True)
        assert violations(window, axe) == [], scheme
        assert not scrolls_sideways(window), scheme


def test_what_is_wrong_is_found(window, axe):
    window.set_content("<!doctype html><title>A shop</title><main><h1>Pay</h1><img src=x style='width: 900px'></main>")
    assert [rule for rule, _ in violations(window, axe)] == ["html-has-lang", "image-alt"]
    assert scrolls_sideways(window)


@pytest.mark.parametrize("state", STATES, ids=[state.__name__ for state in STATES])
def test_every_state_is_for_everybody(window, axe, base_url, till, clock, state):
    where = base_url + state(till, clock)
    # The desk differs by margins alone: it is looked at for the first state, and for people.
    sizes = SIZES if SHOTS or state is ready else ("phone",)
    for size in sizes:
        look(window, axe, where, size=size, name=state.__name__)


@pytest.mark.parametrize("language", ["en", "hi", "ta", "fil"])
def test_every_language_fits_every_screen(window, axe, base_url, till, clock, language):
    for state, scheme in ((ready, "light"), (changed, "dark")):
        where = f"{base_url}{state(till, clock)}?lang={language}"
        name = f"{state.__name__}-{language}"
        look(window, axe, where, schemes=(scheme,), name=name, open_day=True)


@pytest.mark.parametrize("language", ["hi", "ta", "fil"])
@pytest.mark.parametrize("address", ["/verify", "unsubscribe"])
def test_the_small_pages_fit_every_language(window, axe, base_url, till, language, address):
    where = till.mail().unsubscribe_path if address == "unsubscribe" else address
    name = f"{address.strip('/')}-{language}"
    look(window, axe, f"{base_url}{where}?lang={language}", schemes=("light",), name=name)


@pytest.mark.parametrize("color", ["#ffffff", "#000000", "#777777", "#00ff00"])
def test_whatever_colour_a_merchant_has_the_page_is_legible(window, axe, base_url, till, clock, color):
    where = base_url + branded(till, clock, color=color)
    look(window, axe, where, name=f"color-{color[1:]}", open_day=True)


@pytest.mark.parametrize("language", ["en", "ta"])
def test_the_page_is_read_at_twice_its_size(browser, base_url, till, language):
    """A width of 320 is a phone's at 200 % zoom, or a desk's at 400 %: WCAG 1.4.10."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, device_scale_factor=2)
    page = context.new_page()
    for where in (path(till.link()), "/verify", till.mail().unsubscribe_path):
        page.goto(f"{base_url}{where}?lang={language}")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert not scrolls_sideways(page)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/zoom-{language}-{where.split('/')[1]}.png", full_page=True)
    context.close()
