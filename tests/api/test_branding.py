"""Who may change how payers see a merchant, and what is refused."""

import base64

import pytest
from sqlalchemy import select

from app.db.models import AuditEntry, Organization
from tests.factories.identity import make_api_key
from tests.factories.pictures import png

LOGO = base64.b64encode(png()).decode()
PLAIN = {"display_name": None, "brand_color": None, "brand_text_color": None, "brand_contrast": None, "logo_url": None}


def shown(body):
    return {name: body[name] for name in PLAIN}


def entries(container, organization_id):
    with container.database.begin() as session:
        statement = select(AuditEntry).where(
            AuditEntry.organization_id == organization_id, AuditEntry.action == "organization.branding"
        )
        return list(session.scalars(statement.order_by(AuditEntry.id)))


def test_an_organization_begins_without_a_look_of_its_own(client, merchant):
    assert shown(client.get("/v1/auth/org", headers=merchant.headers).json()) == PLAIN


def test_what_is_left_out_stays_and_null_takes_it_away(client, cast, container):
    owner = cast.owner.headers
    body = {"display_name": " Harbour ", "brand_color": "#0B57D0", "logo": LOGO}
    first = client.patch("/v1/auth/org", json=body, headers=owner).json()
    assert shown(first) == {
        "display_name": "Harbour",
        "brand_color": "#0b57d0",
        "brand_text_color": "#ffffff",
        "brand_contrast": 6.39,
        "logo_url": first["logo_url"],
    }
    assert first["logo_url"].startswith("/pay/logo/")
    second = client.patch("/v1/auth/org", json={"brand_color": "#ffcc00"}, headers=owner).json()
    assert (second["display_name"], second["logo_url"]) == ("Harbour", first["logo_url"])
    assert (second["brand_text_color"], second["brand_contrast"]) == ("#000000", 13.89)
    nothing = dict.fromkeys(("display_name", "brand_color", "logo"))
    assert shown(client.patch("/v1/auth/org", json=nothing, headers=owner).json()) == PLAIN
    assert client.get("/v1/auth/org", headers=owner).json()["name"] == first["name"]
    # One row for each change, without the picture itself.
    before_and_after = [(entry.before, entry.after) for entry in entries(container, cast.owner.organization_id)]
    name = first["logo_url"].rpartition("/")[2]
    assert before_and_after[0] == (
        {"display_name": None, "brand_color": None, "logo": None},
        {"display_name": "Harbour", "brand_color": "#0b57d0", "logo": name},
    )
    assert len(before_and_after) == 3


def test_nothing_changed_is_no_row_in_the_audit_log(client, cast, container):
    assert client.patch("/v1/auth/org", json={}, headers=cast.owner.headers).status_code == 200
    assert entries(container, cast.owner.organization_id) == []


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"brand_color": "red"}, "color_invalid", "/brand_color"),
        ({"brand_color": "#0b57d0;}body{display:none}"}, None, "/brand_color"),
        ({"logo": base64.b64encode(b"<svg onload=alert(1)>").decode()}, "logo_invalid", "/logo"),
        ({"logo": base64.b64encode(bytes(20_001)).decode()}, "logo_invalid", "/logo"),
        ({"logo": "not base64!"}, None, "/logo"),
        ({"logo": "https://elsewhere.example/logo.png"}, None, "/logo"),
        ({"display_name": ""}, None, "/display_name"),
        ({"display_name": "x" * 201}, None, "/display_name"),
        ({"mode": "live"}, None, "/mode"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_its_place(client, cast, container, body, code, pointer):
    answer = client.patch("/v1/auth/org", json={"display_name": "New", **body}, headers=cast.owner.headers)
    assert answer.status_code == 422
    assert code is None or answer.json()["code"] == code
    assert answer.json()["errors"][0]["pointer"] == pointer
    with container.database.begin() as session:
        assert session.get_one(Organization, cast.owner.organization_id).display_name is None


def test_only_an_owner_changes_it(client, cast, container):
    _, secret = make_api_key(container, cast.merchant, "*")
    people = [cast.admin.headers, cast.operator.headers, cast.analyst.headers, {"Authorization": f"Bearer {secret}"}]
    for headers in people:
        answer = client.patch("/v1/auth/org", json={"display_name": "New"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
    assert client.patch("/v1/auth/org", json={"display_name": "New"}).status_code == 401
