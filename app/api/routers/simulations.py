"""A draft of a policy on the organization's own history."""

from typing import Annotated

from fastapi import APIRouter

from app.api.deps import Db, require
from app.api.schemas.simulations import SimulationIn, SimulationView
from app.domain.identity.caller import Caller
from app.services.simulations import simulate

router = APIRouter(prefix="/v1/simulations", tags=["policies"])

Reader = Annotated[Caller, require("policies:read")]


@router.post("", response_model=SimulationView)
def run_simulation(body: SimulationIn, db: Db, caller: Reader) -> SimulationView:
    """Hold a draft against the newest 5,000 recoveries that ended; nothing is stored."""
    found = simulate(
        db,
        organization_id=caller.organization_id,
        policy=body.policy(),
        since=body.since,
        until=body.until,
    )
    return SimulationView.of(found)
