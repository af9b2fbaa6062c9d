"""Somebody's browser before the console, which notes what pages complain of."""

import re
from collections.abc import Iterable
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, expect

from tests.browser.console.pages import wait_until_drawn
from tests.browser.console.stand import Console
from tests.factories.identity import Person

DESK = {"width": 1280, "height": 900}
PATIENCE_MS = 15_000
# Says no more than that the first question, who is signed in, was answered with "nobody".
NOBODY = r"401 \(Unauthorized\)"


class Desk:
    """One browser window; `complaints` are patterns of what its pages may complain of."""

    def __init__(
        self,
        browser: Browser,
        console: Console,
        person: Person | None,
        complaints: Iterable[str],
        looks: dict[str, Any],
    ) -> None:
        self.console = console
        self.allowed = [*complaints, *([] if person else [NOBODY])]
        self.heard: list[str] = []
        self.context = browser.new_context(**{"viewport": DESK, "reduced_motion": "reduce", "locale": "en-IN", **looks})
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        if person:
            console.sign_in(self.context, person)
        self.page = self.context.new_page()
        self.page.on(
            "console", lambda said: self.heard.append(said.text) if said.type in {"error", "warning"} else None
        )
        self.page.on("pageerror", lambda error: self.heard.append(str(error)))
        self.page.on("request", lambda asked: self._note_stranger(asked.url))

    def go(self, path: str) -> None:
        """Load a page of the console, and wait until it is drawn."""
        self.page.goto(self.console.at(path))
        wait_until_drawn(self.page)

    def heading(self, name: str | re.Pattern[str]) -> None:
        """Wait for the page with that heading."""
        expect(self.page.get_by_role("heading", level=1, name=name)).to_be_visible()

    def press(self, name: str | re.Pattern[str], *, within: Locator | None = None, role: Any = "button") -> None:
        """Press a button, or follow a link, by its name."""
        (within or self.page).get_by_role(role, name=name).click()

    def fill(self, label: str, text: str, *, within: Locator | None = None) -> None:
        """Type into the field with that label."""
        (within or self.page).get_by_label(label, exact=True).fill(text)

    def sees(self, text: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Wait for a text."""
        expect((within or self.page).get_by_text(text).first).to_be_visible()

    def dialog(self, name: str | re.Pattern[str]) -> Locator:
        """Return the open dialog of that name."""
        found = self.page.get_by_role("dialog", name=name)
        expect(found).to_be_visible()
        return found

    def close(self) -> None:
        """Close the window."""
        self.context.close()

    def assert_nothing_was_wrong(self) -> None:
        """Raise AssertionError for whatever a page complained of, unless it may."""
        unexpected = [each for each in self.heard if not any(re.search(pattern, each) for pattern in self.allowed)]
        assert unexpected == [], "\n".join(unexpected)

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self.heard.append(f"{said.text} ({said.location['url']})")

    def _note_stranger(self, url: str) -> None:
        if not url.startswith((self.console.url, "data:", "blob:")):
            self.heard.append(f"asked a stranger: {url}")
