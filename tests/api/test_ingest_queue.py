"""Group commit: who waits together is recorded together, and everybody hears how it went."""

import asyncio
import threading

import pytest

from app.api.ingest_queue import IngestFullError, IngestQueue
from app.domain.ingest.report import FailureReport
from app.services.ingest import Incoming, Recorded


def incoming(number: int) -> Incoming:
    return Incoming("org_1", FailureReport(f"order-{number}", "stripe", "insufficient_funds"))


class Recorder:
    """Records groups, one at a time, and only when it is let."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.open = threading.Event()
        self.error: Exception | None = None

    def __call__(self, items):
        assert self.open.wait(5)
        self.groups.append([item.report.transaction_ref for item in items])
        if self.error is not None:
            raise self.error
        return [Recorded(item.report.transaction_ref.encode(), replayed=False) for item in items]


def test_events_that_arrive_during_a_commit_go_together_into_the_next():
    recorder = Recorder()

    async def scene():
        queue = IngestQueue(recorder, most_per_group=3)
        first = asyncio.create_task(queue.put(incoming(0)))
        await asyncio.sleep(0.02)
        rest = [asyncio.create_task(queue.put(incoming(number))) for number in range(1, 6)]
        await asyncio.sleep(0.02)
        recorder.open.set()
        answers = await asyncio.gather(first, *rest)
        await queue.close()
        return answers

    answers = asyncio.run(scene())

    assert recorder.groups == [["order-0"], ["order-1", "order-2", "order-3"], ["order-4", "order-5"]]
    assert [answer.body for answer in answers] == [f"order-{number}".encode() for number in range(6)]


def test_a_full_queue_refuses_at_once_and_says_when_to_come_back():
    recorder = Recorder()

    async def scene():
        queue = IngestQueue(recorder, most_waiting=1)
        waiting = [asyncio.create_task(queue.put(incoming(0)))]
        await asyncio.sleep(0.02)
        waiting.append(asyncio.create_task(queue.put(incoming(1))))
        await asyncio.sleep(0.02)
        with pytest.raises(IngestFullError) as full:
            await queue.put(incoming(2))
        recorder.open.set()
        await asyncio.gather(*waiting)
        await queue.close()
        return full.value

    assert asyncio.run(scene()).retry_after.total_seconds() == 1
    assert recorder.groups == [["order-0"], ["order-1"]]


def test_an_unexpected_error_reaches_everybody_who_waits_and_the_next_group_goes_on():
    recorder = Recorder()
    recorder.error = RuntimeError("no disk")
    recorder.open.set()

    async def scene():
        queue = IngestQueue(recorder)
        with pytest.raises(RuntimeError, match="no disk"):
            await queue.put(incoming(0))
        recorder.error = None
        answer = await queue.put(incoming(1))
        await queue.close()
        return answer

    assert asyncio.run(scene()).body == b"order-1"


def test_a_caller_who_left_does_not_disturb_the_others():
    recorder = Recorder()

    async def scene():
        queue = IngestQueue(recorder)
        leaver, stayer = (asyncio.create_task(queue.put(incoming(number))) for number in range(2))
        await asyncio.sleep(0.02)
        leaver.cancel()
        recorder.open.set()
        answer = await stayer
        await queue.close()
        return answer

    assert asyncio.run(scene()).body == b"order-1"
