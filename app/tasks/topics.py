"""What each of the outbox's topics leads to: one readable table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.bootstrap import Container
from app.services.outbox import Topic
from app.tasks.handlers import messages, payments, people


@dataclass(frozen=True, slots=True)
class Handler:
    """`handle` does what a message asks, at least once; `bury` is told when it is given up."""

    handle: Callable[[Container, dict[str, Any]], None]
    bury: Callable[[Container, dict[str, Any], str], None] | None = None


HANDLERS: Final[Mapping[Topic, Handler]] = {
    Topic.REFUND_DUPLICATE: Handler(payments.refund_duplicate),
    Topic.PROCESS_PSP_EVENT: Handler(payments.process_psp_event, payments.bury_psp_event),
    Topic.REGISTER_WEBHOOK: Handler(payments.register_webhook),
    Topic.PLAN_MESSAGE: Handler(messages.plan),
    Topic.JOIN_TWINS: Handler(payments.join_twins),
    Topic.SEND_MAIL: Handler(people.send_mail),
}
