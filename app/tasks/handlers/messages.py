"""Messages to payers that have to be written down."""

from typing import Any

from app.bootstrap import Container
from app.services.notify.plan import plan_from_outbox


def plan(container: Container, payload: dict[str, Any]) -> None:
    """Write a message to a recovery's payer down; it leaves when it is due."""
    with container.database.begin() as session:
        plan_from_outbox(
            session,
            room=container.mailroom,
            payload=payload,
            outbox_id=payload["outbox_id"],
            now=container.clock.now(),
        )
