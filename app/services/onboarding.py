"""An organization's first steps: what its data says is done, and what people chose."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.models import Organization
from app.db.queries import views as queries
from app.domain.errors import FieldError, InvalidError
from app.services.audit import record_audit


class StepName(StrEnum):
    """The steps, in their order."""

    ORGANIZATION = "organization"
    PSP = "psp"
    FIRST_EVENT = "first_event"
    RECOVERED = "recovered"
    POLICY = "policy"


CHOICES: Final = MappingProxyType({StepName.PSP: "sandbox", StepName.POLICY: "keep"})
"""What a person may say instead of doing it: go on with the sandbox, keep the policy that is there."""


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One step; `at` is since when it is done, None where that is not known or it is not."""

    name: StepName
    done: bool
    at: datetime | None
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """All steps, and whether people asked not to see them any more."""

    steps: tuple[FirstStep, ...]
    dismissed: bool


def get_first_steps(session: Session, *, organization_id: str) -> FirstSteps:
    """Tell how far an organization is."""
    said = queries.find_onboarding(session, organization_id=organization_id)
    choices = said.choices if said is not None else {}
    organization = session.get_one(Organization, organization_id)
    done_at = {
        StepName.ORGANIZATION: organization.created_at if organization.currency and organization.name else None,
        StepName.PSP: queries.first_real_account(session, organization_id=organization_id),
        StepName.FIRST_EVENT: queries.first_report(session, organization_id=organization_id),
        StepName.RECOVERED: queries.first_recovered(session, organization_id=organization_id),
        StepName.POLICY: queries.second_policy_version(session, organization_id=organization_id),
    }
    steps = []
    for name in StepName:
        chosen = choices.get(name)
        at = done_at[name] or (datetime.fromisoformat(chosen["at"]) if chosen else None)
        steps.append(FirstStep(name, at is not None, at, chosen["choice"] if chosen else None))
    return FirstSteps(tuple(steps), said is not None and said.dismissed_at is not None)


def choose(
    session: Session,
    *,
    organization_id: str,
    step: StepName,
    choice: str,
    actor: str,
    request_id: str | None,
    now: datetime,
) -> FirstSteps:
    """Write down what a person chose for a step; raises `InvalidError` where there is no such choice."""
    if CHOICES.get(step) != choice:
        detail = f"no such choice for the step {step}"
        raise InvalidError(f"There is {detail}.", errors=(FieldError("/choice", detail),))
    said = queries.lock_onboarding(session, organization_id=organization_id)
    if step not in said.choices:
        said.choices = {**said.choices, step: {"choice": choice, "at": now.isoformat(), "by": actor}}
        after = {"step": step, "choice": choice}
        _audit(session, organization_id, "choose", actor=actor, after=after, request_id=request_id, now=now)
    session.flush()
    return get_first_steps(session, organization_id=organization_id)


def dismiss(session: Session, *, organization_id: str, actor: str, request_id: str | None, now: datetime) -> FirstSteps:
    """Do not show the steps any more; harmless if that was asked before."""
    said = queries.lock_onboarding(session, organization_id=organization_id)
    if said.dismissed_at is None:
        said.dismissed_at = now
        after = {"dismissed": True}
        _audit(session, organization_id, "dismiss", actor=actor, after=after, request_id=request_id, now=now)
    session.flush()
    return get_first_steps(session, organization_id=organization_id)


def _audit(
    session: Session,
    organization_id: str,
    action: str,
    *,
    actor: str,
    after: dict[str, Any],
    request_id: str | None,
    now: datetime,
) -> None:
    record_audit(
        session,
        organization_id=organization_id,
        actor=actor,
        action=f"onboarding.{action}",
        subject=organization_id,
        before=None,
        after=after,
        request_id=request_id,
        now=now,
    )
