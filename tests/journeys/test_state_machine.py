"""The engine under everything that can happen to it, in any order, with workers that die between any two steps.

Hypothesis picks what merchants report, what the provider does, who dies where, what payers pay and what staff
clicks; after each step the books are held against the provider's, and at the end everything must come to rest.
"""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from app.domain.errors import TinkoError
from app.domain.ingest.accept import ReportRefusedError
from app.domain.money import Money
from app.domain.payments.port import PaymentStatus
from app.domain.recovery.policy import Policy
from app.services.analytics.upkeep import check, fold_deltas
from app.services.links.checkout import open_checkout
from app.services.links.issue import issue_link_by_ref
from app.services.psp_events import receive_event
from app.services.recovery import act
from tests.factories.recoveries import DAY, HOUR, LEASE, MINUTE, Engine, WorkerKilled, make_engine

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
OWN = (PaymentStatus.CAPTURED, PaymentStatus.DECLINED, PaymentStatus.PENDING)
CAPTURED = {PaymentStatus.CAPTURED, PaymentStatus.REFUNDED}
CALLS = ("create_payment", "retrieve_payment")
MEANWHILE = (
    "its_lease_ends",
    "its_webhook_comes",
    "staff_cancels",
    "staff_pauses",
    "another_failure_is_reported",
    "a_page_is_opened",
    "an_old_page_is_paid",
    "an_earlier_charge_is_captured_late",
)
NOW, BEFORE = 0, 1
MOST_AT_ONCE = 2

FORGOTTEN = text("""
    SELECT a.id, a.kind, a.status FROM attempts a JOIN recoveries r ON r.id = a.recovery_id
    WHERE a.organization_id = :id AND a.wake_at IS NULL AND a.leased_until IS NULL AND (
        a.status = 'executing'
        OR a.status IN ('unknown', 'awaiting_payer') AND r.needs_attention IS DISTINCT FROM 'outcome_unknown'
        OR a.status = 'scheduled' AND (a.kind = 'charge' OR a.started_at IS NULL) AND r.paused_at IS NULL)
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
          AND a.status IN ('scheduled', 'executing', 'unknown', 'awaiting_payer'))
""")
WAITING = text("""
    SELECT id FROM attempts WHERE organization_id = :id AND wake_at IS NOT NULL AND status <> 'awaiting_payer'
""")
UNPAID = text("""
    SELECT r.id FROM recoveries r LEFT JOIN charges c ON c.transaction_id = r.transaction_id AND NOT c.is_duplicate
    WHERE r.organization_id = :id AND r.status = 'recovered' AND c.id IS NULL
""")
UNBALANCED = text("SELECT entry_id FROM ledger_lines GROUP BY entry_id HAVING sum(debit) <> sum(credit)")
CHARGES = text("SELECT psp_payment_id, amount, is_duplicate, status FROM charges WHERE organization_id = :id")
RECOVERIES = text("SELECT id FROM recoveries WHERE organization_id = :id ORDER BY id")
OPEN = text("SELECT id FROM recoveries WHERE organization_id = :id AND status = 'open'")
IN_FLIGHT = text("""
    SELECT id FROM attempts WHERE organization_id = :id AND status IN ('executing', 'unknown', 'awaiting_payer')
""")
NEXT_ATTEMPT = text("""
    SELECT least(min(wake_at) FILTER (WHERE leased_until IS NULL), min(leased_until) + interval '1 second')
    FROM attempts WHERE organization_id = :id
""")
NEXT_OF_ALL = text(f"""
    SELECT least(({NEXT_ATTEMPT}), (SELECT min(wake_at) FROM outbox),
                 (SELECT min(window_ends_at) FROM recoveries WHERE organization_id = :id AND status = 'open'))
""")


class Life(RuleBasedStateMachine):
    """One merchant's life. Transactions follow each other; the newest two are `NOW` and `BEFORE`."""

    container = None
    tokens = st.sampled_from(TOKENS)
    recency = st.sampled_from([NOW, NOW, NOW, BEFORE])

    def __init__(self):
        super().__init__()
        policy = Policy(max_retries=2, window_days=3, link_after_attempt=1)
        self.engine: Engine = make_engine(self.container, policy=policy)
        self.queue = []
        self.own = {}
        self.pages = []
        self.meddled = set()
        self.orders = 1

    def ref(self, recency):
        return f"order-{max(self.orders - recency, 1)}"

    def rows(self, statement):
        with self.engine.begin() as session:
            return session.execute(statement, {"id": self.engine.organization_id}).all()

    # What merchants and payers do.

    @initialize(token=tokens)
    def the_first_failure_is_reported(self, token):
        self.report("order-1", token)

    @rule(token=tokens, own=st.sampled_from([None, None, *OWN]))
    def a_transaction_fails(self, token, own):
        if len(self.rows(WAITING)) < MOST_AT_ONCE:
            self.a_new_transaction_fails(token, own)

    def a_new_transaction_fails(self, token, own=None):
        """Report a new transaction; `own` is what became of the merchant's own payment, which may have moved money."""
        self.orders += 1
        ref = self.ref(NOW)
        if own is not None:
            self.own[ref] = self.engine.psp._book(ref, f"own-{ref}", Money(5000, "INR"), None, own).id
        self.report(ref, token)

    @rule(
        recency=recency,
        token=tokens,
        reason=st.sampled_from(REASONS),
        amount=st.sampled_from([5000, 7000]),
    )
    def it_fails_again(self, recency, token, reason, amount):
        self.report(self.ref(recency), token, reason, amount)

    def report(self, ref, token, reason="insufficient_funds", amount=5000):
        if ref in self.own:
            reason, amount = "upi_pending", 5000  # the merchant does not contradict itself
        try:
            self.engine.report(ref, token=token, failure_reason=reason, amount=amount, psp_payment_id=self.own.get(ref))
        except ReportRefusedError:
            assert self.engine.charges(ref)

    @rule(recency=recency, paid=st.booleans())
    def a_payer_opens_a_page(self, recency, paid):
        """Open a payment page; `paid` at once, and the provider knows of it before Tinko does."""
        page = self.a_page_is_opened(self.ref(recency))
        if page is not None and paid:
            self.pages.remove(page)
            self.engine.psp.pay(page)

    def a_page_is_opened(self, ref):
        engine, now = self.engine, self.engine.clock.now()
        links = {"tokens": engine.container.link_tokens, "base_url": "https://pay.test"}
        where = {"organization_id": engine.organization_id, "transaction_ref": ref}
        pays = {"payments": engine.payments, "crypto": engine.container.crypto, "clock": engine.clock}
        before = set(engine.psp.checkouts)
        if ref in self.own:
            return None
        with suppress(TinkoError):
            with engine.begin() as session:
                link = issue_link_by_ref(session, **links, **where, ttl=HOUR, channel="none", actor="key_1", now=now)
            open_checkout(engine.begin, **pays, **links, token=link.token)
        new = [page for key, (_, page) in engine.psp.checkouts.items() if key not in before]
        self.pages.extend(new)
        return new[0] if new else None

    @rule()
    def a_payer_comes_back(self):
        self.an_old_page_is_paid("")

    def an_old_page_is_paid(self, ref):
        """Pay on a page that was opened earlier, even if Tinko has given it up: then money may come twice."""
        del ref
        if self.pages:
            page = self.pages.pop()
            charge = self.engine.psp.pay(page)
            attempt = self.engine.attempt(charge.attempt_id)
            if (attempt.status, attempt.psp_payment_id) != ("awaiting_payer", page.psp_payment_id):
                self.meddled.add(charge.reference)

    # What beat and workers do. More rules are more of it: most of a life is work.

    @rule(token=tokens)
    def work_goes_on(self, token):
        self.what_is_next_happens(token)

    @rule(token=tokens, meanwhile=st.sampled_from(MEANWHILE))
    def work_goes_on_while_something_happens(self, token, meanwhile):
        self.what_is_next_happens(token, meanwhile=meanwhile)

    @rule(token=tokens, death=st.sampled_from(CALLS), after=st.booleans())
    def a_worker_dies(self, token, death, after):
        self.what_is_next_happens(token, death=death, after=after)

    @rule(data=st.data(), delivered_again=st.booleans(), meanwhile=st.sampled_from([None, *MEANWHILE]))
    def messages_are_late(self, data, delivered_again, meanwhile):
        if not self.queue:
            self.queue = self.engine.sweep()
            return
        claimed = self.queue[data.draw(st.integers(0, len(self.queue) - 1), label="message")]
        self.do(claimed, meanwhile=meanwhile)
        if not delivered_again:
            self.queue.remove(claimed)

    @rule(death=st.sampled_from([None, "refund", "retrieve_payment"]), after=st.booleans())
    def the_outbox_is_worked_off(self, death, after):
        self.survive(death, after=after, doing=self.engine.settle_outbox)

    @rule(batch=st.sampled_from([2, 1000]))
    def rollups_are_folded(self, batch):
        with self.engine.begin() as session:
            fold_deltas(session, batch=batch)

    @rule(by=st.sampled_from([MINUTE, HOUR, DAY]))
    def time_passes(self, by):
        self.engine.clock.advance(by)
        self.engine.end_windows()

    def what_is_next_happens(self, token, *, death=None, after=False, meanwhile=None):
        """Let time go on to the next thing that is due, and have it done; where nothing is, something fails first."""
        if not self.rows(WAITING):
            self.a_new_transaction_fails(token)
        at = self.rows(NEXT_ATTEMPT)[0][0]
        if at is not None:
            self.engine.go_to(at)
        for claimed in self.engine.sweep():
            self.do(claimed, death=death, after=after, meanwhile=meanwhile)

    def do(self, claimed, *, death=None, after=False, meanwhile=None):
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
        for claimed in self.engine.sweep():
            self.engine.run(claimed)

    def its_webhook_comes(self, ref):
        del ref
        self.deliver(self.engine.psp.charges[-1])
        self.engine.settle_outbox()

    def staff_cancels(self, ref):
        self.click(act.cancel, self.engine.recoveries[ref])

    def staff_pauses(self, ref):
        self.click(act.pause, self.engine.recoveries[ref])

    def another_failure_is_reported(self, ref):
        self.report(ref, "pm_sandbox_ok", amount=7000)

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

    @rule(data=st.data(), what=st.sampled_from(["webhook", "webhook", "late capture", "hold back", "let through"]))
    def the_provider_acts(self, data, what):
        """Tell of any charge, in any order and any number of times; capture what it had declined; or be busy."""
        charges = self.engine.psp.charges[-4:]
        declined = [c for c in charges if c.status is PaymentStatus.DECLINED and c.reference not in self.own]
        if what == "webhook" and charges:
            self.deliver(data.draw(st.sampled_from(charges), label="charge"))
        elif what == "late capture" and declined:
            self.capture_late(declined[-1])
        else:
            self.engine.payments.defer(HOUR if what == "hold back" else None)

    def an_earlier_charge_is_captured_late(self, ref):
        for charge in self.engine.psp.charges:
            if charge.reference == ref and charge.status is PaymentStatus.DECLINED and ref not in self.own:
                self.capture_late(charge)

    def capture_late(self, charge):
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

    @rule(
        data=st.data(),
        verb=st.sampled_from(
            [act.retry_now, act.retry_now, act.cancel, act.pause, act.resume, act.move_next, act.check_now]
        ),
    )
    def staff_clicks(self, data, verb):
        ids = [row.id for row in self.rows(RECOVERIES)]
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
        for ref in set(self.engine.recoveries) - self.meddled:
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
        charges, ledger = self.rows(CHARGES), self.engine.ledger()
        paid = sum(amount for _, amount, is_duplicate, _ in charges if not is_duplicate)
        owed = sum(amount for _, amount, _, status in charges if status == "refund_due")
        assert ledger.get("recovered_revenue", 0) == -paid
        assert ledger.get("duplicate_refunds", 0) == -owed
        assert ledger.get("psp_clearing", 0) == paid + owed

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
            at = self.rows(NEXT_OF_ALL)[0][0]
            if at is None:
                break
            engine.go_to(at)
        else:
            raise AssertionError("it never comes to rest")
        self.everything_has_ended()

    def everything_has_ended(self):
        engine, own = self.engine, set(self.own.values())
        assert (self.rows(OPEN), self.rows(IN_FLIGHT)) == ([], [])
        for ref in engine.recoveries:
            assert len(engine.psp.captures(ref)) <= 1
        theirs = {c.id: c.status.value for c in engine.psp.charges if c.status in CAPTURED}
        assert check(engine.begin, organization_id=engine.organization_id) == ([], {})  # the rollups, by a recount
        ours = {payment_id: status for payment_id, _, _, status in self.rows(CHARGES)}
        assert {k: v for k, v in ours.items() if k not in own} == {k: v for k, v in theirs.items() if k not in own}


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
