"""The engine under everything that can happen to it, in any order, with workers that die between any two steps.

Hypothesis picks what merchants report, what the provider does, who dies where and what staff clicks; after
each step the books are held against the provider's, and at the end everything must come to rest.
"""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from app.domain.errors import TinkoError
from app.domain.ingest.accept import ReportRefusedError
from app.domain.money import Money
from app.domain.payments.port import CheckoutRequest, PaymentStatus
from app.domain.recovery.policy import Policy
from app.services.psp_events import receive_event
from app.services.recovery import act
from tests.factories.recoveries import DAY, HOUR, LEASE, MINUTE, Engine, WorkerKilled, make_engine

REFS = ("order-1", "order-2")
# Repeated where chance should choose it more often.
TOKENS = (
    "pm_sandbox_ok",
    "pm_sandbox_ok",
    "pm_sandbox_recovers_on_2",
    "pm_sandbox_recovers_on_2",
    "pm_sandbox_timeout_charged",
    "pm_sandbox_timeout_charged",
    "pm_sandbox_timeout_not_charged",
    "pm_sandbox_insufficient_funds",
    "pm_sandbox_insufficient_funds",
    "pm_sandbox_hard_decline",
    "pm_sandbox_requires_action",
    "pm_sandbox_pending",
    "pm_sandbox_rate_limited",
    None,
)
REASONS = (*("insufficient_funds",) * 6, "network_error", "lost_card", "authentication_required", "already_paid")
CAPTURED = {PaymentStatus.CAPTURED, PaymentStatus.REFUNDED}

FORGOTTEN = text("""
    SELECT a.id, a.kind, a.status FROM attempts a JOIN recoveries r ON r.id = a.recovery_id
    WHERE a.organization_id = :id AND a.wake_at IS NULL AND a.leased_until IS NULL AND (
        a.status = 'executing'
        OR a.status = 'unknown' AND r.needs_attention IS DISTINCT FROM 'outcome_unknown'
        OR a.status = 'scheduled' AND a.kind = 'charge' AND r.paused_at IS NULL)
""")
LEFT_OVER = text("""
    SELECT a.id FROM attempts a JOIN recoveries r ON r.id = a.recovery_id
    WHERE a.organization_id = :id AND a.status = 'scheduled' AND r.status <> 'open'
      AND a.tries = 0  -- one that goes back to its plan after its recovery ended is cancelled when it wakes
""")
STUCK = text("""
    SELECT r.id, r.transaction_id FROM recoveries r
    WHERE r.organization_id = :id AND r.status = 'open' AND r.needs_attention IS NULL AND NOT EXISTS (
        SELECT FROM attempts a WHERE a.transaction_id = r.transaction_id
          AND a.status IN ('scheduled', 'executing', 'unknown'))
""")
UNPAID = text("""
    SELECT r.id FROM recoveries r LEFT JOIN charges c ON c.transaction_id = r.transaction_id AND NOT c.is_duplicate
    WHERE r.organization_id = :id AND r.status = 'recovered' AND c.id IS NULL
""")
UNBALANCED = text("""
    SELECT entry_id FROM ledger_lines GROUP BY entry_id HAVING sum(debit) <> sum(credit)
""")
CHARGES = text("SELECT psp_payment_id, amount, is_duplicate, status FROM charges WHERE organization_id = :id")
NEXT = text("""
    SELECT min(at) FROM (
        SELECT min(wake_at) AS at FROM attempts WHERE organization_id = :id AND leased_until IS NULL
        UNION ALL SELECT min(leased_until) + interval '1 second' FROM attempts WHERE organization_id = :id
        UNION ALL SELECT min(wake_at) FROM outbox
        UNION ALL SELECT min(window_ends_at) FROM recoveries WHERE organization_id = :id AND status = 'open'
    ) AS times
""")


DEATHS = st.sampled_from([None, None, None, "create_payment", "retrieve_payment"])
MEANWHILE = st.sampled_from(
    [
        None,
        None,
        None,
        "its_lease_ends",
        "its_webhook_comes",
        "staff_cancels",
        "staff_pauses",
        "another_failure_is_reported",
        "the_payer_pays_by_a_link",
    ]
)


class Life(RuleBasedStateMachine):
    """One merchant's life."""

    container = None
    refs = st.sampled_from([*REFS[:1] * 3, *REFS])

    def __init__(self):
        super().__init__()
        policy = Policy(max_retries=2, window_days=3, link_after_attempt=1)
        self.engine: Engine = make_engine(self.container, policy=policy)
        self.queue = []
        self.own = {}
        self.meddled = set()

    def rows(self, statement):
        with self.engine.begin() as session:
            return session.execute(statement, {"id": self.engine.organization_id}).all()

    # What merchants and payers do.

    @initialize(ref=refs, token=st.sampled_from(TOKENS))
    def the_first_failure_is_reported(self, ref, token):
        self.report(ref, token, "insufficient_funds", 5000)

    @rule(
        ref=refs, token=st.sampled_from(TOKENS), reason=st.sampled_from(REASONS), amount=st.sampled_from([5000, 7000])
    )
    def report(self, ref, token, reason, amount):
        if ref in self.own:
            reason = "upi_pending"
        try:
            self.engine.report(ref, token=token, failure_reason=reason, amount=amount, psp_payment_id=self.own.get(ref))
        except ReportRefusedError:
            assert self.engine.charges(ref)

    @rule(ref=refs, status=st.sampled_from([PaymentStatus.CAPTURED, PaymentStatus.DECLINED, PaymentStatus.PENDING]))
    def report_what_may_have_moved_money(self, ref, status):
        """Only before anything else of a transaction: later, the merchant would contradict itself."""
        if ref not in self.engine.recoveries:
            self.own[ref] = self.engine.psp._book(ref, f"own-{ref}", Money(5000, "INR"), None, status).id
            self.report(ref, "pm_sandbox_ok", "upi_pending", 5000)

    @precondition(lambda self: self.engine.recoveries)
    @rule(ref=refs)
    def the_payer_pays(self, ref):
        self.the_payer_pays_by_a_link(ref)

    def the_payer_pays_by_a_link(self, ref):
        links = [] if ref in self.own or ref not in self.engine.recoveries else self.engine.attempts(ref)
        link = next((a for a in links if (a.kind, a.status) == ("link", "scheduled")), None)
        if link is None:
            return
        self.meddled.add(ref)
        engine = self.engine
        with engine.begin() as session:
            session.merge(link).psp_account_id = engine.account().account_id
        request = CheckoutRequest(link.id, ref, Money(5000, "INR"), "https://a.test", "https://b.test", HOUR)
        engine.psp.pay(engine.psp.create_checkout(request))

    # What beat and workers do.

    @rule(by=st.sampled_from([MINUTE, HOUR, DAY]))
    def time_passes(self, by):
        self.engine.clock.advance(by)
        self.engine.end_windows()

    @precondition(lambda self: self.engine.recoveries)
    @rule(death=DEATHS, after=st.booleans(), meanwhile=MEANWHILE)
    def what_is_next_happens(self, death, after, meanwhile):
        """Time goes on to the next thing that is due, and a worker does it, or dies of it."""
        at = self.rows(NEXT)[0][0]
        if at is not None:
            self.engine.go_to(at)
        for claimed in self.engine.sweep():
            self.do(claimed, death=death, after=after, meanwhile=meanwhile)

    @rule()
    def sweep(self):
        self.queue.extend(self.engine.sweep())

    @precondition(lambda self: self.queue)
    @rule(data=st.data(), death=DEATHS, after=st.booleans(), meanwhile=MEANWHILE, delivered_again=st.booleans())
    def work(self, data, death, after, meanwhile, delivered_again):
        claimed = self.queue[data.draw(st.integers(0, len(self.queue) - 1))]
        self.do(claimed, death=death, after=after, meanwhile=meanwhile)
        if not delivered_again:
            self.queue.remove(claimed)

    @rule(death=st.sampled_from([None, None, "refund", "retrieve_payment"]), after=st.booleans())
    def work_off_the_outbox(self, death, after):
        self.survive(death, after=after, doing=self.engine.settle_outbox)

    def do(self, claimed, *, death, after, meanwhile):
        """Run an attempt; `meanwhile` happens while its charge is in the provider's books and nobody here knows."""

        def happen(request):
            self.engine.psp.after_booking = None
            getattr(self, meanwhile)(request.transaction_ref)

        self.engine.psp.after_booking = happen if meanwhile else None
        self.survive(death, after=after, doing=lambda: self.engine.run(claimed))
        self.engine.psp.after_booking = None

    def its_lease_ends(self, ref):
        del ref
        self.engine.clock.advance(LEASE + MINUTE)
        self.queue.extend(self.engine.sweep())
        if self.queue:
            self.engine.run(self.queue[-1])

    def its_webhook_comes(self, ref):
        del ref
        self.deliver(self.engine.psp.charges[-1])
        self.engine.settle_outbox()

    def staff_cancels(self, ref):
        self.click(act.cancel, self.engine.recoveries[ref])

    def staff_pauses(self, ref):
        self.click(act.pause, self.engine.recoveries[ref])

    def another_failure_is_reported(self, ref):
        self.report(ref, "pm_sandbox_ok", "insufficient_funds", 7000)

    def survive(self, death, *, after, doing):
        payments = self.engine.payments
        payments.die_after, payments.die_before = (death, None) if after else (None, death)
        try:
            doing()
        except WorkerKilled:
            pass
        finally:
            payments.die_after = payments.die_before = None

    # What the provider does.

    @rule(wait=st.sampled_from([None, None, MINUTE, HOUR]))
    def calls_are_held_back(self, wait):
        self.engine.payments.defer(wait)

    @precondition(lambda self: self.engine.psp.charges)
    @rule(data=st.data())
    def a_webhook_comes(self, data):
        """Any, in any order, and any number of times."""
        self.deliver(data.draw(st.sampled_from(self.engine.psp.charges), label="charge"))

    @precondition(lambda self: any(c.status is PaymentStatus.DECLINED for c in self.engine.psp.charges))
    @rule(data=st.data())
    def what_was_declined_is_captured_late(self, data):
        declined = [c for c in self.engine.psp.charges if c.status is PaymentStatus.DECLINED]
        charge = data.draw(st.sampled_from(declined), label="charge")
        if charge.reference not in self.own:
            self.meddled.add(charge.reference)
            charge.status, charge.decline = PaymentStatus.CAPTURED, None

    def deliver(self, charge):
        engine = self.engine
        body = engine.psp.event(charge, event_id=f"evt_{charge.id}_{charge.status}")
        headers = engine.psp.sign(body, secret="fake-webhook-secret", at=engine.clock.now())
        with engine.begin() as session:
            receive_event(
                session,
                payments=engine.payments,
                crypto=engine.container.crypto,
                psp="sandbox",
                account_id=engine.account().account_id,
                headers=headers,
                body=body,
                now=engine.clock.now(),
            )

    # What staff does.

    @precondition(lambda self: self.engine.recoveries)
    @rule(
        data=st.data(),
        verb=st.sampled_from([act.retry_now, act.retry_now, act.cancel, act.pause, act.resume, act.move_next]),
    )
    def staff_clicks(self, data, verb):
        ids = [row.id for row in self.rows(text("SELECT id FROM recoveries WHERE organization_id = :id ORDER BY id"))]
        self.click(verb, data.draw(st.sampled_from(ids), label="recovery"))

    def click(self, verb, recovery_id):
        now = self.engine.clock.now()
        more = {"due_at": now + HOUR} if verb is act.move_next else {}
        where = {"organization_id": self.engine.organization_id, "recovery_id": recovery_id}
        with suppress(TinkoError), self.engine.begin() as session:
            verb(session, **where, actor="usr_1", now=now, **more)

    # What always holds.

    @invariant()
    def nobody_is_charged_twice_by_the_engine(self):
        for ref in set(REFS) - self.meddled:
            assert len(self.engine.psp.captures(ref)) <= 1

    @invariant()
    def every_booked_charge_is_in_the_providers_books(self):
        captured = {c.id: c.money.minor for c in self.engine.psp.charges if c.status in CAPTURED}
        for payment_id, amount, _, _ in self.rows(CHARGES):
            assert captured[payment_id] == amount

    @invariant()
    def nothing_is_forgotten(self):
        assert self.rows(FORGOTTEN) == []
        assert self.rows(LEFT_OVER) == []
        assert self.rows(STUCK) == []

    @invariant()
    def the_books_balance(self):
        assert self.rows(UNPAID) == []
        assert self.rows(UNBALANCED) == []
        ledger = self.engine.ledger()
        charges = self.rows(CHARGES)
        assert ledger.get("recovered_revenue", 0) == -sum(
            amount for _, amount, duplicate, _ in charges if not duplicate
        )
        assert ledger.get("duplicate_refunds", 0) == -sum(
            amount for _, amount, _, status in charges if status == "refund_due"
        )

    def teardown(self):
        """Let everything come to rest, and compare the books for good."""
        engine = self.engine
        engine.payments.live()
        for charge in engine.psp.charges:
            self.deliver(charge)
        for _ in range(400):
            engine.settle_outbox()
            engine.work()
            engine.end_windows()
            at = self.rows(NEXT)[0][0]
            if at is None:
                break
            engine.go_to(at)
        else:
            raise AssertionError("it never comes to rest")
        self.everything_has_ended()

    def everything_has_ended(self):
        engine = self.engine
        still_open = self.rows(text("SELECT id FROM recoveries WHERE organization_id = :id AND status = 'open'"))
        in_work = text("SELECT id FROM attempts WHERE organization_id = :id AND status IN ('executing', 'unknown')")
        assert (still_open, self.rows(in_work)) == ([], [])
        for ref in REFS:
            assert len(engine.psp.captures(ref)) <= 1
        booked = {payment_id: status for payment_id, _, _, status in self.rows(CHARGES)}
        ours = {c.id: c.status for c in engine.psp.charges if c.status in CAPTURED and c.id not in self.own.values()}
        assert ours == {
            payment_id: PaymentStatus(status)
            for payment_id, status in booked.items()
            if payment_id not in self.own.values()
        }


@pytest.mark.timeout(300)
def test_whatever_happens_nobody_is_charged_twice_and_everything_comes_to_rest(engine_container):
    life = type("BoundLife", (Life,), {"container": engine_container})
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
