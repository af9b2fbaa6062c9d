"""Keeping an organization's own rules: each change is a new version of them all, under the organization's lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.models import Organization, RuleSet
from app.db.queries.clock import lock_organization
from app.db.queries.rules import find_rules
from app.domain.errors import ConflictError, FieldError, NotFoundError
from app.domain.ids import RULE, new_id
from app.domain.own_rules import MOST_RULES, OwnRule, RuleInvalidError, checked, rule_from_settings
from app.services.audit import record_audit

ABOUT_ALL: Final = "rules"
"""The audit's subject where the order of all rules changed."""

Kept = dict[str, Any]


class TooManyRulesError(ConflictError):
    """The organization has as many rules as there may be."""

    default_code = "too_many_rules"


class RulesChangedError(ConflictError):
    """The rules are not those that the caller knew: read them again."""

    default_code = "rules_changed"


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of an organization in order, as plain values with their times, in one version."""

    version: int
    kept: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class RuleWish:
    """What a rule is to be: `terms` holds those of `name`, `enabled`, `match` and `then` that were given.

    `position` (from 0) moves it there; None puts a new rule at the end, and leaves another where it is.
    """

    terms: Mapping[str, Any] = field(default_factory=dict)
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """Who changes the rules, by which request; `now` is the machine's time."""

    organization_id: str
    actor: str
    request_id: str | None
    now: datetime


def list_rules(session: Session, *, organization_id: str) -> Rules:
    """Return the organization's rules in order."""
    version, rules = find_rules(session, organization_id=organization_id)
    return Rules(version, tuple(rules or ()))


def get_rule(rules: Rules, rule_id: str) -> Kept:
    """Return one of them; raises `NotFoundError`."""
    return rules.kept[place_of(rules, rule_id)]


def place_of(rules: Rules, rule_id: str) -> int:
    """Return where a rule stands, from 0; raises `NotFoundError`."""
    place = next((n for n, kept in enumerate(rules.kept) if kept["id"] == rule_id), None)
    if place is None:
        raise NotFoundError("There is no such rule.")
    return place


def drafted(rule_id: str, terms: Mapping[str, Any], *, now: datetime, before: Kept | None = None) -> Kept:
    """Return a rule as it would be kept; raises `RuleInvalidError`."""
    said = {"enabled": True, "name": "Rule", **(before or {}), **terms, "id": rule_id}
    rule = checked(rule_from_settings(said))
    made_at = before["created_at"] if before else now.isoformat()
    return rule.as_settings() | {"created_at": made_at, "updated_at": now.isoformat()}


def create_rule(session: Session, *, who: Who, wish: RuleWish) -> tuple[Rules, str]:
    """Write a rule down, and return all rules with the id of the new one.

    Raises `RuleInvalidError` and `TooManyRulesError`.
    """
    organization, rules = _locked(session, who)
    if len(rules.kept) >= MOST_RULES:
        raise TooManyRulesError(f"An organization has at most {MOST_RULES} rules.")
    kept = drafted(new_id(RULE, now=who.now), wish.terms, now=who.now)
    others = list(rules.kept)
    others.insert(len(others) if wish.position is None else wish.position, kept)
    written = _write(session, who, organization, others)
    _audit(session, who, "create", kept["id"], after=_told(written, kept["id"]))
    return written, kept["id"]


def change_rule(session: Session, *, who: Who, rule_id: str, wish: RuleWish) -> Rules:
    """Change a rule, and return all rules; raises `NotFoundError` and `RuleInvalidError`."""
    organization, rules = _locked(session, who)
    place = place_of(rules, rule_id)
    kept = drafted(rule_id, wish.terms, now=who.now, before=rules.kept[place])
    others = [each for each in rules.kept if each["id"] != rule_id]
    others.insert(place if wish.position is None else wish.position, kept)
    written = _write(session, who, organization, others)
    _audit(session, who, "update", rule_id, before=_told(rules, rule_id), after=_told(written, rule_id))
    return written


def delete_rule(session: Session, *, who: Who, rule_id: str) -> None:
    """Take a rule out; events that it decided keep what it said. Raises `NotFoundError`."""
    organization, rules = _locked(session, who)
    before = _told(rules, rule_id)
    _write(session, who, organization, [each for each in rules.kept if each["id"] != rule_id])
    _audit(session, who, "delete", rule_id, before=before)


def order_rules(session: Session, *, who: Who, ids: Sequence[str]) -> Rules:
    """Put the rules in that order; raises `RulesChangedError` unless `ids` names each of them once."""
    organization, rules = _locked(session, who)
    by_id = {kept["id"]: kept for kept in rules.kept}
    if len(ids) != len(set(ids)):
        error = FieldError("/ids", "names a rule twice")
        raise RuleInvalidError("Each rule has one place.", errors=(error,))
    if set(ids) != by_id.keys():
        raise RulesChangedError("These are not the rules that there are now: read them again, and name each once.")
    before = [kept["id"] for kept in rules.kept]
    if list(ids) == before:
        return rules
    written = _write(session, who, organization, [by_id[rule_id] for rule_id in ids])
    _audit(session, who, "order", ABOUT_ALL, before={"ids": before}, after={"ids": list(ids)})
    return written


def as_rule(kept: Kept) -> OwnRule:
    """Read a kept rule."""
    return rule_from_settings(kept)


def _locked(session: Session, who: Who) -> tuple[Organization, Rules]:
    organization = lock_organization(session, organization_id=who.organization_id)
    return organization, list_rules(session, organization_id=who.organization_id)


def _write(session: Session, who: Who, organization: Organization, kept: Sequence[Kept]) -> Rules:
    version = organization.rules_version + 1
    rules = Rules(version, tuple(kept))
    session.add(
        RuleSet(
            organization_id=organization.id,
            version=version,
            rules=list(kept),
            created_by=who.actor,
            created_at=who.now,
        )
    )
    organization.rules_version = version
    session.flush()
    return rules


def _told(rules: Rules, rule_id: str) -> dict[str, Any]:
    """Return a rule as the audit log tells it."""
    return {**get_rule(rules, rule_id), "position": place_of(rules, rule_id), "version": rules.version}


def _audit(session: Session, who: Who, deed: str, subject: str, **told: Any) -> None:
    record_audit(
        session,
        organization_id=who.organization_id,
        actor=who.actor,
        action=f"rule.{deed}",
        subject=subject,
        request_id=who.request_id,
        now=who.now,
        **told,
    )
