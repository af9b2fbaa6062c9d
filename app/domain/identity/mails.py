"""What is written to staff: links that let them in, and notices of what was changed."""

from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Final

_FOOT: Final = "Tinko recovers failed payments. This mail was written by a machine; nobody reads answers to it."
# Names are whatever somebody typed in: a mail is no place for their speeches.
_LONGEST_NAME: Final = 80


class Kind(StrEnum):
    """Why somebody is written to."""

    RESET = "password_reset"
    INVITATION = "invitation"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  (a word, no secret)
    TOTP_ENABLED = "totp_enabled"
    TOTP_DISABLED = "totp_disabled"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's subject and paragraphs; `link` stands on a line of its own after the first."""

    subject: str
    paragraphs: tuple[str, ...]
    link: str | None = None

    def text(self) -> str:
        """Return the mail as plain text."""
        first, *rest = self.paragraphs
        return "\n\n".join((first, *([self.link] if self.link else []), *rest, "--", _FOOT)) + "\n"

    def html(self) -> str:
        """Return the mail as HTML."""
        first, *rest = (f"<p>{escape(each)}</p>" for each in self.paragraphs)
        link = [f'<p><a href="{escape(self.link)}">{escape(self.link)}</a></p>'] if self.link else []
        return "\n".join((first, *link, *rest, f"<p><small>{escape(_FOOT)}</small></p>"))


def reset_letter(*, link: str, minutes: int) -> Letter:
    """Write to somebody who forgot their password."""
    return Letter(
        "Choose a new password",
        (
            f"Somebody asked to reset the password of your account at Tinko. This works once, for {minutes} minutes:",
            "Was it not you? Then do nothing: your password stays as it is.",
        ),
        link,
    )


def invitation_letter(*, link: str, organization: str, inviter: str, role: str, days: int) -> Letter:
    """Write to somebody who is to join a merchant."""
    inviter, organization = inviter[:_LONGEST_NAME], organization[:_LONGEST_NAME]
    return Letter(
        f"{inviter} asks you to join {organization} at Tinko",
        (
            f"{inviter} asks you to join {organization} as {role}. The link is yours alone, and works for {days} days:",
            "Do you know nobody there? Then do nothing.",
        ),
        link,
    )


_NOTICES: Final = {
    Kind.PASSWORD_CHANGED: (
        "Your password was changed",
        "The password of your account at Tinko was changed, and your other sign-ins were ended.",
    ),
    Kind.TOTP_ENABLED: (
        "Two-step sign-in is on",
        "From now on, signing in to your account at Tinko also asks for a code of your app.",
    ),
    Kind.TOTP_DISABLED: (
        "Two-step sign-in is off",
        "Signing in to your account at Tinko asks for no code any more.",
    ),
}


def notice_letter(kind: Kind, *, link: str) -> Letter:
    """Write of what was changed in somebody's account; `link` is where they reset their password."""
    subject, what = _NOTICES[kind]
    return Letter(
        subject, (f"{what} Was it not you? Then reset your password at once:", "Else there is nothing to do."), link
    )
