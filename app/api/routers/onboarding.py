"""An organization's first steps."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.api.deps import Db, Now, RequestId, require, require_staff
from app.api.schemas.views import ChooseIn, OnboardingView
from app.domain.identity.caller import Caller
from app.services import onboarding

router = APIRouter(prefix="/v1/onboarding", tags=["onboarding"], dependencies=[Depends(require_staff)])

Reader = Annotated[Caller, require("recoveries:read")]
Chooser = Annotated[Caller, require("policies:write")]


@router.get("")
def get_onboarding(db: Db, caller: Reader) -> OnboardingView:
    """Tell which of the first steps are done, by what is there."""
    return OnboardingView.of(onboarding.get_first_steps(db, organization_id=caller.organization_id))


@router.post("/choose")
def choose(body: ChooseIn, db: Db, caller: Chooser, now: Now, request_id: RequestId) -> OnboardingView:
    """Go on with the sandbox, or keep the policy that is there: the step is done by that."""
    steps = onboarding.choose(
        db,
        organization_id=caller.organization_id,
        step=body.step,
        choice=body.choice,
        actor=caller.actor,
        request_id=request_id,
        now=now,
    )
    return OnboardingView.of(steps)


@router.post("/dismiss")
def dismiss(db: Db, caller: Chooser, now: Now, request_id: RequestId) -> OnboardingView:
    """Do not show the steps any more, to anybody of the organization."""
    steps = onboarding.dismiss(
        db, organization_id=caller.organization_id, actor=caller.actor, request_id=request_id, now=now
    )
    return OnboardingView.of(steps)
