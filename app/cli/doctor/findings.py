"""What the doctor finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `text` says what was found, and if that is not well, how to mend it."""

    ok: bool
    subject: str
    text: str

    def line(self) -> str:
        """Return the line that the doctor prints."""
        return f"{'ok  ' if self.ok else 'BAD '} {self.subject:<18} {self.text}"


def well(subject: str, text: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(ok=True, subject=subject, text=text)


def bad(subject: str, text: str) -> Finding:
    """Return a finding that somebody has to mend."""
    return Finding(ok=False, subject=subject, text=text)
