"""The whole way of messages under everything that can happen to it, in any order, with workers that die anywhere.

Hypothesis picks what fails, who pays, promises, opts out and replies, what providers answer and report, and which
worker dies where; a witness at the door (`tests/factories/witness.py`) holds each message that leaves against what it
knows by itself. At the end everything must come to rest, and what became of each message must be what happened to it.
More examples and steps make it stronger: `max_examples` and `stateful_step_count` below.
"""

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import time

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from app.db.models import Message, Recovery, Transaction
from app.domain.errors import TinkoError
from app.domain.money import Money
from app.domain.notify.events import Event
from app.domain.notify.port import Channel
from app.domain.notify.states import MessageStatus
from app.domain.recovery.policy import Policy
from app.services.links.issue import issue_link_by_ref
from app.services.notify.notices import plan_notices
from app.services.notify.opt_outs import add_opt_out, lift_opt_out, opt_out, take_reply
from app.services.notify.receipts import record_receipt
from app.services.notify.reports import Receipt, Reply, Wish
from app.services.outbox import Topic, enqueue
from app.services.payments.capture import record_capture
from app.services.recovery import act
from app.services.recovery.promise import promise
from app.tasks.work import handle_message
from tests.factories.messaging import make_office
from tests.factories.recoveries import DAY, HOUR, LEASE, MINUTE, WorkerKilled
from tests.factories.witness import FORGOTTEN, PLANNED, Debt, Witness, new_payers

# Repeated where chance should choose it more often.
REASONS = ("lost_card", "lost_card", "insufficient_funds", "insufficient_funds", "network_error")
ANSWERS = (
    *("taken",) * 4,
    "dies before",
    "dies after",
    "silence, but gone",
    "silence, and not gone",
    "busy",
    "busy for hours",
    "refused",
    "dead",
    "told to stop",
)
MEANWHILE = (*(None,) * 6, "its_lease_ends", "it_is_reported_delivered", "its_payer_pays", "its_payer_opts_out")
ENDINGS = ("paid", "paid", "cancelled", "noted by staff", "stopped with the link", "stopped with a reply")
REPORTS = (MessageStatus.DELIVERED, MessageStatus.SENT, MessageStatus.BOUNCED, MessageStatus.FAILED)
POLICIES = st.builds(
    Policy,
    max_retries=st.just(2),
    initial_delay_minutes=st.sampled_from([60, 1440]),
    window_days=st.sampled_from([4, 7]),
    link_after_attempt=st.sampled_from([None, 1]),
    enabled_channels=st.sampled_from([("email", "sms"), ("sms", "email"), ("whatsapp", "email", "sms"), ("email",)]),
    quiet_hours=st.sampled_from([None, None, {"start": "12:00", "end": "14:30"}, {"start": "18:00", "end": "10:00"}]),
    quiet_weekends=st.sampled_from([True, True, False]),
    notify_retry_scheduled=st.booleans(),
    notify_card_expiring=st.booleans(),
)
CARD = {"type": "card", "brand": "visa", "last4": "4242"}
TOKENS = ("pm_sandbox_insufficient_funds", "pm_sandbox_hard_decline", "pm_sandbox_timeout_not_charged")
MOST_DEBTS = 8

NEXT = text("""
    SELECT least(
        (SELECT least(min(wake_at) FILTER (WHERE leased_until IS NULL), min(leased_until) + interval '1 second')
         FROM messages WHERE organization_id = :id),
        (SELECT least(min(wake_at) FILTER (WHERE leased_until IS NULL), min(leased_until) + interval '1 second')
         FROM attempts WHERE organization_id = :id),
        (SELECT min(wake_at) FROM outbox),
        -- One whose window is over and that is open still waits for one of those above.
        (SELECT min(window_ends_at) FROM recoveries
         WHERE organization_id = :id AND status = 'open' AND window_ends_at > :now))
""")
PLANS = text("SELECT id, payload FROM outbox WHERE topic = 'message.plan' AND wake_at IS NOT NULL")
MESSAGES = text("""
    SELECT m.*, r.ended_at FROM messages m JOIN recoveries r ON r.id = m.recovery_id
    WHERE m.organization_id = :id ORDER BY m.id
""")


class Mail(RuleBasedStateMachine):
    """One merchant's mail to its payers."""

    container = None
    debt_number = st.integers(0, MOST_DEBTS - 1)
    newest = st.integers(1, 4)
    who = st.sampled_from([0, 0, 1, 2, 2, 3, 3, 4, 5, 6])

    @initialize(policy=POLICIES, cap=st.sampled_from([1, 1, 2]), hour=st.integers(0, 167))
    def the_merchant_opens(self, policy, cap, hour):
        hours = policy.quiet_hours and tuple(time.fromisoformat(policy.quiet_hours[at]) for at in ("start", "end"))
        self.policy = policy
        self.witness = Witness(policy.enabled_channels, hours, policy.quiet_weekends, cap)
        container = replace(self.container, mailroom=replace(self.container.mailroom, daily_cap=cap))
        self.office = make_office(container, policy=policy, channels=self.witness)
        self.engine = self.office.engine
        self.witness.begin, self.witness.now = self.engine.begin, self.engine.clock.now
        self.engine.clock.advance(hour * HOUR)
        self.in_hand: list = []
        self.payers = new_payers()
        for who in (0, 3):
            self.a_payment_fails(who, "lost_card", None)

    # What fails, and what is asked for.

    @rule(who=who, reason=st.sampled_from(REASONS), months=st.sampled_from([None, 0, 1, 9]))
    def a_payment_fails(self, who, reason, months):
        """Report a failure; the card expires that many months from now."""
        payer = self.payers[who]
        if len(self.witness.debts) < MOST_DEBTS:
            ref, card = f"order-{len(self.witness.debts)}", CARD | {"token": TOKENS[who % len(TOKENS)]}
            if months is not None:
                year, month = divmod(self.office.now.month - 1 + months, 12)
                card |= {"exp_month": month + 1, "exp_year": self.office.now.year + year}
            self.engine.report(ref, failure_reason=reason, customer=payer.known, payment_method=card)
            self.witness.debts[ref] = Debt(payer, self.engine.recoveries[ref])

    @rule(number=debt_number, channel=st.sampled_from([*Channel, "fresh", "fresh"]))
    def a_link_is_asked_for(self, number, channel):
        """Ask for one: the merchant over a channel, or the payer for a fresh one."""
        if channel == "fresh":
            with self.engine.begin() as session:
                payload = {"recovery_id": self.debt(number).recovery_id, "event": Event.LINK_REISSUED}
                enqueue(session, topic=Topic.PLAN_MESSAGE, payload=payload)
            return
        room, where = self.office.room, {"organization_id": self.engine.organization_id}
        links = {"tokens": room.link_tokens, "base_url": room.base_url, "ttl": HOUR, "actor": "key_1"}
        with suppress(TinkoError), self.engine.begin() as session:
            issue_link_by_ref(
                session, **links, **where, transaction_ref=self.ref(number), channel=channel, now=self.office.now
            )

    # What payers and staff do.

    @rule(number=debt_number, newest=newest, who=st.sampled_from([0, 0, 1, 4]), how=st.sampled_from(ENDINGS))
    def it_ends(self, number, newest, who, how):
        """End it: by paying, by staff, or by asking for no more messages in one of the ways that there are."""
        if how == "paid":
            self.pays(self.ref(number))
        elif how == "cancelled":
            self.click(act.cancel, self.debt(number))
        elif how == "noted by staff":
            self.opts_out(self.payers[who].known["email"])
        elif self.witness.gone:
            self.answers_with_stop(self.witness.gone[-min(newest, len(self.witness.gone))].message, how)

    def pays(self, ref):
        with self.engine.begin() as session:
            recovery = session.get_one(Recovery, self.witness.debts[ref].recovery_id)
            record_capture(
                session,
                transaction=session.get_one(Transaction, recovery.transaction_id),
                psp_account_id=self.engine.account().account_id,
                psp_payment_id=f"pay_{ref}_{self.engine.organization_id}",
                money=Money(5000, "INR"),
                attempt_id=None,
                via="external",
                now=self.office.now,
            )
        self.witness.debts[ref].paid = True

    @rule(number=debt_number, verb=st.sampled_from([act.pause, act.resume]))
    def staff_clicks(self, number, verb):
        self.click(verb, self.debt(number))

    def click(self, verb, debt: Debt):
        where = {"organization_id": self.engine.organization_id}
        with suppress(TinkoError):
            with self.engine.begin() as session:
                verb(session, **where, recovery_id=debt.recovery_id, actor="usr_1", now=self.office.now)
            debt.cancelled = debt.cancelled or verb is act.cancel
            debt.paused = verb is act.pause

    @rule(number=debt_number, days=st.integers(1, 3))
    def the_payer_promises(self, number, days):
        debt, day = self.debt(number), self.office.now + days * DAY
        with suppress(TinkoError):
            with self.engine.begin() as session:
                promise(session, recovery_id=debt.recovery_id, due_at=day, now=self.office.now)
            debt.promised_for = day

    def answers_with_stop(self, message, way):
        with self.engine.begin() as session:
            if way == "stopped with the link":
                assert opt_out(session, message_id=message.message_id, source="payer", now=self.office.now)
            else:
                reply = Reply(message.channel, message.recipient, Wish.STOP)
                assert take_reply(session, crypto=self.office.room.crypto, reply=reply, now=self.office.now) == 1
        self.witness.opts_out(message.recipient)

    def opts_out(self, contact):
        where = {"organization_id": self.engine.organization_id, "actor": "usr_1", "request_id": None}
        with self.engine.begin() as session:
            add_opt_out(session, crypto=self.office.room.crypto, contact=contact, now=self.office.now, **where)
        self.witness.opts_out(contact)

    @rule(data=st.data())
    def staff_lifts_an_opt_out(self, data):
        if self.witness.opted_out:
            contact = data.draw(st.sampled_from(sorted(self.witness.opted_out)), label="contact")
            where = {"organization_id": self.engine.organization_id, "actor": "usr_1", "request_id": None}
            with self.engine.begin() as session:
                crypto, now = self.office.room.crypto, self.office.now
                row = add_opt_out(session, crypto=crypto, contact=contact, now=now, **where)
                lift_opt_out(session, opt_out_id=row.id, now=now, **where)
            self.witness.opted_out.remove(contact)

    # What beat and workers do. More rules are more of it: most of a life is work.

    @rule(answer=st.sampled_from(ANSWERS), meanwhile=st.sampled_from(MEANWHILE))
    def what_is_next_happens(self, answer, meanwhile):
        self.go_to_next()
        self.work(answer, meanwhile)

    @rule(times=st.integers(2, 6))
    def all_goes_well(self, times):
        for _ in range(times):
            self.go_to_next()
            self.work("taken", None)

    @rule(answer=st.sampled_from(ANSWERS), meanwhile=st.sampled_from(MEANWHILE))
    def a_decent_hour_comes(self, answer, meanwhile):
        """Let everybody's working day begin, which is when most leaves."""
        for _ in range(8):
            self.engine.clock.advance(6 * HOUR)
            if not self.witness.is_quiet(self.payers[0], self.office.now):
                break
        self.work(answer, meanwhile)

    def work(self, answer, meanwhile):
        self.the_outbox_is_worked_off(again=False)
        self.engine.work()
        self.the_outbox_is_worked_off(again=False)
        # What did not happen yet, for want of a message, happens to the next one.
        self.witness.answer = answer if answer != "taken" else self.witness.answer
        self.witness.meanwhile = getattr(self, meanwhile) if meanwhile else self.witness.meanwhile
        for claimed in self.office.sweep():
            self.run(claimed)

    @rule(data=st.data(), answer=st.sampled_from(ANSWERS), again=st.booleans())
    def a_worker_is_late(self, data, answer, again):
        """Take messages in hand, and work on them some time later; or twice, as brokers deliver."""
        if not self.in_hand:
            self.in_hand = self.office.sweep()
            return
        claimed = data.draw(st.sampled_from(self.in_hand), label="claimed")
        self.witness.answer = answer
        self.run(claimed)
        if not again:
            self.in_hand.remove(claimed)

    @rule(again=st.booleans())
    def the_outbox_is_worked_off(self, again):
        """Do what waits in the outbox, at least once; no wish to write to a payer is lost there."""
        with self.engine.begin() as session:
            wishes = session.execute(PLANS).all()
        self.engine.settle_outbox()
        for row in wishes:
            if again:
                handle_message(
                    self.office.engine.container, message_id=row.id, topic="message.plan", payload=row.payload
                )
            wanted = {"recovery_id": row.payload["recovery_id"], "step": f"{row.payload['event']}:{row.id}"}
            with self.engine.begin() as session:
                assert session.execute(PLANNED, wanted).scalar_one(), "no wish to write is lost"

    @rule(by=st.sampled_from([10 * MINUTE, HOUR, 7 * HOUR, DAY]))
    def time_passes(self, by):
        self.engine.clock.advance(by)
        self.beat()

    def beat(self):
        self.engine.end_windows()
        with self.engine.begin() as session:
            plan_notices(session, room=self.office.room, now=self.office.now)

    def run(self, claimed):
        with suppress(WorkerKilled):
            self.office.run(claimed)

    def go_to_next(self):
        at = self.rows(NEXT)[0][0]
        if at is not None:
            self.engine.go_to(at)
        self.beat()

    # What providers report, in any order and any number of times; and what happens while a message is on its way.

    @rule(newest=newest, status=st.sampled_from(REPORTS), dead=st.booleans(), by_own_id=st.booleans())
    def a_report_comes(self, newest, status, dead, by_own_id):
        if self.witness.gone:
            gone = self.witness.gone[-min(newest, len(self.witness.gone))]
            self.report(gone, status, dead=dead and status is MessageStatus.BOUNCED, by_own_id=by_own_id)

    def report(self, gone, status, *, dead=False, by_own_id=True):
        message = gone.message
        before = self.status_of(message.message_id)
        receipt = Receipt(
            message.channel,
            f"door:{message.message_id}",
            status,
            dead=dead,
            message_id=message.message_id if by_own_id else None,
        )
        with self.engine.begin() as session:
            record_receipt(session, room=self.office.room, receipt=receipt, now=self.office.now)
        after = self.status_of(message.message_id)
        assert before != "delivered" or after == before or message.channel == Channel.EMAIL, "nothing goes backwards"
        gone.taken_back = after in {"bounced", "failed"}
        if dead and after == "bounced":
            self.witness.dead.add((message.channel, message.recipient))

    def its_lease_ends(self, message):
        del message
        self.engine.clock.advance(LEASE + MINUTE)
        for claimed in self.office.sweep():
            self.run(claimed)

    def it_is_reported_delivered(self, message):
        receipt = Receipt(message.channel, "overtaken", MessageStatus.DELIVERED, message_id=message.message_id)
        with self.engine.begin() as session:
            assert record_receipt(session, room=self.office.room, receipt=receipt, now=self.office.now)
        return "taken"

    def its_payer_pays(self, message):
        with self.engine.begin() as session:
            recovery_id = session.get_one(Message, message.message_id).recovery_id
        ref = next(ref for ref, debt in self.witness.debts.items() if debt.recovery_id == recovery_id)
        if not self.witness.debts[ref].paid:
            self.pays(ref)

    def its_payer_opts_out(self, message):
        self.opts_out(message.recipient)

    # What always holds; whatever leaves is looked at by the witness.

    @invariant()
    def nothing_is_forgotten(self):
        if hasattr(self, "office"):
            assert self.rows(FORGOTTEN) == []

    def teardown(self):
        """Let everything come to rest, and ask of each message what became of it."""
        if not hasattr(self, "office") or sys.exc_info()[0] is not None:
            return  # what went wrong is more telling than what followed from it
        self.witness.answer, self.witness.meanwhile = "taken", None
        for _ in range(300):
            self.work("taken", None)
            self.beat()
            at = self.rows(NEXT)[0][0]
            if at is None:
                break
            self.engine.go_to(at)
        else:
            raise AssertionError("it never comes to rest")
        messages = self.rows(MESSAGES)
        for message in messages:
            self.witness.its_end_is_what_happened(message, messages)

    # Looking things up.

    def ref(self, number) -> str:
        return f"order-{min(number, len(self.witness.debts) - 1)}"

    def debt(self, number) -> Debt:
        return self.witness.debts[self.ref(number)]

    def rows(self, statement) -> Sequence:
        with self.engine.begin() as session:
            facts = {"id": self.engine.organization_id, "now": self.office.now}
            return session.execute(statement, facts).all()

    def status_of(self, message_id) -> str:
        with self.engine.begin() as session:
            return session.get_one(Message, message_id).status


@pytest.mark.timeout(300)
def test_whatever_happens_no_message_leaves_that_should_not_and_none_is_lost(engine_container):
    mail = type("BoundMail", (Mail,), {"container": engine_container})
    run_state_machine_as_test(
        mail,
        settings=settings(
            max_examples=20,
            stateful_step_count=45,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],  # making a failure smaller takes minutes: add Phase.shrink for it
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
