"""Every state that a payer may find a page in, and how to get there. Each returns the path of its page."""

import base64
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from app.db.models import Attempt
from app.services.links.issue import revoke_link
from app.services.recovery import act
from tests.factories.pictures import png
from tests.fakes.clock import FakeClock
from tests.pages.conftest import Till

State = Callable[[Till, FakeClock], str]
DOUBTFUL = {"failure_reason": "lost_card", "network_decline_code": "68", "psp_payment_id": "pay_unknown"}
LOGO = base64.b64encode(png(160, 48)).decode()


def path(issued) -> str:
    return f"/pay/retry/{issued.token}"


def ready(till, _):
    return path(till.link())


def branded(till, _, *, color="#ffcc00", logo=LOGO):
    body = {"display_name": "Nørrebro Books & Sons", "brand_color": color, "logo": logo}
    answer = till.client.patch("/v1/auth/org", json=body, headers=till.merchant.owner.headers)
    assert answer.status_code == 200, answer.text
    return path(till.link())


def branded_dark(till, clock):
    return branded(till, clock, color="#14213d")


def promised(till, clock):
    issued = till.link()
    day = (clock.now() + timedelta(days=3)).date().isoformat()
    assert till.client.post(f"{path(issued)}/day", data={"day": day}).status_code == 200
    return path(issued)


def expired(till, clock):
    issued = till.link(ttl=timedelta(minutes=1))
    clock.advance(timedelta(minutes=1))
    return path(issued)


def revoked(till, _):
    issued = till.link()
    with till.container.database.begin() as session:
        now = till.container.clock.now()
        revoke_link(session, organization_id=till.merchant.id, link_id=issued.link_id, actor="usr_1", now=now)
    return path(issued)


def superseded(till, clock):
    where = expired(till, clock)
    till.client.post(f"{where}/reissue")
    return where


def cancelled(till, _):
    issued = till.link()
    with till.container.database.begin() as session:
        now = till.container.clock.now()
        act.cancel(session, organization_id=till.merchant.id, recovery_id=issued.recovery_id, actor="usr_1", now=now)
    return path(issued)


def retried(till, _):
    issued = till.link()
    with till.container.database.begin() as session:
        statement = select(Attempt).where(Attempt.recovery_id == issued.recovery_id, Attempt.kind == "charge")
        session.execute(statement).scalar_one().status = "executing"
    return path(issued)


def open_page(till, _):
    issued = till.link()
    assert till.client.post(f"{path(issued)}/checkout").status_code == 303
    return path(issued)


def left_page(till, _):
    issued = till.link()
    assert till.client.post(f"{path(issued)}/checkout").status_code == 303
    return f"/pay/cancel?link={issued.token}"


def waiting(till, _):
    issued = till.link()
    assert till.client.post(f"{path(issued)}/checkout").status_code == 303
    return f"/pay/success?link={issued.token}"


def changed(till, _):
    ref = till.fail()
    issued = till.link(ref)
    report(till, ref, amount=99900)
    return path(issued)


def outdated_page(till, _):
    ref = till.fail()
    issued = till.link(ref)
    assert till.client.post(f"{path(issued)}/checkout").status_code == 303
    report(till, ref, amount=99900)
    return path(issued)


def asks_first(till, _):
    return path(till.link(**DOUBTFUL))


def paid(till, _):
    issued = till.link()
    where = till.client.post(f"{path(issued)}/checkout").headers["location"]
    till.client.post(where, data={"choice": "pay"})
    till.client.get("/pay/success", params={"link": issued.token})
    return path(issued)


def invalid(*_):
    return "/pay/retry/nothing"


def verify(*_):
    return "/verify"


def unsubscribe(till, _):
    return till.mail().unsubscribe_path


def no_unsubscribe(*_):
    return "/unsubscribe/nothing"


def report(till, ref, **facts):
    body = {"transaction_ref": ref, "gateway": "sandbox", "failure_reason": "insufficient_funds", **facts}
    answer = till.client.post("/v1/events/payment_failed", json=body, headers=till.merchant.headers)
    assert answer.status_code == 201, answer.text


STATES: tuple[State, ...] = (
    ready,
    branded,
    branded_dark,
    promised,
    changed,
    asks_first,
    open_page,
    left_page,
    waiting,
    outdated_page,
    retried,
    paid,
    cancelled,
    expired,
    revoked,
    superseded,
    invalid,
    verify,
    unsubscribe,
    no_unsubscribe,
)
