"""A list of recoveries as a file: what is in it, who may, and what it costs nobody."""

import csv
import io
import secrets
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from app.db.models import AuditEntry
from app.db.queries.recovery_lists import Filters
from app.services.recovery.export import write_csv
from tests.api.test_recovery_lists import report

EXPORT = "/v1/recoveries/export.csv"


def read(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def exported(client, who, **params):
    answer = client.get(EXPORT, params=params, headers=who.headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return answer


def audited(container, organization_id):
    with container.database.begin() as session:
        statement = select(AuditEntry).where(
            AuditEntry.organization_id == organization_id, AuditEntry.action == "recovery.export"
        )
        return [(entry.actor, entry.after) for entry in session.scalars(statement.order_by(AuditEntry.id))]


def test_a_file_holds_the_filtered_list_and_says_who_took_it(client, container, cast):
    first = report(client, cast.merchant, "order-1", amount=12345, customer={"ref": "cus_1", "email": "a@example.com"})
    second = report(client, cast.merchant, "order-2", amount=500, currency="JPY")
    third = report(client, cast.merchant, "order-3", amount=1500, currency="KWD")
    answer = exported(client, cast.operator)
    assert (answer.headers["x-rows"], answer.headers["x-truncated"]) == ("3", "false")
    assert answer.text.count("\r\n") == 4
    rows = read(answer.text)
    assert [
        (row["id"], row["transaction_ref"], row["amount_minor"], row["amount"], row["currency"]) for row in rows
    ] == [
        (third, "order-3", "1500", "1.500", "KWD"),
        (second, "order-2", "500", "500", "JPY"),
        (first, "order-1", "12345", "123.45", "INR"),
    ]
    assert (rows[2]["customer_ref"], rows[2]["customer_email"]) == ("cus_1", "a@example.com")
    narrowed = exported(client, cast.operator, currency="JPY", q="order")
    assert [row["id"] for row in read(narrowed.text)] == [second]
    actor, told = cast.operator.user.id, {"truncated": False, "contacts": True}
    assert audited(container, cast.merchant.id) == [
        (actor, {"filters": {}, "rows": 3, **told}),
        (actor, {"filters": {"currency": "JPY", "text": "…"}, "rows": 1, **told}),
    ]


def test_contacts_are_only_for_who_may_read_them(client, cast):
    payer = {"ref": "payer@example.com", "email": "payer@example.com", "phone": "+919876543210", "name": "Asha Rao"}
    report(client, cast.merchant, "order-1", customer=payer)
    text = exported(client, cast.analyst).text
    (row,) = read(text)
    assert row["customer_ref"] == "p…@example.com"
    assert {name for name in row if name.startswith("customer")} == {"customer_ref"}
    assert "payer@example.com" not in text


@pytest.mark.parametrize("evil", ['=HYPERLINK("x")', "+1", "-1", "@SUM(A1)"])
def test_no_cell_is_a_formula(client, cast, evil):
    report(client, cast.merchant, evil, customer={"ref": evil})
    (row,) = read(exported(client, cast.operator).text)
    assert (row["transaction_ref"], row["customer_ref"]) == (f"'{evil}", f"'{evil}")


def test_quotes_commas_line_breaks_and_every_script_come_through(client, cast):
    ref = 'a "b", ü தமிழ்'
    report(client, cast.merchant, ref, customer={"ref": "line\nbreak"})
    (row,) = read(exported(client, cast.operator).text)
    assert (row["transaction_ref"], row["customer_ref"]) == (ref, "line\nbreak")


def test_nobody_elses_recoveries_are_in_it(client, cast):
    ref = secrets.token_hex(8)
    report(client, cast.merchant, ref)
    assert read(exported(client, cast.outsider).text) == []
    assert ref not in exported(client, cast.outsider, q=ref).text


def test_pages_join_and_no_transaction_is_open_between_them(client, container, merchant):
    refs = [f"order-{n}" for n in range(5)]
    for ref in refs:
        report(client, merchant, ref)
    transactions = []

    @contextmanager
    def begin():
        transactions.append("open")
        with container.database.begin() as session:
            yield session
        transactions[-1] = "ended"

    text, seen = "", []
    for part in write_csv(begin, organization_id=merchant.id, filters=Filters(), contacts=False, page=2):
        text += part
        seen.append(list(transactions))
    assert [row["transaction_ref"] for row in read(text)] == refs[::-1]
    assert seen == [["ended"] * n for n in range(4)]


def test_a_file_that_is_cut_off_says_so(client, container, merchant):
    for n in range(3):
        report(client, merchant, f"order-{n}")
    where = {"organization_id": merchant.id, "filters": Filters(), "contacts": False, "page": 1}
    lines = "".join(write_csv(container.database.begin, **where, most=2)).splitlines()
    assert len(lines) == 4
    assert lines[3] == "Only the newest 2 recoveries are here: narrow the filters for the others."
    whole = "".join(write_csv(container.database.begin, **where, most=3)).splitlines()
    assert len(whole) == 4
    assert "order-0" in whole[3]
