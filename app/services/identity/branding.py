"""How a merchant looks to payers: name, colour and logo."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.models import Organization
from app.db.queries.identity import find_logo, lock_organization
from app.domain.branding.colors import read_color
from app.domain.branding.logos import read_logo
from app.services.audit import record_audit

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
    """Change how payers see an organization; `now` is the machine's time.

    `changes` may hold `display_name` (a text), `brand_color` (as `#rrggbb`) and `logo` (a picture's bytes);
    None takes one away, and what is left out stays.
    Raises `ColorInvalidError` and `LogoInvalidError`, before anything is changed.
    """
    values = _values(changes)
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
