"""Organizations' own texts: checked when they are saved, tried out before they are used, every version kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.db.models import MessageTemplate, MessageTemplateVersion
from app.db.queries import templates as queries
from app.db.queries.clock import lock_organization
from app.db.queries.templates import TemplateRow
from app.domain.errors import FieldError, NotFoundError
from app.domain.ids import MESSAGE, TEMPLATE, new_id
from app.domain.money import Money
from app.domain.notify.errors import TemplateExistsError, TemplateInvalidError
from app.domain.notify.events import ITEM_VARIABLES, VARIABLES, Event, required_in
from app.domain.notify.port import Channel, OutgoingMessage, SendResult
from app.domain.notify.texts import Text
from app.infra.texts import Names, TextInvalidError, check_text
from app.services.audit import record_audit
from app.services.notify.mailroom import Mailroom
from app.services.notify.write import Debt, Draft, put_into_words

_NAMES: Final = Names(VARIABLES, ITEM_VARIABLES)
_SAMPLE_CODE: Final = "SAMPLE22"
_SAMPLE_ZONE: Final = "Asia/Kolkata"


@dataclass(frozen=True, slots=True)
class Place:
    """What a template is for."""

    event: Event
    channel: Channel
    locale: str


def list_templates(session: Session, *, organization_id: str, after: str | None, limit: int) -> list[TemplateRow]:
    """Return the organization's templates, the newest first, and one more than `limit` if there are more."""
    return queries.list_templates(session, organization_id=organization_id, after=after, limit=limit)


def get_template(session: Session, *, organization_id: str, template_id: str) -> TemplateRow:
    """Return one template with its current version; raises `NotFoundError`."""
    return _found(queries.find_template(session, organization_id=organization_id, template_id=template_id))


def list_versions(session: Session, *, organization_id: str, template_id: str) -> Sequence[MessageTemplateVersion]:
    """Return a template's versions, the newest first; raises `NotFoundError`."""
    row = get_template(session, organization_id=organization_id, template_id=template_id)
    return queries.list_versions(session, template_id=row.template.id)


def create_template(
    session: Session,
    *,
    organization_id: str,
    place: Place,
    text: Text,
    actor: str,
    request_id: str | None,
    now: datetime,
) -> TemplateRow:
    """Write a text down; it is used from now on. Raises `TemplateInvalidError` and `TemplateExistsError`."""
    check(place, text)
    lock_organization(session, organization_id=organization_id)
    where = {"event": place.event, "channel": place.channel, "locale": place.locale}
    if queries.find_text(session, organization_id=organization_id, **where):
        raise TemplateExistsError("There is a template for that event, channel and language: change it instead.")
    template = MessageTemplate(
        id=new_id(TEMPLATE, now=now), organization_id=organization_id, version=1, created_at=now, **where
    )
    session.add(template)
    session.flush()
    _add_version(session, template, text, actor=actor, now=now)
    _audit(session, template, "create", actor=actor, request_id=request_id, now=now)
    return get_template(session, organization_id=organization_id, template_id=template.id)


def change_template(
    session: Session,
    *,
    organization_id: str,
    template_id: str,
    changes: dict[str, str | None],
    actor: str,
    request_id: str | None,
    now: datetime,
) -> TemplateRow:
    """Write a template's next version down; raises `TemplateInvalidError` and `NotFoundError`."""
    found = queries.find_template(session, organization_id=organization_id, template_id=template_id, lock=True)
    template, version = _found(found)
    text = Text(
        subject=changes.get("subject") or version.subject,
        body=changes.get("text") or version.body,
        html=changes.get("html", version.html),
    )
    check(Place(Event(template.event), Channel(template.channel), template.locale), text)
    template.version += 1
    _add_version(session, template, text, actor=actor, now=now)
    _audit(session, template, "update", actor=actor, request_id=request_id, now=now)
    return get_template(session, organization_id=organization_id, template_id=template_id)


def delete_template(
    session: Session, *, organization_id: str, template_id: str, actor: str, request_id: str | None, now: datetime
) -> None:
    """Go back to the usual text; what was sent keeps naming its version. Raises `NotFoundError`."""
    found = queries.find_template(session, organization_id=organization_id, template_id=template_id, lock=True)
    template = _found(found).template
    template.deleted_at = now
    _audit(session, template, "delete", actor=actor, request_id=request_id, now=now)


def check(place: Place, text: Text) -> None:
    """Refuse a text that could not be sent; raises `TemplateInvalidError` naming each field."""
    problems = []
    for field, source in (("subject", text.subject), ("text", text.body), ("html", text.html)):
        if source is None:
            continue
        try:
            used = check_text(source, _NAMES)
        except TextInvalidError as error:
            problems.append(FieldError(f"/{field}", str(error)))
            continue
        missing = frozenset[str]() if field == "subject" else required_in(place.event) - used
        problems += [FieldError(f"/{field}", f"must show {{{{ {name} }}}}") for name in sorted(missing)]
    if problems:
        raise TemplateInvalidError("The text could not be sent.", errors=tuple(problems))


def preview(
    place: Place, text: Text, *, room: Mailroom, merchant: str, recipient: str, now: datetime
) -> OutgoingMessage:
    """Fill a text in with made-up facts; raises `TemplateInvalidError`."""
    check(place, text)
    message_id = new_id(MESSAGE, now=now)
    link = f"{room.base_url.rstrip('/')}/pay/retry/sample"
    debts = [
        Debt(Money(49_900, "INR"), f"sample-{n}", f"{link}-{n}", now + room.link_ttl, now + timedelta(days=1))
        for n in range(1, 3 if place.event is Event.DIGEST else 2)
    ]
    draft = Draft(
        message_id=message_id,
        event=place.event,
        channel=place.channel,
        language=place.locale,
        recipient=recipient,
        merchant=merchant,
        payer_name="Asha",
        code=_SAMPLE_CODE,
        card="Visa 4242",
        card_expiry=(now.year, now.month),
        debts=debts,
        zone=ZoneInfo(_SAMPLE_ZONE),
        verify_url=room.verify_url(),
        unsubscribe_url=room.unsubscribe_url(message_id),
    )
    try:
        return put_into_words(draft, text, now=now)
    except TextInvalidError as error:
        raise TemplateInvalidError(str(error), errors=(FieldError("/text", str(error)),)) from None


def send_test(message: OutgoingMessage, *, room: Mailroom) -> SendResult:
    """Send a filled-in sample; no transaction may be open."""
    return room.channels.send(message)


def _found(row: TemplateRow | None) -> TemplateRow:
    if row is None:
        raise NotFoundError("There is no such template.")
    return row


def _add_version(session: Session, template: MessageTemplate, text: Text, *, actor: str, now: datetime) -> None:
    session.add(
        MessageTemplateVersion(
            template_id=template.id,
            version=template.version,
            subject=text.subject,
            body=text.body,
            html=text.html,
            created_by=actor,
            created_at=now,
        )
    )
    session.flush()


def _audit(
    session: Session, template: MessageTemplate, deed: str, *, actor: str, request_id: str | None, now: datetime
) -> None:
    record_audit(
        session,
        organization_id=template.organization_id,
        actor=actor,
        action=f"template.{deed}",
        subject=template.id,
        after={"version": template.version},
        request_id=request_id,
        now=now,
    )
