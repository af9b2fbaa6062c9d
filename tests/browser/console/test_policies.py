"""An admin changes a policy and publishes it; the next failure is planned by it."""

import re
from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.factories.identity import add_person


def first_wait(console, merchant, failure) -> timedelta:
    recovery = console.ask(merchant, f"/v1/recoveries/{failure['recovery']['id']}")
    due, opened = (datetime.fromisoformat(recovery[name]) for name in ("next_attempt_at", "opened_at"))
    return due - opened


def test_a_published_policy_is_what_the_next_recovery_uses(console, open_desk):
    merchant = console.new_merchant()
    admin = add_person(console.container, merchant, "admin")
    before = console.fail(merchant, "before-1")
    desk = open_desk(admin, complaints=[r"404 \(Not Found\).*/draft"])  # there is none yet
    desk.go("/policies")
    desk.press("Change it", role="link")
    desk.page.get_by_label("First delay", exact=True).fill("3")
    desk.sees("Draft saved")
    assert first_wait(console, merchant, console.fail(merchant, "drafted-1")) == first_wait(console, merchant, before)

    desk.press("Publish…")
    asked = desk.dialog(re.compile("^Publish version 2 of "))
    desk.sees("First delay", within=asked)
    desk.sees(re.compile("2 open recoveries keep"), within=asked)
    desk.press("Publish version 2", within=asked)
    desk.sees("Version 2 is published.")
    expect(desk.page.get_by_role("button", name="Publish…")).to_be_disabled()
    after = console.fail(merchant, "after-1")
    assert first_wait(console, merchant, after) == timedelta(hours=3)
    assert first_wait(console, merchant, before) == timedelta(hours=1)
