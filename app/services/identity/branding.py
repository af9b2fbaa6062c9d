"""What a merchant is called and looks like: to staff, and to payers."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.models import Organization
from app.db.queries.identity import find_logo, lock_organization, lock_pair
from app.db.queries.members import is_owner
from app.domain.branding.colors import read_color
from app.domain.branding.logos import read_logo
from app.domain.errors import FieldError, ForbiddenError, InvalidError
from app.domain.identity.country import read_country
from app.domain.money import exponent_of
from app.services.audit import record_audit


class TwinNotYoursError(ForbiddenError):
    """The change concerns the other organization of the merchant too, and the person does not own that one."""

    default_code = "twin_not_yours"


_MEDIA_TYPES: Final = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}


def change_branding(
    session: Session,
    *,
    organization_id: str,
    changes: Mapping[str, Any],
    actor: str,
    request_id: str | None,
    now: datetime,
) -> Organization:
    """Change what an organization is, and how payers see it; `now` is the machine's time.

    `changes` may hold `display_name` (a text), `brand_color` (as `#rrggbb`) and `logo` (a picture's bytes);
    None takes one away, and what is left out stays. `name`, `country` and `currency` are the merchant's: they
    change in the live organization and its test twin together. Raises `ColorInvalidError`, `LogoInvalidError`,
    `CurrencyUnknownError`, `InvalidError`, and `TwinNotYoursError`, before anything is changed.
    """
    values, of_both = _values(changes), _of_both(changes)
    if of_both:
        twins = lock_pair(session, organization_id=organization_id)
        for twin in twins:
            if twin.id != organization_id and not is_owner(session, organization_id=twin.id, user_id=actor):
                raise TwinNotYoursError("This changes the live and the test organization: you must own both.")
        for twin in twins:
            _change_facts(session, twin, of_both, actor=actor, request_id=request_id, now=now)
    organization = lock_organization(session, organization_id=organization_id)
    before = _shown(organization)
    for name, value in values.items():
        setattr(organization, name, value)
    after = _shown(organization)
    if before != after:
        record_audit(
            session,
            organization_id=organization_id,
            actor=actor,
            action="organization.branding",
            subject=organization_id,
            before=before,
            after=after,
            request_id=request_id,
            now=now,
        )
    session.flush()
    return organization


def read_logo_by_name(session: Session, *, name: str) -> tuple[bytes, str] | None:
    """Return a logo's bytes and its media type; None if nobody has one of that name."""
    data = find_logo(session, name=name)
    return None if data is None else (data, _MEDIA_TYPES[name.rpartition(".")[2]])


def _change_facts(
    session: Session,
    organization: Organization,
    values: Mapping[str, Any],
    *,
    actor: str,
    request_id: str | None,
    now: datetime,
) -> None:
    before = {name: getattr(organization, name) for name in values}
    if before == values:
        return
    for name, value in values.items():
        setattr(organization, name, value)
    record_audit(
        session,
        organization_id=organization.id,
        actor=actor,
        action="organization.update",
        subject=organization.id,
        before=before,
        after=dict(values),
        request_id=request_id,
        now=now,
    )
    session.flush()


def _of_both(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what changes in both organizations of the merchant, checked."""
    values = {name: changes[name] for name in ("name", "country", "currency") if name in changes}
    if "name" in values and values["name"] is None:
        raise InvalidError("A merchant has a name.", errors=(FieldError("/name", "a merchant has one"),))
    if values.get("country") is not None:
        values["country"] = read_country(values["country"])
    if values.get("currency") is not None:
        values["currency"] = values["currency"].strip().upper()
        exponent_of(values["currency"])
    return values


def _values(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns to write; a logo's name is its content's hash, so that it is kept for ever."""
    values = {name: changes[name] for name in ("display_name",) if name in changes}
    if "brand_color" in changes:
        color = changes["brand_color"]
        values["brand_color"] = None if color is None else read_color(color)
    if "logo" in changes:
        values |= _logo_values(changes["logo"])
    return values


def _logo_values(data: bytes | None) -> dict[str, Any]:
    if data is None:
        return dict.fromkeys(("logo", "logo_name", "logo_width", "logo_height"))
    logo = read_logo(data)
    name = f"{hashlib.sha256(data).hexdigest()[:32]}.{logo.type}"
    return {"logo": data, "logo_name": name, "logo_width": logo.width, "logo_height": logo.height}


def _shown(organization: Organization) -> dict[str, Any]:
    return {
        "display_name": organization.display_name,
        "brand_color": organization.brand_color,
        "logo": organization.logo_name,
    }
