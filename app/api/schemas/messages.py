"""Messages, their texts and their receipts as the API takes and shows them."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints

from app.api.schemas.common import Body
from app.db.models import Message, MessageTemplateVersion, OptOut
from app.db.queries.templates import TemplateRow
from app.domain.identity.masking import mask_text
from app.domain.notify.contacts import LANGUAGES
from app.domain.notify.events import ITEM_VARIABLES, VARIABLES, Event, required_in
from app.domain.notify.port import Channel
from app.domain.notify.texts import Text, default_text
from app.services.notify.templates import Place

Language = Literal["en", "hi", "ta", "fil"]
Source = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=300)]
StatusWord = Literal["queued", "sending", "sent", "delivered", "bounced", "failed", "unknown", "suppressed"]


class MessageView(BaseModel):
    """One message; the address is hidden, and what it says is not kept."""

    id: str
    recovery_id: str
    attempt_id: str | None
    link_id: str | None
    digest_id: str | None
    event: str
    channel: str
    locale: str
    template_id: str | None
    template_version: int | None
    recipient_hint: str
    status: str
    wake_at: datetime | None
    tries: int
    error_code: str | None
    error_detail: str | None
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None

    @classmethod
    def of(cls, message: Message, *, contacts: bool) -> Self:
        """Show a message; providers repeat addresses in what they say of an error."""
        shown = cls(**{name: getattr(message, name) for name in MessageView.model_fields})
        if not contacts and shown.error_detail:
            shown.error_detail = mask_text(shown.error_detail)
        return shown


class NotificationView(BaseModel):
    """A message as its recovery shows it. `held_by` is the rule that it waits for, or that ruled it out."""

    id: str
    channel: str
    event: str
    status: str
    contact: str
    attempt_id: str | None
    link_id: str | None
    digest_id: str | None
    wake_at: datetime | None
    held_by: str | None
    error_code: str | None
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None

    @classmethod
    def of(cls, message: Message) -> Self:
        """Show a message."""
        own = {name: getattr(message, name) for name in cls.model_fields if hasattr(message, name)}
        held = message.status == "suppressed" or (message.status == "queued" and message.tries == 0)
        rule = message.error_code if held else None
        return cls(**own | {"contact": message.recipient_hint, "held_by": rule, "error_code": message.error_code})


class OptOutIn(Body):
    """Who is not to be written to any more."""

    contact: Annotated[
        str,
        StringConstraints(min_length=3, max_length=320),
        Field(description="A mail address, or a phone number with its country's code.", examples=["payer@example.com"]),
    ]


class OptOutView(BaseModel):
    """An address that is not written to any more, shown hidden.

    `source` says how it came: `payer` (a link in a mail), `email` (a complaint), `sms`, `whatsapp`, or `staff`.
    """

    id: str
    contact: str
    source: str
    created_by: str
    created_at: datetime

    @classmethod
    def of(cls, row: OptOut) -> Self:
        """Show an opted-out address."""
        own = {name: getattr(row, name) for name in ("id", "source", "created_by", "created_at")}
        return cls(**own, contact=row.recipient_hint)


class DraftIn(Body):
    """A text that may not be saved yet. Where a part is left out, the usual text stands in."""

    event: Event
    channel: Channel
    locale: Language
    subject: Subject | None = None
    text: Source | None = None
    html: Source | None = None

    def place(self) -> Place:
        """Return what it is for."""
        return Place(self.event, self.channel, self.locale)

    def content(self) -> Text:
        """Return the sources, filled up with the usual text."""
        usual = default_text(self.event, self.channel, self.locale)
        return Text(self.subject or usual.subject, self.text or usual.body, self.html)


class TemplateIn(DraftIn):
    """A text of the organization's own."""

    text: Source


class TemplateChangeIn(Body):
    """What is to change; `html: null` has it made from the text again."""

    subject: Subject | None = None
    text: Source | None = None
    html: Source | None = None


class TestSendIn(DraftIn):
    """A sample to be sent."""

    to: Annotated[str, StringConstraints(min_length=3, max_length=320)] = Field(description="Where the sample goes.")


class TemplateView(BaseModel):
    """A template with its current version."""

    id: str
    event: str
    channel: str
    locale: str
    version: int
    subject: str
    text: str
    html: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: TemplateRow) -> Self:
        """Show a template."""
        own = {name: getattr(row.template, name) for name in ("id", "event", "channel", "locale", "version")}
        version = row.version
        return cls(
            **own, subject=version.subject, text=version.body, html=version.html, created_at=row.template.created_at
        )


class VersionView(BaseModel):
    """One version of a template."""

    version: int
    subject: str
    text: str
    html: str | None
    created_by: str
    created_at: datetime

    @classmethod
    def of(cls, version: MessageTemplateVersion) -> Self:
        """Show a version."""
        return cls(
            version=version.version,
            subject=version.subject,
            text=version.body,
            html=version.html,
            created_by=version.created_by,
            created_at=version.created_at,
        )


class Versions(BaseModel):
    """A template's versions, the newest first."""

    items: list[VersionView]


class UsualText(BaseModel):
    """The text that is sent in one language where the organization has none of its own."""

    locale: Language
    subject: str
    text: str


class UsualTexts(BaseModel):
    """The usual texts, the names that a text may use, and those that it has to show."""

    items: list[UsualText]
    variables: list[str]
    item_variables: list[str]
    required: list[str]

    @classmethod
    def of(cls, event: Event, channel: Channel) -> Self:
        """Show what is sent for an event through a channel, in every language."""
        texts = {language: default_text(event, channel, language) for language in LANGUAGES}
        return cls.model_validate(
            {
                "items": [
                    {"locale": locale, "subject": text.subject, "text": text.body} for locale, text in texts.items()
                ],
                "variables": sorted(VARIABLES),
                "item_variables": sorted(ITEM_VARIABLES) if event is Event.DIGEST else [],
                "required": sorted(required_in(event)),
            }
        )


class Preview(BaseModel):
    """A text, filled in with made-up facts."""

    subject: str
    text: str
    html: str


class TestSent(BaseModel):
    """What the provider said of a sample."""

    outcome: str
    error_code: str | None
    detail: str | None


class MailReceiptIn(Body):
    """A report on a mail: `message_id` is its Message-ID header, or the message's own id."""

    message_id: Annotated[str, StringConstraints(min_length=1, max_length=320)]
    kind: Literal["bounce", "complaint", "delivered"]
    permanent: bool = True
    code: Annotated[str, StringConstraints(max_length=64)] | None = None
