"""Organizations' own texts with their current versions."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from app.db.models import MessageTemplate, MessageTemplateVersion
from app.db.queries.scoped import newest_first, owned
from app.domain.notify.texts import Text


class TemplateRow(NamedTuple):
    """A template with one of its versions: the current one, unless a list of versions says otherwise."""

    template: MessageTemplate
    version: MessageTemplateVersion

    @property
    def id(self) -> str:
        """Return the template's id."""
        return self.template.id

    def text(self) -> Text:
        """Return the sources."""
        return Text(self.version.subject, self.version.body, self.version.html)


def find_text(session: Session, *, organization_id: str, event: str, channel: str, locale: str) -> TemplateRow | None:
    """Return the organization's own text for that event, channel and language."""
    wanted = _present(organization_id).where(
        MessageTemplate.event == event, MessageTemplate.channel == channel, MessageTemplate.locale == locale
    )
    row = session.execute(_with_version(wanted)).one_or_none()
    return TemplateRow(*row) if row else None


def find_template(
    session: Session, *, organization_id: str, template_id: str, lock: bool = False
) -> TemplateRow | None:
    """Return one template of the organization."""
    wanted = _with_version(_present(organization_id).where(MessageTemplate.id == template_id))
    row = session.execute(wanted.with_for_update(of=MessageTemplate) if lock else wanted).one_or_none()
    return TemplateRow(*row) if row else None


def list_templates(session: Session, *, organization_id: str, after: str | None, limit: int) -> list[TemplateRow]:
    """Return an organization's templates, the newest first, one more than `limit`."""
    wanted = newest_first(_present(organization_id), MessageTemplate.id, after=after, limit=limit)
    return [TemplateRow(*row) for row in session.execute(_with_version(wanted))]


def list_versions(session: Session, *, template_id: str) -> Sequence[MessageTemplateVersion]:
    """Return a template's versions, the newest first; at most two hundred."""
    statement = select(MessageTemplateVersion).where(MessageTemplateVersion.template_id == template_id)
    return session.scalars(statement.order_by(MessageTemplateVersion.version.desc()).limit(200)).all()


def _present(organization_id: str) -> Select[MessageTemplate]:
    return owned(MessageTemplate, organization_id).where(MessageTemplate.deleted_at.is_(None))


def _with_version(templates: Select[MessageTemplate]) -> Select[MessageTemplate, MessageTemplateVersion]:
    current = and_(
        MessageTemplateVersion.template_id == MessageTemplate.id,
        MessageTemplateVersion.version == MessageTemplate.version,
    )
    return templates.join(MessageTemplateVersion, current).add_columns(MessageTemplateVersion)
