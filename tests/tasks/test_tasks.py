"""What beat starts and workers do, run in this process: claims leave as messages, messages do the work."""

import base64
import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
import redis
import structlog
from pydantic import SecretStr
from sqlalchemy import text

from app.db.locks import try_lock
from app.services import clock as clocks
from app.services.outbox import Topic, enqueue
from app.tasks import sweeps, work
from app.tasks.app import SWEEPS, WORK, build_celery
from app.tasks.base import CONTROL, _bind_context, _clear_context, _log_failure
from app.tasks.base import WORK as WORK_QUEUE
from app.tasks.beat import beat_schedule
from app.tasks.topics import HANDLERS
from tests.factories.recoveries import DAY, HOUR


class Sent:
    """Remembers what would have gone to workers."""

    def __init__(self):
        self.messages = []

    def __call__(self, task, messages):
        self.messages.extend((task, message) for message in messages)

    def work_off(self, container):
        """Do what was sent, as a worker would."""
        messages, self.messages = self.messages, []
        for task, kwargs in messages:
            WORK[task](container, **kwargs)
        return len(messages)


@pytest.fixture
def send():
    return Sent()


def test_a_sweep_sends_what_is_due_and_a_worker_makes_the_charge(engine, send):
    engine.report()
    sweeps.sweep_attempts(engine.container, send)
    assert send.messages == []
    engine.clock.advance(HOUR)
    sweeps.sweep_attempts(engine.container, send)
    (attempt,) = engine.attempts()
    assert send.messages == [("attempts.run", {"attempt_id": attempt.id, "fence": 1})]
    assert attempt.leased_until == engine.clock.now() + timedelta(seconds=120)
    send.work_off(engine.container)
    assert engine.recovery().status == "recovered"


def test_a_message_that_is_lost_on_the_way_is_sent_again_when_its_lease_ends(engine, send):
    engine.report()
    engine.clock.advance(HOUR)
    sweeps.sweep_attempts(engine.container, send)
    send.messages.clear()
    engine.clock.advance(timedelta(seconds=121))
    sweeps.sweep_attempts(engine.container, send)
    assert [kwargs["fence"] for _, kwargs in send.messages] == [2]
    send.work_off(engine.container)
    assert engine.recovery().status == "recovered"


def test_the_outbox_is_swept_and_worked_off(engine, send):
    account = engine.account()
    with engine.begin() as session:
        enqueue(session, topic=Topic.REGISTER_WEBHOOK, payload={"psp_account_id": account.account_id})
    engine.container.sandbox_console.webhooks.clear()
    sweeps.sweep_outbox(engine.container, send)
    assert send.work_off(engine.container) == 1
    assert engine.container.sandbox_console.webhooks == {
        account.secrets["api_key"]: {
            "url": f"http://127.0.0.1:8000/v1/webhooks/sandbox/{account.account_id}",
            "secret": account.webhook_secrets[0],
        }
    }
    sweeps.sweep_outbox(engine.container, send)
    assert send.messages == []


def test_a_message_whose_handler_fails_is_kept_for_later(engine, send):
    with engine.begin() as session:
        enqueue(session, topic=Topic.REGISTER_WEBHOOK, payload={"psp_account_id": "psp_none"})
    sweeps.sweep_outbox(engine.container, send)
    send.work_off(engine.container)
    (message,) = engine.outbox()
    assert message.error == "NotFoundError: There is no such account."
    # Two seconds, give or take a quarter, by the clock of whoever tried it, which stands still here.
    now = engine.clock.now()
    assert message.tries == 1
    assert now + timedelta(seconds=1.5) <= message.wake_at <= now + timedelta(seconds=2.5)


def test_a_message_that_is_given_up_is_buried_where_there_is_a_place_for_it(engine, send):
    with engine.begin() as session:
        enqueue(session, topic=Topic.REGISTER_WEBHOOK, payload={"psp_account_id": "psp_none"})
        session.flush()
        session.execute(text("UPDATE outbox SET tries = 11 WHERE wake_at IS NOT NULL"))
    sweeps.sweep_outbox(engine.container, send)
    send.work_off(engine.container)
    assert engine.outbox() == []
    assert {topic for topic, handler in HANDLERS.items() if handler.bury} == {Topic.PROCESS_PSP_EVENT}


def test_every_topic_has_a_handler():
    assert set(HANDLERS) == set(Topic)


def test_clocks_on_their_way_are_pursued(engine, send):
    engine.report()
    with engine.begin() as session:
        clocks.start_advance(session, organization_id=engine.organization_id, by=DAY, now=engine.clock.now())
    sweeps.sweep_clocks(engine.container, send)
    assert send.messages == [("clocks.pursue", {"organization_id": engine.organization_id})]
    with try_lock(engine.container.database.engine, clocks.lock_name(engine.organization_id)) as held:
        assert held
        work_before = engine.story()
        sweeps.pursue_clock(engine.container, organization_id=engine.organization_id)
        assert engine.story() == work_before
    assert send.work_off(engine.container) == 1
    assert engine.recovery().status == "recovered"
    sweeps.sweep_clocks(engine.container, send)
    assert send.messages == []


def test_windows_that_are_over_end(engine, send):
    engine.report(failure_reason="lost_card")
    sweeps.sweep_windows(engine.container, send)
    assert engine.recovery().status == "open"
    engine.clock.advance(31 * DAY)
    sweeps.sweep_windows(engine.container, send)
    assert engine.recovery().status == "exhausted"


def test_what_has_served_its_time_goes(engine, send):
    engine.clock.advance(31 * DAY)
    sweeps.tidy_up(engine.container, send)
    with engine.begin() as session:
        assert session.execute(text("SELECT count(*) FROM outbox WHERE done_at IS NOT NULL")).scalar_one() == 0
    sweeps.tidy_up(engine.container, send)


@pytest.fixture
def celery(engine):
    """The application as a worker builds it, with no broker: tasks are called in this process."""
    return build_celery(engine.container.settings, lambda: engine.container)


@pytest.fixture
def with_broker(engine, redis_url):
    """The application with a real broker; what waits there is gone afterwards."""
    settings = engine.container.settings.model_copy(update={"redis_url": SecretStr(redis_url)})
    made = build_celery(settings, lambda: engine.container)
    with redis.Redis.from_url(redis_url) as client:
        client.delete(CONTROL, WORK_QUEUE)
        yield made, client
        client.delete(CONTROL, WORK_QUEUE)
    made.close()
    made.pool.force_close_all()


def test_what_a_sweep_claims_waits_in_the_queue_of_the_workers(with_broker, engine):
    celery, broker = with_broker
    engine.report()
    celery.tasks["sweep.attempts"]()
    assert broker.llen(WORK_QUEUE) == 0
    engine.clock.advance(HOUR)
    celery.tasks["sweep.attempts"]()
    assert broker.llen(CONTROL) == 0
    (message,) = [json.loads(raw) for raw in broker.lrange(WORK_QUEUE, 0, -1)]
    args, kwargs, _ = json.loads(base64.b64decode(message["body"]))
    (attempt,) = engine.attempts()
    assert message["headers"]["task"] == "attempts.run"
    assert (args, kwargs) == ([], {"attempt_id": attempt.id, "fence": 1})


def test_the_application_has_every_task_of_the_table(celery):
    ours = {name for name in celery.tasks if not name.startswith("celery.")}
    assert ours == set(SWEEPS) | set(WORK)
    assert {entry["task"] for entry in celery.conf.beat_schedule.values()} == set(SWEEPS)


def test_a_task_leaves_out_arguments_that_a_newer_version_sent(celery, engine):
    engine.report()
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()
    celery.tasks["attempts.run"](attempt_id=claimed.id, fence=claimed.fence, colour="blue")
    assert engine.recovery().status == "recovered"
    celery.tasks["sweep.windows"](colour="blue")


def test_tasks_are_acknowledged_late_and_one_at_a_time(celery):
    conf = celery.conf
    assert conf.task_acks_late is True
    assert conf.task_reject_on_worker_lost is True
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_ignore_result is True


def test_sweeps_and_work_wait_in_queues_of_their_own(celery):
    routes = {name: celery.amqp.router.route({}, name)["queue"].name for name in [*SWEEPS, *WORK]}
    assert {routes[name] for name in SWEEPS} == {CONTROL}
    assert {routes[name] for name in WORK} == {WORK_QUEUE}


def test_a_run_that_nobody_took_in_time_expires():
    schedule = beat_schedule(timedelta(seconds=1))
    assert schedule["sweep.attempts"] == {"task": "sweep.attempts", "schedule": 1.0, "options": {"expires": 5}}
    assert schedule["housekeeping.tidy"]["options"] == {"expires": 180.0}


def test_a_tasks_ids_are_in_its_log_lines_and_in_no_other():
    task = SimpleNamespace(name="attempts.run")
    _bind_context(task_id="t1", task=task, kwargs={"attempt_id": "att_1", "fence": 3})
    assert structlog.contextvars.get_contextvars() == {
        "task": "attempts.run",
        "task_id": "t1",
        "attempt_id": "att_1",
    }
    _log_failure(exception=ValueError("broken"))
    _clear_context()
    assert structlog.contextvars.get_contextvars() == {}


def test_a_message_with_an_unknown_topic_is_not_taken_for_done(engine):
    with pytest.raises(ValueError, match="nothing we know"):
        work.handle_message(engine.container, message_id=1, topic="nothing we know", payload={})
