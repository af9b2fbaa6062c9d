"""Webhooks of providers: stored first, then taken as hints. The payment itself says what is true."""

from app.services.psp_events.apply import Effect, apply_told
from app.services.psp_events.process import PaymentUnreadableError, bury_event, process_event
from app.services.psp_events.receive import receive_event
from app.services.psp_events.source import Source, Told, open_source
from app.services.psp_events.staff import Replayed, get_event, list_events, replay_event, replay_events
from app.services.psp_events.twins import join_twins

__all__ = [
    "Effect",
    "PaymentUnreadableError",
    "Replayed",
    "Source",
    "Told",
    "apply_told",
    "bury_event",
    "get_event",
    "join_twins",
    "list_events",
    "open_source",
    "process_event",
    "receive_event",
    "replay_event",
    "replay_events",
]
