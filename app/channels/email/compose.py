"""What goes over the wire: a multipart mail with text and HTML, that mail programs can unsubscribe from."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from app.domain.notify.port import OutgoingMessage


def compose(message: OutgoingMessage, *, recipient: str, sender: str) -> EmailMessage:
    """Build the mail (RFC 5322; one-click unsubscribing: RFC 8058).

    Its Message-ID is made of the message's own id, so that a bounce names the row. Raises ValueError
    for an address that is none.
    """
    mail = EmailMessage(policy=SMTP.clone(max_line_length=200))
    address = parseaddr(sender)[1]
    mail["From"] = Address(_one_line(message.sender_name), addr_spec=address)
    mail["To"] = Address(addr_spec=recipient)
    mail["Subject"] = _one_line(message.subject)
    mail["Date"] = format_datetime(message.sent_at)
    mail["Message-ID"] = message_id_header(message.message_id, sender=sender)
    if message.unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    mail["Content-Language"] = message.locale
    return mail


def message_id_header(message_id: str, *, sender: str) -> str:
    """Return the Message-ID header of a message."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{message_id}@{domain}>"


def _one_line(text: str) -> str:
    return " ".join(text.split())
