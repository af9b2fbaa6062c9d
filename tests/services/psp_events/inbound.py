"""Providers' webhooks, delivered to an engine, and what they made there."""

from datetime import timedelta

from sqlalchemy import func, select

from app.db.models import FailureEvent, PaymentReversal, PspAccount, PspEvent, Recovery, Transaction
from app.domain.money import Money
from app.domain.payments.facts import CustomerFacts, MethodFacts, PaymentFacts
from app.domain.payments.port import Decline
from app.services.psp_events import receive_event

SECRET = "fake-webhook-secret"
FUNDS = Decline("insufficient_funds", "Not enough money.", network_decline_code="51")
ASKED = Money(5000, "INR")
TOLD = PaymentFacts(
    method=MethodFacts(type="card", token="pm_sandbox_ok", brand="visa", last4="4242"),
    customer=CustomerFacts(ref="cus-1", email="priya@example.com", name="Priya"),
    other_ids=("ch_1", "in_1"),
)


def deliver(engine, body, *, psp="sandbox", secret=SECRET, account_id=None):
    with engine.begin() as session:
        return receive_event(
            session,
            payments=engine.payments,
            crypto=engine.container.crypto,
            psp=psp,
            account_id=account_id or engine.account().account_id,
            headers=engine.psp.sign(body, secret=secret, at=engine.clock.now()),
            body=body,
            now=engine.clock.now(),
        )


def events(engine):
    with engine.begin() as session:
        wanted = select(PspEvent).where(PspEvent.organization_id == engine.organization_id).order_by(PspEvent.id)
        return list(session.execute(wanted).scalars())


def states(engine):
    return [event.status for event in events(engine)]


def own_failure(engine, *, decline=FUNDS, money=ASKED, told=TOLD, **fields):
    """Let a payment of the merchant's own be declined at the provider, a moment ago."""
    fields.setdefault("created_at", engine.clock.now() - timedelta(seconds=1))
    return engine.psp.merchants_own(money=money, decline=decline, told=told, **fields)


def own_payment(engine, reference="order-1", *, money=ASKED, **fields):
    """Let the merchant be paid past Tinko, a moment ago."""
    fields.setdefault("created_at", engine.clock.now() - timedelta(seconds=1))
    return engine.psp.merchants_own(money=money, reference=reference, **fields)


def tell(engine, charge, **how):
    """Deliver the webhook of a charge, and let everything that waits happen."""
    how.setdefault("event_id", f"evt_{len(events(engine))}_{charge.id}")
    deliver(engine, engine.psp.event(charge, **how))
    engine.settle_outbox()
    return events(engine)[-1].status


def transactions(engine):
    """Return the merchant's transactions, and let the engine know their newest recoveries by reference."""
    with engine.begin() as session:
        wanted = select(Transaction).where(Transaction.organization_id == engine.organization_id)
        found = list(session.execute(wanted.order_by(Transaction.id)).scalars())
        for transaction in found:
            newest = select(func.max(Recovery.id)).where(Recovery.transaction_id == transaction.id)
            engine.recoveries[transaction.transaction_ref] = session.execute(newest).scalar_one()
    return found


def failures(engine):
    """Return (code, payment id) of each failure that is written down, in order."""
    statement = select(FailureEvent.failure_code, FailureEvent.psp_payment_id)
    with engine.begin() as session:
        rows = session.execute(
            statement.where(FailureEvent.organization_id == engine.organization_id).order_by(FailureEvent.id)
        )
        return [tuple(row) for row in rows]


def reversals(engine):
    """Return (kind, status, amount) of what went back."""
    statement = select(PaymentReversal).where(PaymentReversal.organization_id == engine.organization_id)
    with engine.begin() as session:
        rows = session.execute(statement.order_by(PaymentReversal.id)).scalars()
        return [(row.kind, row.status, row.amount) for row in rows]


def let_native_retries(engine, mode):
    """Say who charges again where the provider does so by itself."""
    with engine.begin() as session:
        session.get_one(PspAccount, engine.account().account_id).native_retries = mode
