"""The organization's own texts of messages."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Response

from app.api.deps import Db, Now, RequestId, Shared, refuse_rate, require
from app.api.idempotency import Idempotent
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.messages import (
    DraftIn,
    Preview,
    TemplateChangeIn,
    TemplateIn,
    TemplateView,
    TestSendIn,
    TestSent,
    UsualTexts,
    Versions,
    VersionView,
)
from app.db.models import Organization
from app.domain.identity.caller import Caller
from app.domain.notify.events import Event
from app.domain.notify.port import Channel
from app.services.audit import record_audit
from app.services.notify import templates

router = APIRouter(prefix="/v1/templates", tags=["messages"])

HOUR: Final = timedelta(hours=1)
Reader = Annotated[Caller, require("templates:read")]
Writer = Annotated[Caller, require("templates:write")]


@router.get("", response_model=Listing[TemplateView])
def list_templates(db: Db, caller: Reader, page: PageParams) -> Listing[TemplateView]:
    """List the organization's own texts, newest first; the usual ones need no row."""
    rows = templates.list_templates(db, organization_id=caller.organization_id, after=page.after, limit=page.limit)
    return listing(rows, page, TemplateView.of)


@router.post("", status_code=201, response_model=TemplateView)
def create_template(
    body: TemplateIn, db: Db, caller: Writer, now: Now, request_id: RequestId, once: Idempotent
) -> Response:
    """Save a text; 422 with the place of the mistake if it could not be sent."""
    return once.run(
        lambda: TemplateView.of(
            templates.create_template(
                db,
                organization_id=caller.organization_id,
                place=body.place(),
                text=body.content(),
                actor=caller.actor,
                request_id=request_id,
                now=now,
            )
        )
    )


@router.get("/usual", response_model=UsualTexts)
def get_usual_texts(caller: Reader, event: Event = Event.ACTION_NEEDED, channel: Channel = Channel.EMAIL) -> UsualTexts:
    """Return what is sent where the organization has no text of its own, and the names that texts may use."""
    del caller
    return UsualTexts.of(event, channel)


@router.post("/preview", response_model=Preview)
def preview_template(body: DraftIn, db: Db, caller: Reader, container: Shared, now: Now) -> Preview:
    """Fill a text in with made-up facts."""
    merchant = db.get_one(Organization, caller.organization_id).shown_name
    made = templates.preview(
        body.place(), body.content(), room=container.mailroom, merchant=merchant, recipient="sample", now=now
    )
    return Preview(subject=made.subject, text=made.text, html=made.html)


@router.post("/test", response_model=TestSent)
def send_test(body: TestSendIn, caller: Writer, container: Shared, now: Now, request_id: RequestId) -> TestSent:
    """Send a sample to an address of the caller's choice; it is audited, and only so many may be sent per hour."""
    most = container.settings.message_tests_per_hour
    wait = container.limiter.take(f"test_messages:{caller.organization_id}", limit=most, per=HOUR, now=now, strict=True)
    if wait is not None:
        refuse_rate("test_messages", wait)
    with container.database.begin() as session:
        merchant = session.get_one(Organization, caller.organization_id).shown_name
        made = templates.preview(
            body.place(), body.content(), room=container.mailroom, merchant=merchant, recipient=body.to, now=now
        )
        record_audit(
            session,
            organization_id=caller.organization_id,
            actor=caller.actor,
            action="template.test",
            subject=made.message_id,
            after={"event": body.event, "channel": body.channel, "locale": body.locale},
            request_id=request_id,
            now=now,
        )
    result = templates.send_test(made, room=container.mailroom)
    return TestSent(outcome=result.outcome, error_code=result.error_code, detail=result.detail)


@router.get("/{template_id}", response_model=TemplateView)
def get_template(template_id: str, db: Db, caller: Reader) -> TemplateView:
    """Return one text."""
    return TemplateView.of(templates.get_template(db, organization_id=caller.organization_id, template_id=template_id))


@router.get("/{template_id}/versions", response_model=Versions)
def list_versions(template_id: str, db: Db, caller: Reader) -> Versions:
    """Return a text's versions, newest first."""
    rows = templates.list_versions(db, organization_id=caller.organization_id, template_id=template_id)
    return Versions(items=[VersionView.of(row) for row in rows])


@router.patch("/{template_id}", response_model=TemplateView)
def change_template(
    template_id: str, body: TemplateChangeIn, db: Db, caller: Writer, now: Now, request_id: RequestId
) -> TemplateView:
    """Save a text's next version."""
    row = templates.change_template(
        db,
        organization_id=caller.organization_id,
        template_id=template_id,
        changes=body.model_dump(exclude_unset=True),
        actor=caller.actor,
        request_id=request_id,
        now=now,
    )
    return TemplateView.of(row)


@router.delete("/{template_id}", status_code=204)
def delete_template(template_id: str, db: Db, caller: Writer, now: Now, request_id: RequestId) -> None:
    """Go back to the usual text."""
    templates.delete_template(
        db,
        organization_id=caller.organization_id,
        template_id=template_id,
        actor=caller.actor,
        request_id=request_id,
        now=now,
    )
