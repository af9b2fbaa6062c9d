"""Every page of the console, how to get there, and when it is there."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.console.stand import Console, invitation_token, reset_token
from tests.factories.identity import Merchant

# What stands for something that is still on its way.
UNDONE = ".animate-shimmer, .animate-spin, [aria-busy=true]"

SIGNED_IN = {
    "dashboard": "/",
    "onboarding": "/onboarding",
    "recoveries": "/recoveries",
    "recovery-open": "/recoveries/{open}",
    "recovery-recovered": "/recoveries/{recovered}",
    "policies": "/policies",
    "policy": "/policies/{policy}",
    "rules": "/rules",
    "templates": "/templates",
    "template": "/templates/{template}",
    "keys": "/developers/keys",
    "events": "/developers/events",
    "requests": "/developers/requests",
    "unknown-codes": "/developers/unknown-codes",
    "organization": "/settings/organization",
    "branding": "/settings/branding",
    "psp": "/settings/psp",
    "team": "/settings/team",
    "security": "/settings/security",
    "audit": "/settings/audit",
    "test-clock": "/settings/test-clock",
    "missing": "/nowhere",
}
PUBLIC = {
    "sign-in": "/sign-in",
    "sign-up": "/sign-up",
    "forgot": "/forgot",
    "reset": "/reset#token={reset}",
    "invite": "/invite#token={invite}",
}


def places(console: Console, merchant: Merchant) -> dict[str, str]:
    """Return the address of each page that the merchant's staff sees; one whose thing is missing is left out."""
    known = {
        "open": _first(console, merchant, "/v1/recoveries", status="open"),
        "recovered": _first(console, merchant, "/v1/recoveries", status="recovered"),
        "policy": _first(console, merchant, "/v1/retry/policies"),
        "template": _first(console, merchant, "/v1/templates"),
    }
    there = {name: value for name, value in known.items() if value}
    return {
        name: console.at(path.format(**there))
        for name, path in SIGNED_IN.items()
        if "{" not in path or path.partition("{")[2].rstrip("}") in there
    }


def open_doors(console: Console, merchant: Merchant) -> dict[str, str]:
    """Return the address of each page for whoever is not signed in."""
    email = merchant.owner.user.email
    tokens = {"reset": reset_token(console, email), "invite": invitation_token(console, merchant, f"new.{email}")}
    return {name: console.at(path.format(**tokens)) for name, path in PUBLIC.items()}


def wait_until_drawn(page: Page) -> None:
    """Wait until the page has its heading, and nothing of it is on its way."""
    expect(page.locator("h1").first).to_be_visible(timeout=15_000)
    page.wait_for_function(
        "undone => ![...document.querySelectorAll(undone)].some(each => each.checkVisibility())", arg=UNDONE
    )


def _first(console: Console, merchant: Merchant, path: str, **query: Any) -> str | None:
    items = console.ask(merchant, path, limit=1, **query)["items"]
    return items[0]["id"] if items else None
