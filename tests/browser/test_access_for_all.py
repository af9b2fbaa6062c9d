"""Every state of the page, in every language, light and dark, on a phone and a desk: axe-core finds nothing."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.db.models import Attempt
from app.services.links.issue import revoke_link
from app.services.recovery import act

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
SIZES = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 900}}
SHOTS = os.environ.get("TINKO_SCREENSHOTS")  # noqa: TID251  (where to put pictures for people to look at)


def ready(till, _):
    return till.link()


def expired(till, clock):
    issued = till.link(ttl=timedelta(minutes=1))
    clock.advance(timedelta(minutes=1))
    return issued


def revoked(till, _):
    issued = till.link()
    with till.container.database.begin() as session:
        now = till.container.clock.now()
        revoke_link(session, organization_id=till.merchant.id, link_id=issued.link_id, actor="usr_1", now=now)
    return issued


def superseded(till, clock):
    issued = expired(till, clock)
    till.client.post(f"/pay/retry/{issued.token}/reissue")
    return issued


def cancelled(till, _):
    issued = till.link()
    with till.container.database.begin() as session:
        now = till.container.clock.now()
        act.cancel(session, organization_id=till.merchant.id, recovery_id=issued.recovery_id, actor="usr_1", now=now)
    return issued


def retried(till, _):
    issued = till.link()
    with till.container.database.begin() as session:
        statement = select(Attempt).where(Attempt.recovery_id == issued.recovery_id, Attempt.kind == "charge")
        session.execute(statement).scalar_one().status = "executing"
    return issued


def open_page(till, _):
    issued = till.link()
    assert till.client.post(f"/pay/retry/{issued.token}/checkout").status_code == 303
    return issued


def paid(till, _):
    issued = till.link()
    where = till.client.post(f"/pay/retry/{issued.token}/checkout").headers["location"]
    till.client.post(where, data={"choice": "pay"})
    till.client.get("/pay/success", params={"link": issued.token})
    return issued


def invalid(*_):
    return None


STATES = (ready, expired, revoked, superseded, cancelled, retried, open_page, paid, invalid)


def look(browser, axe, url, *, size, scheme, name, open_day=False):
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)
    page = context.new_page()
    page.goto(url)
    if open_day:
        page.locator("summary").click()
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}-{size}-{scheme}.png", full_page=True)
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run(document, rules)", RULES)
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    context.close()
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []
    assert not wide, "the page scrolls sideways"


@pytest.mark.parametrize("state", STATES, ids=[state.__name__ for state in STATES])
def test_every_state_is_for_everybody(browser, axe, base_url, till, clock, state):
    issued = state(till, clock)
    url = f"{base_url}/pay/retry/{issued.token if issued else 'nothing'}"
    for scheme in ("light", "dark"):
        look(browser, axe, url, size="phone", scheme=scheme, name=state.__name__)


@pytest.mark.parametrize("language", ["en", "hi", "ta", "fil"])
def test_every_language_fits_every_screen(browser, axe, base_url, till, language):
    url = f"{base_url}/pay/retry/{till.link().token}?lang={language}"
    for size in SIZES:
        for scheme in ("light", "dark"):
            look(browser, axe, url, size=size, scheme=scheme, name=f"ready-{language}", open_day=size == "phone")


@pytest.mark.parametrize("language", ["en", "ta"])
def test_the_page_is_read_at_twice_its_size(browser, base_url, till, language):
    """A width of 320 is a phone's at 200 % zoom, or a desk's at 400 %: WCAG 1.4.10."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, device_scale_factor=2)
    page = context.new_page()
    page.goto(f"{base_url}/pay/retry/{till.link().token}?lang={language}")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    context.close()
