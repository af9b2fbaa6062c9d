"""What happened to a recovery, written down as it happens."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.models import Recovery, TimelineEntry
from app.domain.ids import TIMELINE, new_id


def note(session: Session, recovery: Recovery, *, what: str, who: str, why: str, now: datetime, **facts: Any) -> None:
    """Add an entry to a recovery's timeline; `who` is `rule:…`, `psp:…`, an actor's id, or `tinko`."""
    session.add(
        TimelineEntry(
            id=new_id(TIMELINE, now=now),
            organization_id=recovery.organization_id,
            recovery_id=recovery.id,
            at=now,
            what=what,
            who=who,
            why=why,
            facts=facts,
        )
    )
