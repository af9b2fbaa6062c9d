"""Each page, light and dark, on a phone and a desk: for everybody, without complaint, and no wider than the screen."""

from collections.abc import Iterator

import pytest

from tests.browser.audit import scrolls_sideways, violations
from tests.browser.console.desk import Desk
from tests.browser.console.pages import PUBLIC, SIGNED_IN, open_doors, places, wait_until_drawn

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# Each size and each scheme once: a scheme changes colours, and a size what lies where.
LOOKS = ((DESK, "light"), (PHONE, "dark"))
# Colours fade into a new scheme: until then axe measures something in between.
PAINTED = """async () => {
    await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().filter(each => each.effect.getTiming().iterations < 99)
        .map(each => each.finished));
}"""


@pytest.fixture(scope="session")
def addresses(console, furnished) -> dict[str, str]:
    return places(console, furnished) | open_doors(console, furnished)


@pytest.fixture(scope="module")
def desks(browser, console, furnished) -> Iterator[dict[bool, Desk]]:
    """One browser for the owner and one for nobody: what they have loaded serves all pages."""
    made = {True: Desk(browser, console, furnished.owner, (), {}), False: Desk(browser, console, None, (), {})}
    yield made
    for desk in made.values():
        desk.close()


@pytest.mark.parametrize("name", [*SIGNED_IN, *PUBLIC])
def test_each_page_is_for_everybody(desks, addresses, axe, name):
    desk = desks[name in SIGNED_IN]
    desk.heard.clear()
    desk.page.goto(addresses[name])
    wrong = {}
    for size, scheme in LOOKS:
        desk.page.set_viewport_size(size)
        desk.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        desk.page.wait_for_selector(f"html[data-theme={scheme}]", state="attached")
        wait_until_drawn(desk.page)
        where = f"{size['width']} {scheme}"
        desk.page.evaluate(PAINTED)
        found = violations(desk.page, axe) + (["scrolls sideways"] if scrolls_sideways(desk.page) else [])
        wrong |= {where: found} if found else {}
    assert wrong == {}
    desk.assert_nothing_was_wrong()
