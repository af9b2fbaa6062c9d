"""What writing and sending a message needs, in one hand."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.domain.notify.contacts import address_for
from app.domain.notify.port import Channel, ChannelsPort
from app.infra.crypto import Crypto, same
from app.infra.link_tokens import LinkTokens
from app.services.payments.outages import Outages


@dataclass(frozen=True, slots=True)
class Mailroom:
    """Channels, keys, and the operator's terms: how long a link in a message lives, and the daily cap per payer."""

    channels: ChannelsPort
    crypto: Crypto
    link_tokens: LinkTokens
    base_url: str
    link_ttl: timedelta = timedelta(hours=72)
    daily_cap: int = 1
    outages: Outages | None = None
    """Who knows which providers fail; without, none does."""

    def verify_url(self) -> str:
        """Return where payers type a code in."""
        return f"{self.base_url.rstrip('/')}/verify"

    def unsubscribe_url(self, message_id: str) -> str:
        """Return where the reader of that message stops further ones."""
        return f"{self.base_url.rstrip('/')}/unsubscribe/{message_id}.{_mark(self.crypto, message_id)[0]}"


def read_unsubscribe(crypto: Crypto, token: str) -> str | None:
    """Return the id of the message that an unsubscribe link came with; None if we did not make it."""
    message_id, _, given = token.partition(".")
    matches = [same(mark.encode(), given.encode("utf-8", "replace")) for mark in _mark(crypto, message_id)]
    return message_id if any(matches) else None


def address_hashes(crypto: Crypto, *, organization_id: str, address: str) -> tuple[bytes, ...]:
    """Return what an address is found by in one organization, by the current key first, then by previous ones."""
    text = f"{organization_id}\0{address}".encode()
    return tuple(hmac.new(key, text, hashlib.sha256).digest() for key in crypto.keys_for("recipient"))


def contact_hashes(crypto: Crypto, *, address: str) -> tuple[bytes, ...]:
    """Return what an address is found by in all organizations, since a reply names none; by the current key first."""
    return tuple(hmac.new(key, address.encode(), hashlib.sha256).digest() for key in crypto.keys_for("contact"))


def payer_of(customer: Mapping[str, Any]) -> str:
    """Return what a payer is told apart by, over every channel: the merchant's reference, else mail, else phone."""
    if customer.get("ref"):
        return f"ref:{customer['ref']}"
    return address_for(Channel.EMAIL, customer) or address_for(Channel.SMS, customer) or ""


def _mark(crypto: Crypto, message_id: str) -> list[str]:
    keys = crypto.keys_for("unsubscribe")
    return [hmac.new(key, message_id.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:40] for key in keys]
