"""What the database refuses by itself, whoever asks."""

import itertools

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.domain.recovery.states import (
    ATTEMPT_TRANSITIONS,
    RECOVERY_TRANSITIONS,
    AttemptStatus,
    RecoveryStatus,
)
from tests.factories.recoveries import HOUR


def refused(engine, statement, constraint, **values):
    """Run a statement that the database refuses, and check by which rule."""
    with pytest.raises(IntegrityError) as error, engine.begin() as session:
        session.execute(text(statement), values)
    assert isinstance(error.value.orig, psycopg.errors.IntegrityError)
    assert error.value.orig.diag.constraint_name == constraint


def allows(engine, table, row_id, before, after, **more):
    """Tell whether a row may go from one status to another; nothing is kept."""
    extra = "".join(f", {name} = {value}" for name, value in more.items())
    with engine.begin() as session:
        # As a replica the triggers sleep: any state can be set up.
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(f"UPDATE {table} SET status = '{before}'{extra} WHERE id = '{row_id}'"))
        session.execute(text("SET LOCAL session_replication_role = DEFAULT"))
        try:
            with session.begin_nested():
                session.execute(text(f"UPDATE {table} SET status = '{after}' WHERE id = '{row_id}'"))
        except IntegrityError as error:
            refusal = error.orig.diag.constraint_name
        else:
            refusal = None
        session.rollback()
    return {None: True, f"{table}_transition": False}[refusal]


def kind_for(before, after):
    """Return the kind of attempt that can be in both: charges await no payer, links are never executing."""
    awaits = AttemptStatus.AWAITING_PAYER in {before, after}
    return "'link'" if awaits and before not in {AttemptStatus.EXECUTING, AttemptStatus.UNKNOWN} else "'charge'"


def test_the_database_lets_attempts_go_exactly_where_the_table_says(engine):
    engine.report()
    (attempt,) = engine.attempts()
    allowed = {
        (before, after)
        for before, after in itertools.product(AttemptStatus, AttemptStatus)
        if before != after and allows(engine, "attempts", attempt.id, before, after, kind=kind_for(before, after))
    }
    assert allowed == {(before, after) for before, afters in ATTEMPT_TRANSITIONS.items() for after in afters}


def test_the_database_lets_recoveries_go_exactly_where_the_table_says(engine):
    engine.report()
    allowed = set()
    with engine.begin() as session:
        session.execute(text("ALTER TABLE recoveries DROP CONSTRAINT ck_recoveries_ended_when_not_open"))
    try:
        for before, after in itertools.product(RecoveryStatus, RecoveryStatus):
            if before != after and allows(engine, "recoveries", engine.recoveries["order-1"], before, after):
                allowed.add((before, after))
    finally:
        with engine.begin() as session:
            check = "CHECK ((status = 'open') = (ended_at IS NULL))"
            session.execute(text(f"ALTER TABLE recoveries ADD CONSTRAINT ck_recoveries_ended_when_not_open {check}"))
    assert allowed == {(before, after) for before, afters in RECOVERY_TRANSITIONS.items() for after in afters}


@pytest.mark.parametrize(
    "change", ["DELETE FROM {}", "UPDATE {} SET {} = {}", "TRUNCATE {} CASCADE"], ids=["delete", "update", "truncate"]
)
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("failure_events", "metadata"),
        ("timeline", "why"),
        ("audit_log", "action"),
        ("ledger_entries", "kind"),
        ("ledger_lines", "debit"),
    ],
)
def test_what_happened_cannot_be_changed(engine, table, column, change):
    with pytest.raises(IntegrityError) as error, engine.begin() as session:
        session.execute(text(change.format(table, column, column)))
    assert error.value.orig.diag.constraint_name.endswith("_append_only")


@pytest.fixture
def charge(engine):
    engine.report()
    engine.work_when_due()
    return engine.charges()[0]


ENTRY = """INSERT INTO ledger_entries (id, organization_id, charge_id, kind, currency, at)
           VALUES ('led_x', :organization, :charge, 'duplicate_capture', 'INR', now())"""
LINE = "INSERT INTO ledger_lines (entry_id, account, debit, credit) VALUES (:entry, :account, :debit, :credit)"


def write_entry(engine, charge, lines):
    with engine.begin() as session:
        session.execute(text(ENTRY), {"organization": engine.organization_id, "charge": charge.id})
        for account, debit, credit in lines:
            values = {"entry": "led_x", "account": account, "debit": debit, "credit": credit}
            session.execute(text(LINE), values)
        assert session.execute(text("SELECT count(*) FROM ledger_entries WHERE id = 'led_x'")).scalar_one() == 1


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [("psp_clearing", 5000, 0)],
        [("psp_clearing", 5000, 0), ("duplicate_refunds", 0, 4999)],
        [("psp_clearing", 5000, 0), ("duplicate_refunds", 5000, 0)],
    ],
)
def test_an_entry_that_does_not_balance_is_refused_when_it_is_committed(engine, charge, lines):
    with pytest.raises(IntegrityError) as error:
        write_entry(engine, charge, lines)
    assert error.value.orig.diag.constraint_name == "ledger_balance"
    assert engine.ledger() == {"psp_clearing": 5000, "recovered_revenue": -5000}


def test_a_line_that_is_added_later_unbalances_its_entry(engine, charge):
    with engine.begin() as session:
        entry = session.execute(text("SELECT id FROM ledger_entries WHERE charge_id = :id"), {"id": charge.id})
        entry_id = entry.scalar_one()
    refused(engine, LINE, "ledger_balance", entry=entry_id, account="duplicate_refunds", debit=1, credit=0)


@pytest.mark.parametrize(("debit", "credit"), [(0, 0), (1, 1), (-1, 0), (0, -1)])
def test_a_line_has_one_side_and_a_positive_amount(engine, charge, debit, credit):
    with pytest.raises(IntegrityError) as error:
        write_entry(engine, charge, [("psp_clearing", debit, credit)])
    assert error.value.orig.diag.constraint_name == "ck_ledger_lines_one_side"


def test_a_movement_of_a_charge_is_booked_once(engine, charge):
    entry = ENTRY.replace("duplicate_capture", "capture")
    refused(engine, entry, "uq_ledger_entries_charge_id_kind", organization=engine.organization_id, charge=charge.id)


ANOTHER = """INSERT INTO attempts (id, organization_id, recovery_id, transaction_id, kind, number, status, due_at,
                                   decision, planned_at)
             SELECT :id, organization_id, recovery_id, transaction_id, :kind, number + 1, :status, due_at,
                    decision, planned_at FROM attempts WHERE id = :of"""


@pytest.mark.parametrize("second", ["executing", "unknown"])
def test_a_transaction_has_one_charge_in_flight(engine, second):
    engine.report(token="pm_sandbox_timeout_charged")
    unknown = engine.work_when_due()
    values = {"id": "att_x", "of": unknown.id, "kind": "charge"}
    refused(engine, ANOTHER, "uq_attempts_in_flight", **values, status=second)


def test_two_workers_cannot_take_two_charges_of_a_transaction_up(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    unknown = engine.work_when_due()
    with engine.begin() as session:
        session.execute(text(ANOTHER), {"id": "att_y", "of": unknown.id, "kind": "charge", "status": "scheduled"})
    refused(engine, "UPDATE attempts SET status = 'executing' WHERE id = 'att_y'", "uq_attempts_in_flight")
    with engine.begin() as session:
        session.execute(text("UPDATE attempts SET status = 'cancelled' WHERE id = 'att_y'"))


def test_a_link_is_never_in_flight(engine):
    engine.report(failure_reason="lost_card")
    (link,) = engine.attempts()
    statement = "UPDATE attempts SET status = 'executing' WHERE id = :id"
    refused(engine, statement, "ck_attempts_links_never_charge", id=link.id)


def test_a_recovery_plans_one_charge_at_a_time(engine):
    engine.report()
    (attempt,) = engine.attempts()
    values = {"id": "att_z", "of": attempt.id, "kind": "charge", "status": "scheduled"}
    refused(engine, ANOTHER, "uq_attempts_scheduled", **values)


def test_a_transaction_is_paid_once(engine, charge):
    statement = """INSERT INTO charges SELECT (jsonb_populate_record(c, '{"id": "chg_x", "psp_payment_id": "pay_x"}')).*
                   FROM charges c WHERE id = :id"""
    refused(engine, statement, "uq_charges_payment", id=charge.id)


def test_a_transaction_has_one_open_recovery(engine):
    engine.report()
    engine.clock.advance(HOUR)
    statement = """INSERT INTO recoveries SELECT (jsonb_populate_record(r, '{"id": "rec_x"}')).*
                   FROM recoveries r WHERE id = :id"""
    refused(engine, statement, "uq_recoveries_open", id=engine.recoveries["order-1"])
