"""What a merchant is: its name, country and currency, in both modes at once."""

import pytest
from sqlalchemy import select

from app.db.models import AuditEntry, Membership, Organization
from tests.factories.identity import sign_in

ORG = "/v1/auth/org"


def facts(container, merchant):
    """Return (name, country, currency) of the live organization and of its test twin."""
    with container.database.begin() as session:
        both = [session.get_one(Organization, each.id) for each in (merchant.registered.live, merchant.registered.test)]
        return [(each.name, each.country, each.currency) for each in both]


def entries(container, organization_id):
    with container.database.begin() as session:
        statement = select(AuditEntry).where(
            AuditEntry.organization_id == organization_id, AuditEntry.action == "organization.update"
        )
        return [(entry.before, entry.after) for entry in session.scalars(statement.order_by(AuditEntry.id))]


def test_both_organizations_of_a_merchant_change_together(client, container, cast):
    body = {"name": " Quay Books ", "country": "ph", "currency": "php"}
    answer = client.patch(ORG, json=body, headers=cast.owner.headers)
    assert answer.status_code == 200, answer.text
    assert [answer.json()[name] for name in ("name", "country", "currency")] == ["Quay Books", "PH", "PHP"]
    assert facts(container, cast.merchant) == [("Quay Books", "PH", "PHP")] * 2
    before = {"name": "Harbour Books", "country": "IN", "currency": "INR"}
    after = {"name": "Quay Books", "country": "PH", "currency": "PHP"}
    for each in (cast.merchant.registered.live.id, cast.merchant.id):
        assert entries(container, each) == [(before, after)]
    assert facts(container, cast.outsider)[0][0] == "Outside Trading"


def test_what_is_left_out_stays_and_nothing_changed_is_no_row(client, container, cast):
    for body in ({"currency": "USD"}, {"currency": "usd"}, {"display_name": "Harbour"}):
        assert client.patch(ORG, json=body, headers=cast.owner.headers).status_code == 200
    assert facts(container, cast.merchant) == [("Harbour Books", "IN", "USD")] * 2
    assert entries(container, cast.merchant.id) == [({"currency": "INR"}, {"currency": "USD"})]


@pytest.mark.parametrize(
    "body",
    [
        {"name": None},
        {"name": ""},
        {"country": "IND"},
        {"country": "1N"},
        {"currency": "XXX"},
        {"currency": "Rupees"},
        {"name": "Quay", "currency": "XXX"},
        {"name": "Quay", "brand_color": "no colour"},
    ],
)
def test_what_cannot_be_is_refused_whole(client, container, cast, body):
    before = facts(container, cast.merchant)
    assert client.patch(ORG, json=body, headers=cast.owner.headers).status_code == 422
    assert facts(container, cast.merchant) == before
    assert entries(container, cast.merchant.id) == []


def test_country_and_currency_can_be_taken_away(client, container, cast):
    answer = client.patch(ORG, json={"country": None, "currency": None}, headers=cast.owner.headers)
    assert answer.status_code == 200
    assert facts(container, cast.merchant) == [("Harbour Books", None, None)] * 2


def test_who_owns_only_one_of_the_two_renames_neither(client, container, cast):
    with container.database.begin() as session:
        member = session.scalars(
            select(Membership).where(
                Membership.organization_id == cast.merchant.id, Membership.user_id == cast.admin.user.id
            )
        ).one()
        member.role = "owner"
    owner = sign_in(container, cast.admin.user, cast.merchant.id, "owner")
    answer = client.patch(ORG, json={"name": "Mine"}, headers=owner.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "twin_not_yours")
    assert [name for name, _, _ in facts(container, cast.merchant)] == ["Harbour Books"] * 2
    assert client.patch(ORG, json={"brand_color": "#0b57d0"}, headers=owner.headers).status_code == 200


def test_only_an_owner_changes_it(client, container, cast):
    for headers in (cast.admin.headers, cast.operator.headers, cast.merchant.headers):
        assert client.patch(ORG, json={"name": "Mine"}, headers=headers).status_code == 403
    assert facts(container, cast.merchant)[0][0] == "Harbour Books"
