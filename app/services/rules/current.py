"""The rules of an organization that hold now, made ready once for each version."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.queries.rules import find_rules
from app.domain.own_rules import NO_RULES, Rulebook, rulebook_from_settings

_MOST_KEPT: Final = 1024
_kept: Final[dict[tuple[str, int], Rulebook]] = {}


def rulebook_of(session: Session, *, organization_id: str) -> Rulebook:
    """Return the organization's rules as they hold now."""
    version, rules = find_rules(session, organization_id=organization_id)
    return kept_rulebook(organization_id, version=version, rules=rules) if rules else NO_RULES


def kept_rulebook(organization_id: str, *, version: int, rules: Sequence[Mapping[str, Any]]) -> Rulebook:
    """Return that version of an organization's rules; versions never change, so each is made ready once."""
    name = organization_id, version
    rulebook = _kept.get(name)
    if rulebook is None:
        rulebook = rulebook_from_settings(rules, version=version)
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[name] = rulebook
    return rulebook
