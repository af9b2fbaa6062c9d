"""Each page, light and dark, on a phone and a desk: for everybody, without complaint, and no wider than the screen."""

from collections.abc import Iterator

import pytest

from tests.browser.console.desk import Desk
from tests.browser.console.pages import PUBLIC, SIGNED_IN, open_doors, places, wait_until_drawn
from tests.browser.states import RULES

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# Each size and each scheme is looked at with axe; the sideways scroll in all four.
LOOKS = ((DESK, "light", True), (DESK, "dark", False), (PHONE, "light", False), (PHONE, "dark", True))
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
    for size, scheme, audited in LOOKS:
        desk.page.set_viewport_size(size)
        desk.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        desk.page.wait_for_selector(f"html[data-theme={scheme}]", state="attached")
        wait_until_drawn(desk.page)
        where = f"{size['width']} {scheme}"
        if desk.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong[where] = "scrolls sideways"
        if audited:
            found = audit(desk.page, axe)
            wrong |= {where: found} if found else {}
    assert wrong == {}
    desk.assert_nothing_was_wrong()


def audit(page, axe) -> list[tuple[str, list[str]]]:
    page.evaluate(PAINTED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    found = page.evaluate("rules => axe.run(document, rules)", RULES | {"resultTypes": ["violations"]})
    return [(each["id"], [node["html"][:300] for node in each["nodes"][:3]]) for each in found["violations"]]
