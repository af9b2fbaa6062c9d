"""Links for payers: given out, read, opened, asked for afresh, paid through."""

from app.services.links.issue import IssuedLink, issue_link

__all__ = ["IssuedLink", "issue_link"]
