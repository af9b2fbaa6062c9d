"""What axe-core finds on a page."""

from playwright.sync_api import Page

# With the violations alone: what passes is most of what axe says.
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}
_FOUND = "async rules => (await axe.run(document, rules)).violations.map(({id, nodes}) => [id, nodes.map(n => n.html)])"


def violations(page: Page, axe: str) -> list[tuple[str, list[str]]]:
    """Return the rules that the page breaks, each with the HTML of where it does; `axe` is the library's source."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    return [(rule, places) for rule, places in page.evaluate(_FOUND, RULES)]


def scrolls_sideways(page: Page) -> bool:
    """Tell whether something is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
