"""Staff find a recovery, read why it failed, and retry it."""

import re

from playwright.sync_api import expect

from tests.factories.identity import add_person


def test_staff_find_a_recovery_read_why_and_retry_it(console, open_desk):
    merchant = console.new_merchant()
    operator = add_person(console.container, merchant, "operator")
    for number in range(3):
        console.fail(merchant, f"invoice-{number}", amount=5000 + number)
    wanted = console.fail(merchant, "wanted-77", failure_reason="insufficient_funds")

    desk = open_desk(operator)
    desk.go("/recoveries")
    desk.page.keyboard.press("/")
    desk.page.keyboard.type("wanted-")
    table = desk.page.get_by_role("table")
    expect(table.get_by_text("invoice-0")).to_have_count(0)
    table.get_by_role("link", name=re.compile("wanted-77|1,234.50")).first.click()

    desk.heading(re.compile("1,234.50"))
    assert desk.page.url.endswith(f"/recoveries/{wanted['recovery']['id']}")
    desk.sees("policy.backoff")
    desk.sees(re.compile("There was not enough money", re.IGNORECASE))
    desk.press(re.compile("^Retry now"))
    asked = desk.dialog(re.compile("^Charge .*1,234.50 now"))
    desk.press(re.compile("^Charge "), within=asked)
    desk.sees("The retry is on its way.")
    console.tell("POST", merchant, "/v1/test/clock/advance", {"seconds": 1})
    desk.sees(re.compile("^Recovered .*: a retry went through."))
    told = console.ask(merchant, f"/v1/recoveries/{wanted['recovery']['id']}")
    assert (told["status"], told["recovered_via"]) == ("recovered", "retry")


def test_what_may_not_be_done_says_why(console, open_desk):
    merchant = console.new_merchant()
    stolen = console.fail(merchant, "stolen-1", failure_reason="lost_card")
    desk = open_desk(merchant.owner)
    desk.go(f"/recoveries/{stolen['recovery']['id']}")
    retry = desk.page.get_by_role("button", name=re.compile("^Retry now"))
    expect(retry).to_be_disabled()
    expect(retry).to_have_accessible_description(re.compile(r"\w+"))
