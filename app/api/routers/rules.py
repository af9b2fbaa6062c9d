"""The organization's own classification rules: ordered, the first that fits a failure decides."""

from typing import Annotated

from fastapi import APIRouter, Response

from app.api.deps import Db, Now, OrgNow, RequestId, require
from app.api.idempotency import Idempotent
from app.api.schemas.rule_trials import PreviewIn, PreviewView, TestIn, TestView
from app.api.schemas.rules import ChoicesView, OrderIn, RuleChangeIn, RuleIn, RulesView, RuleView
from app.domain.identity.caller import Caller
from app.services.rules import keep, try_out

router = APIRouter(prefix="/v1/rules", tags=["rules"])

Reader = Annotated[Caller, require("rules:read")]
Writer = Annotated[Caller, require("rules:write")]


@router.get("", response_model=RulesView)
def list_rules(db: Db, caller: Reader) -> RulesView:
    """List all rules in order; there are at most 200."""
    return RulesView.of(keep.list_rules(db, organization_id=caller.organization_id))


@router.post("", status_code=201, response_model=RuleView)
def create_rule(body: RuleIn, db: Db, caller: Writer, now: Now, request_id: RequestId, once: Idempotent) -> Response:
    """Make a rule; it holds for the next failure."""
    who = keep.Who(caller.organization_id, caller.actor, request_id, now)
    return once.run(lambda: RuleView.of(*keep.create_rule(db, who=who, wish=body.wish())))


@router.get("/choices", response_model=ChoicesView)
def list_choices(caller: Reader) -> ChoicesView:
    """List the words that a rule may use."""
    del caller
    return ChoicesView()


@router.put("/order", response_model=RulesView)
def order_rules(body: OrderIn, db: Db, caller: Writer, now: Now, request_id: RequestId) -> RulesView:
    """Put the rules in another order; 409 `rules_changed` unless each is named once."""
    who = keep.Who(caller.organization_id, caller.actor, request_id, now)
    return RulesView.of(keep.order_rules(db, who=who, ids=body.ids))


@router.post("/test", response_model=TestView)
def try_rules(body: TestIn, db: Db, caller: Writer) -> TestView:
    """Say what one failure is with a draft and without; nothing is stored."""
    draft = None if body.rule is None else try_out.checked_draft(body.rule.draft(), at="/rule")
    instead = None
    if body.rules is not None:
        drafts = enumerate(each.draft() for each in body.rules)
        instead = [try_out.checked_draft(each, at=f"/rules/{place}") for place, each in drafts]
    trial = try_out.try_on(
        db,
        organization_id=caller.organization_id,
        failure=body.failure.failure(),
        draft=draft,
        position=body.position,
        instead=instead,
    )
    tried = (draft,) if draft is not None else instead or ()
    return TestView.of(trial, drafts=frozenset(each.id for each in tried))


@router.post("/preview", response_model=PreviewView)
def preview_rule(body: PreviewIn, db: Db, caller: Writer, now: OrgNow) -> PreviewView:
    """Say what a draft would have done in the last 30 days, to at most the newest 10,000 failures."""
    draft = try_out.checked_draft(body.rule.draft(), at="/rule")
    found = try_out.look_back(db, organization_id=caller.organization_id, draft=draft, position=body.position, now=now)
    return PreviewView.of(found)


@router.get("/{rule_id}", response_model=RuleView)
def get_rule(rule_id: str, db: Db, caller: Reader) -> RuleView:
    """Return one rule."""
    return RuleView.of(keep.list_rules(db, organization_id=caller.organization_id), rule_id)


@router.patch("/{rule_id}", response_model=RuleView)
def change_rule(rule_id: str, body: RuleChangeIn, db: Db, caller: Writer, now: Now, request_id: RequestId) -> RuleView:
    """Change a rule; events that it decided before keep what it said then."""
    who = keep.Who(caller.organization_id, caller.actor, request_id, now)
    return RuleView.of(keep.change_rule(db, who=who, rule_id=rule_id, wish=body.wish()), rule_id)


@router.delete("/{rule_id}", status_code=204)
def delete_rule(rule_id: str, db: Db, caller: Writer, now: Now, request_id: RequestId) -> None:
    """Delete a rule."""
    who = keep.Who(caller.organization_id, caller.actor, request_id, now)
    keep.delete_rule(db, who=who, rule_id=rule_id)
