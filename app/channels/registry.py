"""Which channels there are. A new one is a folder alike the others, and one line here."""

from collections.abc import Mapping

from app.channels import console, email, sms, whatsapp
from app.channels.provider import ChannelSettings, ReadyChannel, TwilioSettings, WhatsAppSettings
from app.domain.notify.port import Channel, OutgoingMessage, SendOutcome, SendResult


class Channels:
    """All channels that are set up, behind one door."""

    def __init__(self, ready: Mapping[Channel, ReadyChannel]) -> None:
        self._ready = dict(ready)

    def available(self) -> frozenset[Channel]:
        """Return the channels that can be used."""
        return frozenset(self._ready)

    def send(self, message: OutgoingMessage) -> SendResult:
        """Hand a message over through its channel, once."""
        ready = self._ready.get(message.channel)
        if ready is None:
            detail = f"The operator has set up no {message.channel}."
            return SendResult(SendOutcome.PERMANENT, error_code="channel_not_set_up", detail=detail)
        return ready.port.send(message)

    def close(self) -> None:
        """Let go of every socket."""
        for ready in self._ready.values():
            ready.close()


def build_channels(settings: ChannelSettings) -> Channels:
    """Build what has settings; in development the console stands in for the rest.

    Opens HTTP clients: build it in the process that uses it, after any fork.
    """
    ready: dict[Channel, ReadyChannel] = dict.fromkeys(Channel, console.build()) if settings.console else {}
    if settings.email is not None:
        ready[Channel.EMAIL] = email.build(settings.email)
    if settings.sms is not None:
        ready[Channel.SMS] = sms.build(settings.sms)
    if settings.whatsapp is not None:
        ready[Channel.WHATSAPP] = _whatsapp(settings.whatsapp)
    return Channels(ready)


def _whatsapp(settings: WhatsAppSettings | TwilioSettings) -> ReadyChannel:
    """WhatsApp is reached at Meta, or over an account at Twilio."""
    return sms.build(settings) if isinstance(settings, TwilioSettings) else whatsapp.build(settings)
