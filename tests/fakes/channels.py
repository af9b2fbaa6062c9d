"""Channels in memory: they note what they were given, and answer what they were told to."""

from collections import deque

from app.domain.notify.port import Channel, OutgoingMessage, SendOutcome, SendResult


class FakeChannels:
    """Has the names of `app.domain.notify.port.ChannelsPort`.

    `answers` are given in turn, then everything is sent; `before_send` runs before a message counts as gone.
    """

    def __init__(self, *available: Channel) -> None:
        self.sent: list[OutgoingMessage] = []
        self.answers: deque[SendResult] = deque()
        self.before_send = None
        self._available = frozenset(available or Channel)

    def available(self) -> frozenset[Channel]:
        return self._available

    def send(self, message: OutgoingMessage) -> SendResult:
        if message.channel not in self._available:
            return SendResult(SendOutcome.PERMANENT, error_code="channel_not_set_up")
        if self.before_send is not None:
            self.before_send(message)
        answer = self.answers.popleft() if self.answers else SendResult(SendOutcome.SENT, f"fake:{message.message_id}")
        if answer.outcome in {SendOutcome.SENT, SendOutcome.UNKNOWN}:
            self.sent.append(message)
        return answer
