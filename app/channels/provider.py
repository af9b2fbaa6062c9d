"""What a channel's folder is given, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

import httpx

from app.domain.notify.port import ChannelPort
from app.infra.http import READ_TIMEOUT


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where mail goes. `security` is `starttls` (587), `tls` (465) or `none` (a sink on this machine).

    `ca_file` names whose certificates are trusted; empty: those that the system trusts.
    """

    host: str
    port: int
    sender: str
    username: str = ""
    password: str = field(default="", repr=False)
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str = ""
    timeout: timedelta = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """An account at Twilio. `sender` is a number, or a messaging service's id (`MG…`).

    With `whatsapp`, messages go out over WhatsApp in place of SMS.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    sender: str
    api_base: str
    status_url: str = ""
    whatsapp: bool = False
    read_timeout: timedelta = READ_TIMEOUT
    transport: httpx.BaseTransport | None = None


@dataclass(frozen=True, slots=True)
class WhatsAppSettings:
    """A business number at Meta's Cloud API.

    With `template_prefix`, messages are sent as approved templates named `<prefix><event>`, which Meta
    asks for outside the 24 hours after the payer wrote; without it as plain text.
    """

    phone_number_id: str
    access_token: str = field(repr=False)
    api_base: str
    template_prefix: str = ""
    read_timeout: timedelta = READ_TIMEOUT
    transport: httpx.BaseTransport | None = None


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """An operator's settings of all channels; what is None is not set up.

    `console` prints what has no other channel, and is for development alone.
    """

    email: SmtpSettings | None = None
    sms: TwilioSettings | None = None
    whatsapp: WhatsAppSettings | TwilioSettings | None = None
    console: bool = False


@dataclass(frozen=True, slots=True)
class ReadyChannel:
    """A channel that is ready; `close` lets go of its sockets."""

    port: ChannelPort
    close: Callable[[], None]
